"""How much sound to keep waiting: from how unevenly packets arrive, and whether some are lost.

Relative transit (arrival minus time stamp) against its least value of the last 20 s is jitter;
the 97th percentile of the last 250 values, plus one packet, is the target (spec audio 2.3). A
lost packet is rebuilt from the next one's FEC, or replaced by its copy in a later one, which must
have come by then: when packets do get lost, so much more is kept.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from tui.domain.media import SAMPLE_RATE_HZ

_WINDOW_S: Final = 20.0
_VALUES: Final = 250
_PERCENTILE: Final = 0.97
_RISE: Final = 0.5
_FALL: Final = 0.10
_PACKET_S: Final = 0.020
_BEGINNING: Final = 50
"""The first second's packets come in bunches, while everything else of a join goes on; what they
say of the network is forgotten."""
_LOSS_WINDOW: Final = 100
_MANY_LOST: Final = 0.02
_FEW_LOST: Final = 0.005
_FURTHEST_S: Final = 0.080
"""Copies that come later than this, as after a pause, are not waited for."""


class DelayTarget:
    """Adapts the wanted delay of one stream.

    Args:
        least_s: Never less than this.
        most_s: Never more than this.
    """

    def __init__(self, least_s: float = 0.020, most_s: float = 0.400):
        self._least_s = least_s
        self._most_s = most_s
        self._jitters_s: deque[float] = deque(maxlen=_VALUES)
        # Transit minima of the window, ascending: the first one is the least.
        self._minima: deque[tuple[float, float]] = deque(maxlen=_VALUES * 8)
        self._count = 0
        self._mean_s = 0.0
        self._paced_s = least_s + _PACKET_S
        self._losses = _Losses()
        self.more_s = 0.0
        """Delay that the owner wants beyond what the network asks for."""

    @property
    def seconds(self) -> float:
        """The delay wanted now, counted from the arrival of the fastest packet."""
        wanted_s = (
            self._paced_s + (self._losses.reach_s if self._losses.many else 0.0) + self.more_s
        )
        return min(wanted_s, self._most_s)

    @property
    def waiting_s(self) -> float:
        """How much has to wait in the buffer for that delay; part of it is still on its way."""
        return max(self.seconds - self._mean_s, self._least_s)

    def restart(self) -> None:
        """The sender's time stamps jumped: old transits mean nothing; the target stays."""
        self._jitters_s.clear()
        self._minima.clear()
        self._count = 0
        self._losses = _Losses()

    def copies_reach(self, age_s: float) -> None:
        """A packet came with a copy of one that is older by `age_s`."""
        if age_s <= _FURTHEST_S:
            self._losses.copied(age_s)

    def arrived(self, now_s: float, timestamp: int, sequence: int) -> None:
        """A packet with this (unwrapped) time stamp and sequence number came now."""
        self._losses.arrived(sequence)
        transit_s = now_s - timestamp / SAMPLE_RATE_HZ
        minima = self._minima
        while minima and minima[-1][1] >= transit_s:
            minima.pop()
        minima.append((now_s, transit_s))
        while minima[0][0] < now_s - _WINDOW_S:
            minima.popleft()
        self._jitters_s.append(transit_s - minima[0][1])
        self._count += 1
        if self._count == _BEGINNING:
            self._jitters_s.clear()
            self._minima.clear()
            return
        if self._count % 10 == 0 or self._count < 10:
            jitters_s = sorted(self._jitters_s)
            # Against these packets' own least: a sender's slow clock is no jitter.
            self._mean_s = sum(jitters_s) / len(jitters_s) - jitters_s[0]
            # Not NumPy's quantile, which takes six times as long for so few values.
            wanted_s = jitters_s[int(_PERCENTILE * (len(jitters_s) - 1))] + _PACKET_S
            wanted_s = min(max(wanted_s, self._least_s), self._most_s)
            pace = _RISE if wanted_s > self._paced_s else _FALL
            self._paced_s += (wanted_s - self._paced_s) * pace


class _Losses:
    """Whether packets get lost, by gaps in their numbers, and how far back copies reach."""

    def __init__(self) -> None:
        self.many = False
        self.reach_s = _PACKET_S
        """How much later than a packet comes what stands in for it."""
        self._reached_s = _PACKET_S
        self._first: int | None = None
        self._newest = 0
        self._came = 0

    def arrived(self, sequence: int) -> None:
        """A packet with this number, modulo 2**16, in any order."""
        if self._first is None:
            self._first = self._newest = sequence
        ahead = (sequence - self._newest) & 0xFFFF
        if ahead < 1 << 15:
            self._newest = sequence
        self._came += 1
        expected = ((self._newest - self._first) & 0xFFFF) + 1
        if expected < _LOSS_WINDOW:
            return
        lost = max(0, expected - self._came) / expected
        self.many = lost > (_FEW_LOST if self.many else _MANY_LOST)
        self._first, self._came = (self._newest + 1) & 0xFFFF, 0
        self.reach_s, self._reached_s = self._reached_s, _PACKET_S

    def copied(self, age_s: float) -> None:
        """A copy came, so much later than the packet itself."""
        self._reached_s = max(self._reached_s, age_s)
        self.reach_s = max(self.reach_s, age_s)
