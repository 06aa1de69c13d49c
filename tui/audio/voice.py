"""One participant in the mixer: playout buffer, volume, and what the figures need."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.audio.level import SILENT_DBOV, Meter, dbov_of, mean_square
from tui.audio.playout import PlayoutBuffer
from tui.domain.media import FRAME_SAMPLES, SAMPLE_RATE_HZ

Samples = NDArray[np.int16]
Sounding = tuple[Samples, float, float]
"""Sound, and the gain it begins and ends with."""

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
        self._unheard: list[Samples] = []
        self._unheard_samples = 0

    def pull(self, samples: int) -> Sounding | None:
        """The next samples, to be played at the wanted volume; None: silent now.

        The speaker's thread only.
        """
        before, self._gain_now = self._gain_now, self.gain
        sound = self.buffer.pull(samples)
        if sound is None:
            self._account()
            self.meter.add(SILENT_DBOV, samples / SAMPLE_RATE_HZ)
            return None
        self._unheard.append(sound)
        self._unheard_samples += samples
        # Not of every block: it costs the same for a packet of two.
        if self._unheard_samples >= FRAME_SAMPLES:
            self._account()
        return sound, before, self._gain_now

    def _account(self) -> None:
        """Account for what was pulled, before the volume: it says what was sent."""
        if not self._unheard:
            return
        whole = len(self._unheard) > 1
        sound = np.concatenate(self._unheard) if whole else self._unheard[0]
        self._unheard.clear()
        self._unheard_samples = 0
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
