"""The linear front end: one event, one line."""
