"""Whether to join again after a loss, and how long to wait between attempts."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential back-off with jitter: a restarted server must not meet everybody at once."""

    first_s: float = 0.5
    most_s: float = 15.0
    factor: float = 2.0
    most_refused_s: float = 2.0
    """The longest wait while the machine is there but nothing listens: a server restarting."""
    jitter: float = 0.3
    """Part of each wait that is random: 0.3 makes 1 s anything from 0.7 to 1 s."""
    spread: Callable[[], float] = random.random
    """0 to 1; handed in by tests."""

    def wait_s(self, attempt: int, *, nobody_listens: bool = False) -> float:
        """Seconds to wait before attempt 1, 2, ..."""
        most_s = min(self.most_s, self.most_refused_s) if nobody_listens else self.most_s
        full = min(most_s, self.first_s * self.factor ** min(attempt - 1, 32))
        return full * (1.0 - self.jitter * self.spread())


def final_reason(leave: rtc.LeaveRequest) -> DisconnectReason | None:
    """Why the server sent us away for good; None when joining again is what it wants."""
    if leave.action != rtc.LeaveRequest.DISCONNECT or leave.can_reconnect:
        return None
    return _REASONS.get(leave.reason)
