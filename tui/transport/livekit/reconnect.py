"""Whether to join a LiveKit server again after its goodbye."""

from __future__ import annotations

from typing import Final

from livekit.protocol import models, rtc

from tui.ports.transport_events import DisconnectReason
from tui.transport.one_connection import Ended

_REASONS: Final = {
    models.DisconnectReason.CLIENT_INITIATED: DisconnectReason.LEFT,
    models.DisconnectReason.DUPLICATE_IDENTITY: DisconnectReason.REPLACED,
    models.DisconnectReason.PARTICIPANT_REMOVED: DisconnectReason.REMOVED,
    models.DisconnectReason.ROOM_DELETED: DisconnectReason.SESSION_ENDED,
    models.DisconnectReason.ROOM_CLOSED: DisconnectReason.SESSION_ENDED,
    models.DisconnectReason.SERVER_SHUTDOWN: DisconnectReason.SERVER_CLOSED,
}


def final_reason(leave: rtc.LeaveRequest) -> DisconnectReason | None:
    """Why the server sent us away for good; None when joining again is what it wants."""
    if leave.action != rtc.LeaveRequest.DISCONNECT or leave.can_reconnect:
        return None
    return _REASONS.get(leave.reason)


def said_goodbye(leave: rtc.LeaveRequest) -> Ended:
    """The end of a connection by the server's word."""
    name = models.DisconnectReason.Name(leave.reason)
    return Ended(f"the server said {name}", final_reason(leave))
