"""The engine process, and the handles by which a front end holds a session."""
