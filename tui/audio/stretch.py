"""Making speech a few milliseconds shorter or longer without changing its pitch.

One pitch period is taken out or played twice, joined by a cross-fade. This is how the playout
buffer follows the sender's clock and a changing network.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

_LAG_MIN_SAMPLES: Final = 120
_LAG_MAX_SAMPLES: Final = 600
"""2.5 to 12.5 ms: pitch periods of 80 to 400 Hz."""
_STEP: Final = 4
"""The search looks at every fourth sample."""
_SIMILAR: Final = 0.75
_QUIET_AMPLITUDE: Final = 300
_SHORTEST_SAMPLES: Final = 480


def _pitch_period(block: NDArray[np.int16]) -> int:
    """The best lag in samples; 0 when a splice would be heard."""
    if len(block) < _SHORTEST_SAMPLES:
        return 0
    if int(np.abs(block.astype(np.int32)).max()) < _QUIET_AMPLITUDE:
        # Between words no period is heard: change as much as can be.
        return min(_LAG_MAX_SAMPLES, len(block) // 2)
    thin = block[::_STEP].astype(np.float32)
    half = len(thin) // 2
    tail = thin[-half:]
    # windows[k] starts k samples into the block; lag = start of tail - k.
    windows = sliding_window_view(thin, half)
    last = len(thin) - half
    lags = np.arange(_LAG_MIN_SAMPLES // _STEP, min(_LAG_MAX_SAMPLES // _STEP, last))
    if not len(lags):
        return 0
    shifted = windows[last - lags]
    energies = np.einsum("ij,ij->i", shifted, shifted) + 1e-3
    likeness = (shifted @ tail) / np.sqrt(energies * (float(tail @ tail) + 1e-3))
    best = int(likeness.argmax())
    if likeness[best] < _SIMILAR:
        return 0
    return int(lags[best]) * _STEP


def shortened(block: NDArray[np.int16]) -> NDArray[np.int16] | None:
    """`block` without one pitch period; None when that would be heard."""
    lag = _pitch_period(block)
    if not lag or 2 * lag > len(block):
        return None
    first, second, start = _neighbours(block, lag)
    rise = np.linspace(0, 1, lag, dtype=np.float32)
    joined = np.rint(first * (1 - rise) + second * rise).astype(np.int16)
    return np.concatenate((block[:start], joined, block[start + 2 * lag :]))


def lengthened(block: NDArray[np.int16]) -> NDArray[np.int16] | None:
    """`block` with one pitch period more; None when that would be heard."""
    lag = _pitch_period(block)
    if not lag or 2 * lag > len(block):
        return None
    first, second, start = _neighbours(block, lag)
    rise = np.linspace(0, 1, lag, dtype=np.float32)
    joined = np.rint(second * (1 - rise) + first * rise).astype(np.int16)
    return np.concatenate((block[: start + lag], joined, block[start + lag :]))


def _neighbours(
    block: NDArray[np.int16], lag: int
) -> tuple[NDArray[np.int16], NDArray[np.int16], int]:
    """Two successive periods around the middle, and where the first starts."""
    start = (len(block) - 2 * lag) // 2
    return block[start : start + lag], block[start + lag : start + 2 * lag], start
