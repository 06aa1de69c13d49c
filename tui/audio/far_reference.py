"""What the loudspeaker really played, handed from its thread to the microphone's.

An echo can only be taken out of what is heard AFTER its reference is known, so as little as
possible may wait here: sound that waited for a whole second was never needed, and is dropped. Two
sound cards have two clocks, so this goes on for ever; the echo canceller finds a new delay by
itself (spec audio 5).

A thread that stops for a moment hands over its blocks late, while the device plays on: zeros stood
in for them. They are dropped when they come, or the reference would lag behind the echo from then
on. A device that really paused hands over nothing late, and nothing is dropped.
"""

from __future__ import annotations

import threading
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.media import BLOCK_SAMPLES, SAMPLE_RATE_HZ

Samples = NDArray[np.int16]

KEPT_MAX_SAMPLES: Final = SAMPLE_RATE_HZ // 4
"""Callbacks of a busy machine come in bursts: this much of one is bridged."""
SLACK_SAMPLES: Final = BLOCK_SAMPLES
_WATCHED_SAMPLES: Final = SAMPLE_RATE_HZ
_LATE_SAMPLES: Final = SAMPLE_RATE_HZ // 2
"""Who was stopped for longer than this has another delay now."""


class FarReference:
    """A short queue of samples. `add` from the speaker's thread, `take` from the microphone's."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: Samples = np.zeros(KEPT_MAX_SAMPLES, np.int16)
        self._count = 0
        self._least = KEPT_MAX_SAMPLES
        """The least that waited lately."""
        self._most = 0
        """The most that waited lately."""
        self._usual = KEPT_MAX_SAMPLES
        """The most that waited in the last second in which nothing was short."""
        self._watched = 0
        self._was_short = False
        self._owed = 0
        """Zeros that stood in for samples which may still come."""
        self._owed_for = 0
        self.short = 0
        """Times there was less than asked for."""
        self.cut = 0
        """Times something was thrown away because too much waited."""
        self.late = 0
        """Times samples came after zeros had stood in for them."""

    def add(self, played: Samples) -> None:
        """One block, as it goes out."""
        played = played[-KEPT_MAX_SAMPLES:]
        with self._lock:
            if self._count + len(played) > KEPT_MAX_SAMPLES:
                self._drop(self._count + len(played) - KEPT_MAX_SAMPLES)
            self._kept[self._count : self._count + len(played)] = played
            self._count += len(played)
            self._most = max(self._most, self._count)

    def take(self, samples: int) -> Samples:
        """Exactly this many, as a new array; zeros where nothing was played."""
        taken = np.zeros(samples, np.int16)
        with self._lock:
            self._forget_late()
            have = min(samples, self._count)
            taken[:have] = self._kept[:have]
            self._forget(have)
            if have < samples:
                self.short += 1
                self._was_short = True
                self._owed, self._owed_for = self._owed + samples - have, 0
            self._owed_for += samples
            if self._owed_for > _LATE_SAMPLES:
                self._owed = 0
            self._watch(samples)
        return taken

    def _forget_late(self) -> None:
        """More waits than ever did without a stop: what is owed has come."""
        if self._owed and self._count > self._usual:
            self._forget(min(self._owed, self._count))
            self._owed = 0
            self.late += 1
            # Until the next calm second: a device with longer blocks is no late thread.
            self._usual = KEPT_MAX_SAMPLES

    def _watch(self, samples: int) -> None:
        self._least = min(self._least, self._count)
        self._watched += samples
        if self._watched < _WATCHED_SAMPLES:
            return
        if self._least > SLACK_SAMPLES:
            self._drop(self._least - SLACK_SAMPLES)
        if not self._was_short:
            self._usual = self._most
        self._watched, self._least, self._most = 0, KEPT_MAX_SAMPLES, 0
        self._was_short = False

    def _drop(self, samples: int) -> None:
        self._forget(min(samples, self._count))
        self.cut += 1

    def _forget(self, samples: int) -> None:
        rest = self._count - samples
        self._kept[:rest] = self._kept[samples : self._count].copy()
        self._count = rest
