"""Signalling and media of one session."""
