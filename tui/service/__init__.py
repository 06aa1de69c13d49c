"""The REST side of a call, as seen by a client."""
