"""Where a call stands: joining, connected, trying again, over; since when, and what is told of it.

An end is final: whatever comes first, leaving, a server's word or a fault, is the reason that
stays, and everybody who waits for `over` wakes up. The phase becomes ENDED later, when everything
is released; until then an ended call is still LIVE on the screen, with its reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from tui.domain.happenings import (
    ConnectionFailed,
    ConnectionLost,
    ConnectionRestored,
    SessionEnded,
    SessionLeft,
    StateChanged,
)
from tui.domain.snapshot import EndReason, Phase
from tui.domain.text import clean
from tui.ports.transport_events import DisconnectReason
from tui.session.clock import Clock
from tui.session.outlet import Happened

ENDINGS: Final[Mapping[DisconnectReason, EndReason]] = {
    DisconnectReason.LEFT: EndReason.LEFT,
    DisconnectReason.REMOVED: EndReason.REMOVED,
    DisconnectReason.REPLACED: EndReason.REPLACED,
    DisconnectReason.SESSION_ENDED: EndReason.ENDED_FOR_ALL,
    DisconnectReason.SERVER_CLOSED: EndReason.SERVER_CLOSED,
    DisconnectReason.REFUSED: EndReason.REFUSED,
    DisconnectReason.LOST: EndReason.LOST,
}


class Lifetime:
    """The phases of one call.

    Args:
        title: What the call is called by now.
        happened: Says what happened.
        clock: Wall and monotonic time.
    """

    def __init__(self, *, title: Callable[[], str], happened: Happened, clock: Clock):
        self._title = title
        self._happened = happened
        self._clock = clock
        self.phase = Phase.CONNECTING
        self.reconnect_attempt = 0
        self.started_at_ms = 0
        """When the session began, for everybody [Unix ms]."""
        self.joined_at_ms = 0
        """When we joined [Unix ms]; 0 before."""
        self.ended: EndReason | None = None
        self.ended_detail = ""
        """What was said outside about the end. Cleaned."""
        self.over = asyncio.Event()
        self._joined_at_s = 0.0
        self._left_at_s: float | None = None
        self._lost_at_s = 0.0

    @property
    def duration_s(self) -> float:
        """How long we were in it, until now or until it ended; 0 before we joined."""
        if not self.joined_at_ms:
            return 0.0
        end_s = self._left_at_s if self._left_at_s is not None else self._clock.monotonic_s()
        return end_s - self._joined_at_s

    def joined(self, started_at_ms: int) -> None:
        """We are in; a session without a known beginning begins now [Unix ms]."""
        self.joined_at_ms = self._clock.unix_ms()
        self._joined_at_s = self._clock.monotonic_s()
        self.started_at_ms = started_at_ms or self.joined_at_ms
        self.phase = Phase.LIVE

    def reconnecting(self, attempt: int, silent_s: float) -> None:
        """The connection was lost `silent_s` ago; this is said once, not with each attempt."""
        self.reconnect_attempt = attempt
        if self.phase is Phase.RECONNECTING:
            self._happened(StateChanged())
            return
        self.phase = Phase.RECONNECTING
        self._lost_at_s = self._clock.monotonic_s() - silent_s
        self._happened(ConnectionLost())

    def reconnected(self, *, muted: bool, chat_missing: bool) -> None:
        """The connection is back; see `ConnectionRestored`."""
        self.phase = Phase.LIVE
        self.reconnect_attempt = 0
        gap_s = self._clock.monotonic_s() - self._lost_at_s
        self._happened(ConnectionRestored(gap_s, muted, chat_missing))

    def disconnected(self, reason: DisconnectReason, detail: str) -> None:
        """The transport is done, for this reason; `detail` comes from outside."""
        told = ""
        if reason in (DisconnectReason.LOST, DisconnectReason.REFUSED):
            told = clean(detail)
            self._happened(ConnectionFailed(reason, told))
        self.end(ENDINGS[reason], told)

    def end(self, reason: EndReason, detail: str = "") -> None:
        """End the call, unless it has ended already."""
        if self.ended is not None:
            return
        self.ended, self.ended_detail = reason, detail
        self._left_at_s = self._clock.monotonic_s()
        self.over.set()
        self._happened(StateChanged())

    def released(self) -> None:
        """Everything is released: say that the call is over, if we were in it at all."""
        was_in = self.phase is not Phase.CONNECTING
        self.phase = Phase.ENDED
        if not was_in or self.ended is None:
            self._happened(StateChanged())
        elif self.ended is EndReason.LEFT:
            lasted_s = self._clock.monotonic_s() - self._joined_at_s
            self._happened(SessionLeft(self._title(), lasted_s))
        else:
            self._happened(SessionEnded(self.ended, self.ended_detail))
