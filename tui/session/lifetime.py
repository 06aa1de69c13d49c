"""Where a call stands: joining, connected, trying again, over; since when, and what is told of it.

An end is final: whatever comes first, leaving, a server's word or a fault, is the reason that
stays, and everybody who waits for `over` wakes up. The phase becomes ENDED later, when everything
is released; until then an ended call is still LIVE on the screen, with its reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tui.domain.announcements import Category, Priority
from tui.domain.events import SessionEvent
from tui.domain.snapshot import EndReason, Phase
from tui.domain.text import clean
from tui.domain.wording import duration_words
from tui.ports.transport import DisconnectReason
from tui.session.clock import Clock
from tui.session.roster import Emit, Tell
from tui.session.wording import ENDINGS


class Lifetime:
    """The phases of one call.

    Args:
        title: What the call is called by now.
        tell: Makes an announcement.
        emit: Delivers a documented event.
        clock: Wall and monotonic time.
    """

    def __init__(self, *, title: Callable[[], str], tell: Tell, emit: Emit, clock: Clock):
        self._title = title
        self._tell = tell
        self._emit = emit
        self._clock = clock
        self.phase = Phase.CONNECTING
        self.reconnect_attempt = 0
        self.started_at_ms = 0
        """When the session began, for everybody [Unix ms]."""
        self.joined_at_ms = 0
        """When we joined [Unix ms]; 0 before."""
        self.ended: EndReason | None = None
        self.ended_text = ""
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

    def reconnecting(self, attempt: int) -> None:
        """The connection is lost; told once, however many attempts it takes."""
        self.reconnect_attempt = attempt
        if self.phase is Phase.RECONNECTING:
            return
        self.phase = Phase.RECONNECTING
        self._lost_at_s = self._clock.monotonic_s()
        self._emit(SessionEvent("onConnectionLost"))
        self._tell(
            Category.NET, "Connection lost. Trying again. Nobody hears you now.", Priority.URGENT
        )

    def reconnected(self, *, muted: bool) -> None:
        """It came back; `muted` says what the others hear of us."""
        self.phase = Phase.LIVE
        self.reconnect_attempt = 0
        self._emit(SessionEvent("onConnectionRestored"))
        seconds = max(1, round(self._clock.monotonic_s() - self._lost_at_s))
        unit = "second" if seconds == 1 else "seconds"
        state = "muted" if muted else "heard"
        self._tell(
            Category.NET,
            f"Connected again after {seconds} {unit}. You are {state}.",
            Priority.URGENT,
        )

    def disconnected(self, reason: DisconnectReason, detail: str) -> None:
        """The transport is done, for this reason; `detail` comes from outside."""
        end, text = ENDINGS[reason]
        if reason in (DisconnectReason.LOST, DisconnectReason.REFUSED):
            told = clean(detail)
            self._emit(
                SessionEvent(
                    "onConnectionFailed", {"name": reason, "message": told, "recoverable": False}
                )
            )
            text = f"{text} {told}".strip()
        self.end(end, text)

    def end(self, reason: EndReason, text: str) -> None:
        """It is over, unless it was already."""
        if self.ended is not None:
            return
        self.ended, self.ended_text = reason, text
        self._left_at_s = self._clock.monotonic_s()
        self.over.set()

    def released(self) -> None:
        """Nothing is held any more: tell the end, if we were in at all."""
        was_in = self.phase is not Phase.CONNECTING
        self.phase = Phase.ENDED
        if not was_in or self.ended is None:
            return
        if self.ended is EndReason.IDLE:
            self._emit(SessionEvent("onSessionTimedOut"))
        elif self.ended is not EndReason.LEFT:
            self._emit(SessionEvent("onConnectionClosed"))
        self._emit(SessionEvent("onSessionLeft"))
        minutes = duration_words(self._clock.monotonic_s() - self._joined_at_s)
        quiet = self.ended is EndReason.LEFT
        text = f"Left {self._title()} after {minutes}." if quiet else self.ended_text
        self._tell(Category.CALL, text, Priority.NORMAL if quiet else Priority.URGENT)
