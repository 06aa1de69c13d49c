"""What the loudspeaker really played, handed from its thread to the microphone's.

Two sound cards have two clocks, so what is kept between them drifts. Too little: silence is put
in its place, which from then on is slack. Too much: the oldest goes, and the echo canceller finds
the new delay by itself (spec audio 5).
"""

from __future__ import annotations

import threading
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.media import FRAME_SAMPLES

Samples = NDArray[np.int16]

KEPT_MAX_SAMPLES: Final = 6 * FRAME_SAMPLES
KEPT_AFTER_CUT_SAMPLES: Final = 2 * FRAME_SAMPLES


class FarReference:
    """A short queue of samples. `add` from the speaker's thread, `take` from the microphone's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: Samples = np.zeros(KEPT_MAX_SAMPLES, np.int16)
        self._count = 0
        self.short = 0
        """Times there was less than asked for."""
        self.cut = 0
        """Times too much waited."""

    def add(self, played: Samples) -> None:
        """One block, as it goes out."""
        played = played[-KEPT_MAX_SAMPLES:]
        with self._lock:
            if self._count + len(played) > KEPT_MAX_SAMPLES:
                stay = min(max(0, KEPT_AFTER_CUT_SAMPLES - len(played)), self._count)
                self._kept[:stay] = self._kept[self._count - stay : self._count].copy()
                self._count = stay
                self.cut += 1
            self._kept[self._count : self._count + len(played)] = played
            self._count += len(played)

    def take(self, samples: int) -> Samples:
        """Exactly this many, as a new array; zeros where nothing was played."""
        taken = np.zeros(samples, np.int16)
        with self._lock:
            have = min(samples, self._count)
            taken[:have] = self._kept[:have]
            rest = self._count - have
            self._kept[:rest] = self._kept[have : self._count].copy()
            self._count = rest
            self.short += have < samples
        return taken
