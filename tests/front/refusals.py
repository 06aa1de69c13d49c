"""Why a Jitsi room does not let us in: what its server says, and what a person must read."""

from __future__ import annotations

from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.front.start import JoinTarget, StartPlan
from tui.transport.jitsi.refusal import XmppError, connect_failed, focus_refused, room_refused

ROOM: Final = StartPlan(
    target=JoinTarget(session_id="Room", jitsi="https://meet.example/Room", token="t")
)
WRONG_PASSWORD: Final = room_refused(XmppError("not-authorized"), password_given=True)


def _of_room(condition: str) -> CallsError:
    return room_refused(XmppError(condition), password_given=False)


REFUSALS: Final[list[tuple[CallsError, str]]] = [
    (_of_room("item-not-found"), "The room does not exist."),
    (_of_room("registration-required"), "The room is for members only."),
    (_of_room("service-unavailable"), "The room is full"),
    (focus_refused(XmppError("resource-constraint")), "The server is full"),
    (focus_refused(XmppError("service-unavailable")), "its focus is down"),
    (focus_refused(XmppError("not-authorized")), "only for somebody with an account"),
    (
        connect_failed(ConnectionRefusedError(111, "refused"), "wss://meet.example/ws"),
        "Nothing answers at wss://meet.example",
    ),
    (
        CallsError(ErrorCode.CALL_TOKEN_REFUSED, "The moderators did not let you in."),
        "The moderators did not let you in.",
    ),
]
"""What is refused, and the words that say it."""
