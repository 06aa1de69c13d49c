"""Turns loud sums down instead of clipping them, and ramps gains so that no change clicks."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.media import SAMPLE_RATE_HZ

Mixed = NDArray[np.float32]

CEILING: Final = 30_000.0
"""Peaks above this are turned down (-0.8 dBFS)."""
_RELEASE_S: Final = 0.2
"""Time constant of the way back to full gain."""
_ATTACK_SAMPLES: Final = 64
_DUCK_ATTACK_S: Final = 0.050
_DUCK_RELEASE_S: Final = 0.500


def ramp(sound: Mixed, before: float, after: float) -> None:
    """Multiply `sound`, in place, by a gain that moves from `before` to `after` within it."""
    if before == after:
        if after != 1.0:
            sound *= np.float32(after)
    else:
        sound *= np.linspace(before, after, len(sound), dtype=np.float32)


class Ducking:
    """A gain that is lowered in 50 ms and let go in 500 ms (spec audio 8)."""

    def __init__(self) -> None:
        self.factor = 1.0
        """The gain to reach (0 to 1); set from any thread."""
        self._now = 1.0

    @property
    def at_rest(self) -> bool:
        """It changes nothing now."""
        return self._now == self.factor == 1.0

    def apply(self, sound: Mixed) -> None:
        """One block, in place."""
        before, wanted = self._now, self.factor
        duration_s = len(sound) / SAMPLE_RATE_HZ
        if wanted < before:
            after = max(wanted, before - duration_s / _DUCK_ATTACK_S)
        else:
            after = min(wanted, before + duration_s / _DUCK_RELEASE_S)
        self._now = after
        ramp(sound, before, after)


class Limiter:
    """At once down, slowly up again."""

    def __init__(self) -> None:
        self._gain = 1.0

    @property
    def at_rest(self) -> bool:
        """It changes nothing that fits 16 bits already."""
        return self._gain == 1.0

    def apply(self, total: Mixed) -> None:
        """One block, in place; afterwards it fits 16 bits."""
        peak = max(float(total.max()), -float(total.min())) if len(total) else 0.0
        before = self._gain
        wanted = min(1.0, CEILING / peak) if peak else 1.0
        release = min(1.0, len(total) / SAMPLE_RATE_HZ / _RELEASE_S)
        after = wanted if wanted < before else before + (wanted - before) * release
        if after > 0.9999:
            after = 1.0
        self._gain = after
        if after != 1.0 or before != 1.0:
            length = min(_ATTACK_SAMPLES if after < before else len(total), len(total))
            total[:length] *= np.linspace(before, after, length, dtype=np.float32)
            total[length:] *= np.float32(after)
            np.clip(total, -32768, 32767, out=total)
