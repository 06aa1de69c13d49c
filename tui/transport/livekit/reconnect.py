"""Whether to join a LiveKit server again after a loss, and how long an attempt may take."""

from __future__ import annotations

from typing import Final

from livekit.protocol import models, rtc

from tui.ports.transport import DisconnectReason

_REASONS: Final = {
    models.DisconnectReason.CLIENT_INITIATED: DisconnectReason.LEFT,
    models.DisconnectReason.DUPLICATE_IDENTITY: DisconnectReason.REPLACED,
    models.DisconnectReason.PARTICIPANT_REMOVED: DisconnectReason.REMOVED,
    models.DisconnectReason.ROOM_DELETED: DisconnectReason.SESSION_ENDED,
    models.DisconnectReason.ROOM_CLOSED: DisconnectReason.SESSION_ENDED,
    models.DisconnectReason.SERVER_SHUTDOWN: DisconnectReason.SERVER_CLOSED,
}


def connect_within_s(attempt: int) -> float:
    """How long attempt 1, 2, ... to join again may take to reach the server [s]; 0: joining.

    The first ones are short: a connection begun while the network is away is tried again by the
    kernel after 1, 3 and 7 seconds only. Later ones give a slow network its time.
    """
    return min(10.0, 2.5 * 1.5 ** (attempt - 1)) if attempt else 10.0


def final_reason(leave: rtc.LeaveRequest) -> DisconnectReason | None:
    """Why the server sent us away for good; None when joining again is what it wants."""
    if leave.action != rtc.LeaveRequest.DISCONNECT or leave.can_reconnect:
        return None
    return _REASONS.get(leave.reason)
