"""Short sounds of our own, mixed with everybody's: earcons, test tones, what was just recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

CLIPS_MAX: Final = 8
"""More at once is noise; a further one is not played."""


class _Clip:
    def __init__(self, samples: Samples, ended: Callable[[], None] | None):
        self.samples = samples
        self.at = 0
        self.ended = ended


class Clips:
    """Clips that play now. `play` and `stop` from any thread, `mix_into` from the speaker's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._playing: tuple[_Clip, ...] = ()

    def play(self, samples: Samples, ended: Callable[[], None] | None = None) -> None:
        """Start a clip beside those that play.

        Args:
            samples: Mono at 48 kHz; not changed afterwards.
            ended: Called once, from whatever thread, when it was played, stopped, or not played
                because too many play already.
        """
        with self._lock:
            full = len(self._playing) >= CLIPS_MAX
            if not full:
                self._playing = (*self._playing, _Clip(samples, ended))
        if full and ended is not None:
            ended()

    def stop(self) -> None:
        """Cut off whatever plays."""
        with self._lock:
            stopped, self._playing = self._playing, ()
        for clip in stopped:
            if clip.ended is not None:
                clip.ended()

    def mix_into(self, total: NDArray[np.float32]) -> None:
        """Add the next samples of every clip."""
        over: list[_Clip] = []
        for clip in self._playing:
            piece = clip.samples[clip.at : clip.at + len(total)]
            total[: len(piece)] += piece
            clip.at += len(piece)
            if clip.at >= len(clip.samples):
                over.append(clip)
        if not over:
            return
        with self._lock:
            self._playing = tuple(clip for clip in self._playing if clip not in over)
        for clip in over:
            if clip.ended is not None:
                clip.ended()
