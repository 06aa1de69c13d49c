"""A few seconds of our own microphone, to hear how we sound."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from tui.domain.media import SAMPLE_RATE_HZ

Samples = NDArray[np.int16]


class Recorder:
    """Keeps the first `seconds` of what it gets.

    Args:
        seconds: How long.
        full: Called once, from the thread of the last block.
    """

    def __init__(self, seconds: float, full: Callable[[], None]):
        self._kept: Samples = np.zeros(round(seconds * SAMPLE_RATE_HZ), np.int16)
        self._count = 0
        self._full = full

    def add(self, block: Samples) -> bool:
        """One block; whether there is room for more."""
        piece = block[: len(self._kept) - self._count]
        self._kept[self._count : self._count + len(piece)] = piece
        self._count += len(piece)
        if self._count < len(self._kept):
            return True
        self._full()
        return False

    @property
    def samples(self) -> Samples:
        """What was kept so far."""
        return self._kept[: self._count]
