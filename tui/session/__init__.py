"""The session core: the SDK surface, the state of a call, what is told about it."""
