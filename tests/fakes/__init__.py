"""Stand-ins for ports, shared by the tests of both front ends."""
