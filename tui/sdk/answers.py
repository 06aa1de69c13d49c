"""What methods of `Calls` take and give that has no place elsewhere."""

from __future__ import annotations

from enum import StrEnum

from tui.domain.errors import CallsError
from tui.domain.frozen import dataclass
from tui.domain.snapshot import Snapshot


class PinType(StrEnum):
    """Which tile of a participant is pinned."""

    HUMAN = "human"
    SCREEN_SHARE = "screen-share"


@dataclass(frozen=True, slots=True)
class CallToken:
    """What `generate_token` gives: lets its user into one session."""

    token: str


@dataclass(frozen=True, slots=True)
class JoinResult:
    """What a join answers; exactly one of the two is None."""

    data: Snapshot | None
    """The session as it was joined."""
    error: CallsError | None
    """What went wrong."""
