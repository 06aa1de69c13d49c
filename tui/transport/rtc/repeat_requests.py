"""Which packets of a stream to ask for again, and when (NACK, RFC 4585 6.2.1).

It stands where aiortc has its own, which asks for a packet when the next one comes, and never again
unless another is lost: where one packet in ten is lost, the request or its answer often is, too.
Here a packet is asked for until it comes or is given up, a round trip and a half after the first
time, and twice as long after each other.

The traps are lines that have trouble enough. Where packets overtake one another, each would be sent
twice: how late packets come by themselves is learned, and waited for first; to learn it, one gap in
sixteen is left alone for a while, for a packet does not say why it came. And where they queue, what
is asked for too soon again queues, too, and keeps the line full.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tui.transport.rtc.picture_buffer import PATIENCE_S

_MOST: Final = 512
"""A gap of more packets is none: the sender began to number anew."""
_ASKED_AT_ONCE: Final = 64
_LATE_MOST_S: Final = 0.2
_FORGET: Final = 0.998
_AGAIN_LEAST_S: Final = 0.04
_ROUND_TRIP_MOST_S: Final = 0.5
_FIRST_ROUND_TRIP_S: Final = 0.06
_TRIAL_EVERY: Final = 16
_TRIAL_S: Final = 0.1


@dataclass(slots=True)
class _Gap:
    since_s: float
    trial: bool
    asked_s: float = 0.0
    """When last."""
    first_asked_s: float = 0.0
    times: int = 0


class RepeatRequests:
    """As `aiortc.rtcrtpreceiver.NackGenerator`.

    Args:
        clock: Monotonic time [s].
        trial_every: One gap in so many is left alone for a while.
    """

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, trial_every: int = _TRIAL_EVERY
    ) -> None:
        self._clock = clock
        self._trial_every = trial_every
        self._ssrc: int | None = None
        self._newest = 0
        self._gaps: dict[int, _Gap] = {}
        self._late_s = 0.0
        self._counted = 1
        self._round_trip_s = _FIRST_ROUND_TRIP_S
        self.missing: set[int] = set()
        """What to ask for now."""

    def add(self, packet: Any) -> bool:
        """Take a packet that came; whether something is to be asked for."""
        now_s, number = self._clock(), packet.sequence_number
        ahead = (number - self._newest) & 0xFFFF
        if packet.ssrc != self._ssrc or _MOST < ahead < 0x10000 - _MOST:
            self._ssrc, self._newest = packet.ssrc, number
            self._gaps.clear()
        elif ahead < 0x8000:
            for step in range(1, ahead):
                trial = self._counted % self._trial_every == 0
                self._gaps[(self._newest + step) & 0xFFFF] = _Gap(now_s, trial)
                self._counted += 1
            self._newest = number
        elif (gap := self._gaps.pop(number, None)) is not None:
            self._learn(gap, now_s)
        self._late_s *= _FORGET
        self.missing = self._due(now_s) if self._gaps else set()
        return bool(self.missing)

    def _learn(self, gap: _Gap, now_s: float) -> None:
        if gap.times == 0:
            late_s = (now_s - gap.since_s) * 1.25
            self._late_s = min(_LATE_MOST_S, max(self._late_s, late_s))
        else:
            # Which request was answered is not said; to think the line slower does less harm.
            took_s = min(_ROUND_TRIP_MOST_S, now_s - gap.first_asked_s)
            if gap.times == 1 or took_s > self._round_trip_s:
                self._round_trip_s += (took_s - self._round_trip_s) / 4

    def _due(self, now_s: float) -> set[int]:
        again_s = max(_AGAIN_LEAST_S, 1.5 * self._round_trip_s)
        due: set[int] = set()
        for number, gap in list(self._gaps.items()):
            if now_s - gap.since_s > PATIENCE_S:
                del self._gaps[number]
                continue
            wait_s = max(self._late_s, _TRIAL_S if gap.trial else 0.0)
            since_s = gap.since_s
            if gap.times:
                wait_s, since_s = again_s * 2 ** (gap.times - 1), gap.asked_s
            if now_s - since_s >= wait_s and len(due) < _ASKED_AT_ONCE:
                gap.asked_s = now_s
                gap.first_asked_s = gap.first_asked_s or now_s
                gap.times += 1
                due.add(number)
        return due
