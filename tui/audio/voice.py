"""One participant in the mixer: playout buffer, volume, and what the figures need."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.audio.level import SILENT_DBOV, Meter, dbov_of, mean_square
from tui.audio.limiter import ramp
from tui.audio.playout import PlayoutBuffer
from tui.domain.media import SAMPLE_RATE_HZ

Samples = NDArray[np.int16]

_RECENT_SAMPLES: Final = SAMPLE_RATE_HZ // 2
_LEVEL_WINDOW_S: Final = 3.0


class Voice:
    """One participant's sound.

    Raises:
        OpusUnavailable: no libopus.
    """

    def __init__(self) -> None:
        self.buffer = PlayoutBuffer()
        self.gain = 1.0
        """Volume as a factor; set from any thread, reached within one block."""
        self._gain_now = 1.0
        self.meter = Meter()
        self.mean_square = 0.0
        """Running over the last seconds of sound."""
        self.heard_samples = 0
        self._recent = np.zeros(_RECENT_SAMPLES, np.int16)
        self._recent_at = 0

    def mix_into(self, total: NDArray[np.float32]) -> None:
        """Add the next samples, at the wanted volume; the speaker's thread only."""
        before, self._gain_now = self._gain_now, self.gain
        sound = self.buffer.pull(len(total))
        if sound is None:
            self.meter.add(SILENT_DBOV, len(total) / SAMPLE_RATE_HZ)
            return
        self._heard(sound)
        if before == self._gain_now == 1.0:
            total += sound
            return
        louder = sound.astype(np.float32)
        ramp(louder, before, self._gain_now)
        total += louder

    def _heard(self, sound: Samples) -> None:
        """Account for one pulled block, before the volume: it says what was sent."""
        power = mean_square(sound)
        duration_s = len(sound) / SAMPLE_RATE_HZ
        self.meter.add(dbov_of(power), duration_s)
        self.heard_samples += len(sound)
        heard_s = self.heard_samples / SAMPLE_RATE_HZ
        if heard_s:
            pace = duration_s / min(heard_s, _LEVEL_WINDOW_S)
            self.mean_square += (power - self.mean_square) * pace
        sound = sound[-_RECENT_SAMPLES:]
        end = self._recent_at + len(sound)
        if end <= _RECENT_SAMPLES:
            self._recent[self._recent_at : end] = sound
        else:
            split = _RECENT_SAMPLES - self._recent_at
            self._recent[self._recent_at :] = sound[:split]
            self._recent[: end - _RECENT_SAMPLES] = sound[split:]
        self._recent_at = end % _RECENT_SAMPLES

    def last_half_second(self) -> Samples:
        """The recent sound, oldest first (fewer samples near the start)."""
        whole = np.roll(self._recent, -self._recent_at)
        return whole[-min(self.heard_samples, _RECENT_SAMPLES) :]
