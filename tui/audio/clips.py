"""Sounds of our own, mixed with everybody's: earcons, test tones, what is read aloud."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.media import SAMPLE_RATE_HZ

Samples = NDArray[np.int16]

CLIPS_MAX: Final = 8
"""More at once is noise; a further one is not played."""


Ended = Callable[[bool], None]
"""Called once, from whatever thread; with whether all of the clip was played."""
FADE_SAMPLES: Final = SAMPLE_RATE_HZ // 200
"""A clip that is cut off fades for 5 ms, or it would click."""


class _Clip:
    def __init__(self, samples: Samples, ended: Ended | None):
        self.samples = samples
        self.at = 0
        self.ended = ended

    def next_piece(self, length: int) -> Samples:
        piece = self.samples[self.at : self.at + length]
        self.at += len(piece)
        return piece

    @property
    def over(self) -> bool:
        return self.at >= len(self.samples)

    def tell(self, *, whole: bool) -> None:
        if self.ended is not None:
            self.ended(whole)


class Clips:
    """Clips that play now; `mix_into` is the speaker thread's, all else anybody's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._playing: tuple[_Clip, ...] = ()
        self._fading: tuple[_Clip, ...] = ()

    def __bool__(self) -> bool:
        """Something plays, or fades."""
        return bool(self._playing or self._fading)

    def play(self, samples: Samples, ended: Ended | None = None) -> Callable[[], None]:
        """Start a clip beside those that play.

        Args:
            samples: Mono at 48 kHz; not changed afterwards.
            ended: Told when it was played, cut off, or not played because too many play already.

        Returns:
            What cuts it off at once; nothing happens when it is over.
        """
        clip = _Clip(samples, ended)
        with self._lock:
            full = len(self._playing) >= CLIPS_MAX
            if not full:
                self._playing = (*self._playing, clip)
        if full:
            clip.tell(whole=False)
        return lambda: self._cut_off(clip)

    def stop(self) -> None:
        """Cut off whatever plays."""
        for clip in self._playing:
            self._cut_off(clip)

    def _cut_off(self, clip: _Clip) -> None:
        with self._lock:
            if clip not in self._playing:
                return
            self._playing = tuple(one for one in self._playing if one is not clip)
            if clip.at:
                self._fading = (*self._fading, clip)
        clip.tell(whole=False)

    def mix_into(self, total: NDArray[np.float32]) -> None:
        """Add the next samples of every clip."""
        if self._fading:
            self._fade_into(total)
        over: list[_Clip] = []
        for clip in self._playing:
            piece = clip.next_piece(len(total))
            total[: len(piece)] += piece
            if clip.over:
                over.append(clip)
        if not over:
            return
        with self._lock:
            # One that was cut off meanwhile has been told already.
            over = [clip for clip in self._playing if clip in over]
            self._playing = tuple(clip for clip in self._playing if clip not in over)
        for clip in over:
            clip.tell(whole=True)

    def _fade_into(self, total: NDArray[np.float32]) -> None:
        with self._lock:
            fading, self._fading = self._fading, ()
        for clip in fading:
            piece = clip.next_piece(min(len(total), FADE_SAMPLES))
            total[: len(piece)] += piece * np.linspace(1, 0, len(piece), dtype=np.float32)
