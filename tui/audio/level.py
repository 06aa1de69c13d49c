"""How loud, and at which pitch: RFC 6464 levels, a meter, and tone analysis.

Full scale is the square wave at +-32768 (0 dBov); a full-scale sine is at -3 dBov.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.media import SAMPLE_RATE_HZ

SILENT_DBOV: Final = -127
"""The least RFC 6464 can say."""
_FULL_SCALE_SQUARED: Final = 32768.0**2


def mean_square(samples: NDArray[np.int16]) -> float:
    """Mean of the squares, relative to full scale (0 to 1); 0 for no samples."""
    if not len(samples):
        return 0.0
    as_float = samples.astype(np.float32)
    return float(as_float @ as_float) / len(samples) / _FULL_SCALE_SQUARED


def dbov_of(mean_square_of_full_scale: float) -> float:
    """Decibels to overload of a mean square, at least -127."""
    if mean_square_of_full_scale <= 10 ** (SILENT_DBOV / 10):
        return float(SILENT_DBOV)
    return min(0.0, 10 * math.log10(mean_square_of_full_scale))


def dbov(samples: NDArray[np.int16]) -> int:
    """RFC 6464 audio level of a block: 0 (loudest) to -127 (digital silence)."""
    return round(dbov_of(mean_square(samples)))


class Meter:
    """A level that rises at once and falls slowly (spec audio 8).

    Args:
        release_db_per_s: How fast it falls.
    """

    def __init__(self, release_db_per_s: float = 20.0):
        self._release_db_per_s = release_db_per_s
        self.dbov = float(SILENT_DBOV)

    def add(self, level_dbov: float, duration_s: float) -> None:
        """One block's level and length."""
        fallen = self.dbov - self._release_db_per_s * duration_s
        self.dbov = max(level_dbov, fallen, float(SILENT_DBOV))


def peak_hz(samples: NDArray[np.int16], *, floor_dbov: float = -70.0) -> float:
    """Frequency of the strongest tone [Hz]; 0.0 when quieter than `floor_dbov`.

    About 2 Hz of resolution per half second of sound, refined between bins.
    """
    if len(samples) < 64 or dbov_of(mean_square(samples)) < floor_dbov:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    spectrum[0] = 0.0
    at = int(spectrum.argmax())
    refined = float(at)
    if 0 < at < len(spectrum) - 1:
        left, middle, right = (float(v) for v in np.log(spectrum[at - 1 : at + 2] + 1e-9))
        bend = left - 2 * middle + right
        if bend < 0:
            refined += 0.5 * (left - right) / bend
    return refined * SAMPLE_RATE_HZ / len(samples)
