"""Metadata of a session: an application's own text, and what this server has to say beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

LOCK: Final = "cellcall.lock"
"""Whether the session is locked, and who knocks (`tui.server.rooms.lock`)."""

RECORDING_ALLOWED: Final = "recording"
"""`off` where sessions are not to be recorded."""
TRANSCRIPT: Final = "cellcall.transcript"
"""Who has the server keep what is said, while it does (`tui.server.rooms.transcript`)."""


def with_entry(metadata: str, name: str, value: Mapping[str, Any] | str) -> str:
    """An application's metadata with an entry of ours; as it is where it is no JSON object."""
    if not value:
        return metadata
    try:
        said = json.loads(metadata or "{}")
    except (ValueError, RecursionError):
        return metadata
    return json.dumps({**said, name: value}) if isinstance(said, dict) else metadata
