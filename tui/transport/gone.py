"""What every connection raises that is not there any more."""

from __future__ import annotations


class ConnectionGone(Exception):
    """Signalling or media of a connection are lost. Never shown to a person."""
