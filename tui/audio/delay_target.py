"""How much sound to keep waiting: from how unevenly packets arrive.

Relative transit (arrival minus time stamp) against its least value of the last 20 s is jitter;
the 97th percentile of the last 250 values, plus one packet, is the target (spec audio 2.3).
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from tui.domain.media import SAMPLE_RATE_HZ

_WINDOW_S: Final = 20.0
_VALUES: Final = 250
_PERCENTILE: Final = 0.97
_RISE: Final = 0.5
_FALL: Final = 0.05
_PACKET_S: Final = 0.020


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
        self.seconds = least_s + _PACKET_S
        """The delay wanted now."""

    def restart(self) -> None:
        """The sender's time stamps jumped: old transits mean nothing; the target stays."""
        self._jitters_s.clear()
        self._minima.clear()
        self._count = 0

    def arrived(self, now_s: float, timestamp: int) -> None:
        """A packet with this (unwrapped) time stamp came now."""
        transit_s = now_s - timestamp / SAMPLE_RATE_HZ
        minima = self._minima
        while minima and minima[-1][1] >= transit_s:
            minima.pop()
        minima.append((now_s, transit_s))
        while minima[0][0] < now_s - _WINDOW_S:
            minima.popleft()
        self._jitters_s.append(transit_s - minima[0][1])
        self._count += 1
        if self._count % 10 == 0 or self._count < 10:
            wanted_s = float(np.quantile(np.asarray(self._jitters_s), _PERCENTILE)) + _PACKET_S
            wanted_s = min(max(wanted_s, self._least_s), self._most_s)
            pace = _RISE if wanted_s > self.seconds else _FALL
            self.seconds += (wanted_s - self.seconds) * pace
