"""What names a participant and a stream, from the transport's wire to the tile.

The trap: a participant's id is the transport's and the only key there is. A user ID (`uid`) says
whose it is; it may come late, and one user may be in a session twice. So that mypy tells the two
apart, an id is a `ParticipantId` wherever something is kept by it, and never a bare string.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

ParticipantId = NewType("ParticipantId", str)
"""One client in one session, as its transport names it; unique in the session, never empty."""

NOBODY: Final = ParticipantId("")
"""Stands where an id may be missing: nobody is pinned, nobody speaks most."""


class TrackSource(StrEnum):
    """What a stream shows or carries."""

    MICROPHONE = "microphone"
    CAMERA = "camera"
    SCREEN_SHARE = "screen_share"
    SCREEN_SHARE_AUDIO = "screen_share_audio"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StreamId:
    """One audio or video source of a participant."""

    participant: ParticipantId
    source: TrackSource
    number: int = 0
    """Tells several of one source apart: 0, 1, ... in the order they were published."""
