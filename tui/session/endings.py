"""How a call can end, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.domain.snapshot import EndReason
from tui.ports.transport import DisconnectReason

ENDINGS: Final[Mapping[DisconnectReason, tuple[EndReason, str]]] = {
    DisconnectReason.LEFT: (EndReason.LEFT, "You left the call."),
    DisconnectReason.REMOVED: (EndReason.REMOVED, "A moderator took you out of the call."),
    DisconnectReason.REPLACED: (EndReason.REPLACED, "You joined this call from somewhere else."),
    DisconnectReason.SESSION_ENDED: (
        EndReason.ENDED_FOR_ALL,
        "The call was ended for everybody.",
    ),
    DisconnectReason.SERVER_CLOSED: (EndReason.SERVER_CLOSED, "The server was stopped."),
    DisconnectReason.REFUSED: (EndReason.REFUSED, "The server no longer accepts your call token."),
    DisconnectReason.LOST: (EndReason.LOST, "The connection was lost and did not come back."),
}


def duration_words(seconds: float) -> str:
    """`1 second`, `40 seconds`, `1 minute`, `15 minutes`."""
    whole = round(seconds)
    if whole < 60:
        return "1 second" if whole == 1 else f"{whole} seconds"
    minutes = round(whole / 60)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
