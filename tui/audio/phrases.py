"""What a microphone brings, cut at pauses into phrases that a recogniser can take.

Speech is what stands out from the noise of the last seconds; of the rest nothing is kept. A phrase
that will not end is cut where it is quietest, so that no word is torn if there is a hole near. The
traps are the noise floor, which must not climb into a long vowel, and the first consonant, which
is softer than the vowel that tells of it: some sound before it belongs to the phrase.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.frozen import dataclass
from tui.domain.media import SAMPLE_RATE_HZ

Samples = NDArray[np.int16]

SPEECH_RATE_HZ: Final = 16_000
"""What recognisers take."""
_RATIO: Final = SAMPLE_RATE_HZ // SPEECH_RATE_HZ
_FRAME: Final = SPEECH_RATE_HZ // 50
_BEFORE: Final = 15
"""Frames kept from before the first one with speech: 0.3 s."""
_BEGINS: Final = 3
"""Frames with speech among the last five that begin a phrase."""
_PAUSE: Final = 35
"""Frames without speech that end it: 0.7 s."""
_LEAST: Final = 8
"""Frames with speech that make it worth while: 0.16 s."""
LONGEST_S: Final = 9.0
_LONGEST: Final = int(LONGEST_S * 50)
_CUT_WITHIN: Final = 150
"""Frames at the end of a phrase that is too long, among which it is cut: 3 s."""
_FLOOR_DBFS: Final = -62.0
"""No room is taken for quieter."""
_LEAST_DBFS: Final = -52.0
"""Nothing quieter is taken for speech."""
_ABOVE_FLOOR_DB: Final = 9.0
_FLOOR_RISES_DB: Final = 0.04
"""In a frame: 2 dB/s."""


class Narrower:
    """Brings 48 kHz down to `SPEECH_RATE_HZ`, block by block and without a seam.

    A windowed sinc, 6 dB down at 7 kHz, more than 50 dB from 8.5 kHz.
    """

    def __init__(self) -> None:
        taps = 97
        at = np.arange(taps) - (taps - 1) / 2
        cutoff = 2 * 7000 / SAMPLE_RATE_HZ
        kernel = cutoff * np.sinc(cutoff * at) * np.hamming(taps)
        self._kernel = (kernel / kernel.sum()).astype(np.float32)
        self._kept = np.zeros(taps - 1, np.float32)

    def narrow(self, block: Samples) -> Samples:
        """A third as many samples; up to two wait for the next block."""
        sound = np.concatenate((self._kept, block.astype(np.float32)))
        count = max(0, (len(sound) - len(self._kernel)) // _RATIO + 1)
        self._kept = sound[count * _RATIO :]
        if not count:
            return np.zeros(0, np.int16)
        windows = np.lib.stride_tricks.sliding_window_view(sound, len(self._kernel))
        found: NDArray[np.float32] = windows[: count * _RATIO : _RATIO] @ self._kernel
        return np.rint(found).clip(-32768, 32767).astype(np.int16)


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """Some words, without a pause among them."""

    number: int
    samples: Samples
    """Mono, `SPEECH_RATE_HZ`."""
    final: bool
    """No more of it comes."""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.samples) / SPEECH_RATE_HZ


class Phrases:
    """Finds phrases in a microphone's blocks."""

    def __init__(self) -> None:
        self._narrower = Narrower()
        self._left = np.zeros(0, np.int16)
        self._before: deque[Samples] = deque(maxlen=_BEFORE)
        self._recent: deque[bool] = deque(maxlen=5)
        self._frames: list[Samples] = []
        self._levels: list[float] = []
        self._voiced = 0
        self._silent = 0
        self._floor_dbfs = _FLOOR_DBFS
        self._number = 1

    def add(self, block: Samples) -> list[Phrase]:
        """Take sound, mono and 48 kHz; answers the phrases it has ended."""
        sound = np.concatenate((self._left, self._narrower.narrow(block)))
        whole = len(sound) // _FRAME * _FRAME
        self._left = sound[whole:]
        ended = []
        for at in range(0, whole, _FRAME):
            phrase = self._take(sound[at : at + _FRAME])
            if phrase is not None:
                ended.append(phrase)
        return ended

    @property
    def so_far(self) -> Phrase | None:
        """The one that is being said; None in a pause, and before it is worth while."""
        if self._voiced < _LEAST:
            return None
        return Phrase(self._number, np.concatenate(self._frames), final=False)

    def end(self) -> Phrase | None:
        """No more comes for now: the phrase that was being said."""
        phrase = self._cut(len(self._frames)) if self._frames else None
        self._before.clear()
        self._recent.clear()
        return phrase

    def _take(self, frame: Samples) -> Phrase | None:
        level_dbfs = _dbfs(frame)
        voiced = level_dbfs > max(_LEAST_DBFS, self._floor_dbfs + _ABOVE_FLOOR_DB)
        self._floor_dbfs = max(_FLOOR_DBFS, min(self._floor_dbfs + _FLOOR_RISES_DB, level_dbfs))
        self._recent.append(voiced)
        if not self._frames:
            self._before.append(frame)
            if sum(self._recent) >= _BEGINS:
                self._frames = list(self._before)
                self._levels = [_dbfs(one) for one in self._frames]
                self._voiced, self._silent = sum(self._recent), 0
                self._before.clear()
            return None
        self._frames.append(frame)
        self._levels.append(level_dbfs)
        self._voiced += voiced
        self._silent = 0 if voiced else self._silent + 1
        if self._silent >= _PAUSE:
            return self._cut(len(self._frames))
        if len(self._frames) >= _LONGEST:
            return self._cut(self._quietest())
        return None

    def _quietest(self) -> int:
        """The middle of the quietest 0.1 s near the end."""
        near = np.array(self._levels[-_CUT_WITHIN:])
        smooth = np.convolve(near, np.ones(5) / 5, "valid")
        return len(self._levels) - len(near) + int(np.argmin(smooth)) + 2

    def _cut(self, at: int) -> Phrase | None:
        """End it before frame `at`; what is behind belongs to the next one."""
        frames, rest = self._frames[:at], self._frames[at:]
        voiced, self._voiced = self._voiced, 0
        self._frames, self._levels = rest, self._levels[at:]
        if rest:
            self._voiced = sum(level > _LEAST_DBFS for level in self._levels)
            voiced -= self._voiced
        if voiced < _LEAST:
            return None
        phrase = Phrase(self._number, np.concatenate(frames), final=True)
        self._number += 1
        return phrase


def _dbfs(frame: Samples) -> float:
    power = float(np.mean(np.square(frame.astype(np.float32)))) / 32768.0**2
    return 10 * float(np.log10(power)) if power > 1e-12 else -120.0
