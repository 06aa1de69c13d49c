"""The embedded server: REST, LiveKit signalling, selective forwarding."""
