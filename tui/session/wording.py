"""Words about a call as a whole: how it began and how it ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from tui.domain.snapshot import EndReason, Participant
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


def joined_words(title: str, people: Sequence[Participant]) -> str:
    """What is said on joining: how many there are, who, and what they do not hear and see of you.

    Devices are not open yet; that they are is said when it is so.

    Args:
        title: What the call is called.
        people: Everybody, ourselves first.
    """
    names = ", ".join(f"{p.name} (you)" if p.is_local else p.name for p in people[:8])
    more = f" and {len(people) - 8} more" if len(people) > 8 else ""
    microphone = " You are muted." if people[0].audio_muted else ""
    camera = " Camera off." if people[0].video_paused else ""
    count = "1 person" if len(people) == 1 else f"{len(people)} people"
    return f"Joined {title}. {count}: {names}{more}.{microphone}{camera}"
