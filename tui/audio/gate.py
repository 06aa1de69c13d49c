"""The gate that mutes: samples behind it are zeros, whatever comes in."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.media import SAMPLE_RATE_HZ

RAMP_SAMPLES: Final = SAMPLE_RATE_HZ * 5 // 1000
"""5 ms from full to nothing, so that muting does not click."""
_FALL: Final = np.linspace(1, 0, RAMP_SAMPLES, dtype=np.float32)
_RISE: Final = np.linspace(0, 1, RAMP_SAMPLES, dtype=np.float32)


class Gate:
    """Open or closed, with a short ramp between.

    Args:
        closed: How it starts; starting closed, not one sample passes.
    """

    def __init__(self, *, closed: bool = False):
        self.closed = closed
        """Set from any thread; heard with the next block."""
        self._was_closed = closed

    def pass_through(self, block: NDArray[np.int16]) -> NDArray[np.int16]:
        """What may be heard of `block`, as a new array of the same length."""
        closed, was_closed = self.closed, self._was_closed
        self._was_closed = closed
        if closed and was_closed:
            return np.zeros_like(block)
        if not closed and not was_closed:
            return block.copy()
        ramp = min(RAMP_SAMPLES, len(block))
        passed = np.zeros_like(block) if closed else block.copy()
        shape = _FALL if closed else _RISE
        passed[:ramp] = (block[:ramp] * shape[:ramp]).astype(np.int16)
        return passed
