"""Whether a loudspeaker keeps up: what it asks for, against the clock (spec audio 6)."""

from __future__ import annotations

from typing import Final

from tui.domain.media import SAMPLE_RATE_HZ

_WINDOW_S: Final = 1.5
_FAR: Final = (0.98, 2)
"""Least share of real time, and windows in a row below it: a single hole falls into one."""
_NEAR: Final = (0.90, 4)
"""The same where the machine is what is busy; stricter, as opening again can be heard, too."""


class Pace:
    """Samples against the clock: PortAudio reports no underflow over a network (spec audio 6).

    Args:
        now_s: Monotonic time of the start.
        far: The sound server is reached over a network.
    """

    def __init__(self, now_s: float, *, far: bool = False):
        self._least, self._windows = _FAR if far else _NEAR
        self._since_s = now_s
        self._samples = 0
        self._slow_windows = 0
        self.behind = False
        """Less than 98 % of real time for 3 s; less than 90 % for 6 s when near."""

    def called(self, samples: int, now_s: float) -> None:
        """One callback."""
        self._samples += samples
        length_s = now_s - self._since_s
        if length_s < _WINDOW_S:
            return
        slow = self._samples < self._least * length_s * SAMPLE_RATE_HZ
        self._slow_windows = self._slow_windows + 1 if slow else 0
        self.behind = self.behind or self._slow_windows >= self._windows
        self._since_s, self._samples = now_s, 0
