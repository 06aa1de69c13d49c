"""What names a participant and a stream, from the transport's wire to the tile.

The trap: a participant's id is the transport's and the only key there is. A user ID (`uid`) says
whose it is; it may come late, and one user may be in a session twice. So that mypy tells the two
apart, an id is a `ParticipantId` wherever something is kept by it, and never a bare string.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NewType

from tui.domain.frozen import dataclass

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

    @property
    def shows(self) -> bool:
        """It is pictures, and not sound."""
        return self.source in PICTURES

    @property
    def is_share(self) -> bool:
        """A shared screen: shown whole, never mirrored, with a tile only while it lasts."""
        return self.source in SHARES

    @property
    def sound(self) -> StreamId:
        """The sound that goes with these pictures."""
        share = TrackSource.SCREEN_SHARE_AUDIO
        return StreamId(
            self.participant, share if self.is_share else TrackSource.MICROPHONE, self.number
        )


SHARES: Final = (TrackSource.SCREEN_SHARE,)
"""Sources of pictures that are shared: shown whole, with a tile only while they last."""

PICTURES: Final = (TrackSource.CAMERA, *SHARES)
"""Sources of pictures."""


def camera_of(who: ParticipantId) -> StreamId:
    """The camera of a participant, which has a tile even while it is off."""
    return StreamId(who, TrackSource.CAMERA)


NO_STREAM: Final = camera_of(NOBODY)
"""Stands where a stream may be missing; its picture slot is our own camera before a session."""
