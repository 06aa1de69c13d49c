"""Sounds that say what happened without words: two short notes, up for more, down for less.

Quiet (a tenth of full scale) and under 0.2 s, so that they are told apart from speech and do not
cover it.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.happenings.fact import Earcon
from tui.domain.media import SAMPLE_RATE_HZ

Samples = NDArray[np.int16]

_AMPLITUDE: Final = 3277
_FADE_S: Final = 0.008


_NOTES: Final[dict[Earcon, tuple[tuple[float, float], ...]]] = {
    Earcon.MUTED: ((440, 0.06), (330, 0.08)),
    Earcon.UNMUTED: ((330, 0.06), (440, 0.08)),
    Earcon.HAND: ((659, 0.06), (659, 0.06), (880, 0.08)),
}
"""Pitch [Hz] and length [s], one after another."""


@cache
def earcon(name: Earcon) -> Samples:
    """Its samples, mono at 48 kHz; shared, not to be changed."""
    return np.concatenate([_note(hz, seconds, _AMPLITUDE) for hz, seconds in _NOTES[name]])


@lru_cache(maxsize=1)
def speaker_test() -> Samples:
    """One second to find out whether the loudspeaker works: a chord that rises and falls."""
    notes = [_note(hz, 1.0, 2200) for hz in (440, 554, 659)]
    chord: Samples = np.sum(notes, axis=0, dtype=np.int16)
    return chord


def _note(hz: float, seconds: float, amplitude: int) -> Samples:
    at_s = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    envelope = np.minimum(1.0, np.minimum(at_s, at_s[::-1]) / _FADE_S)
    note: Samples = (amplitude * envelope * np.sin(2 * np.pi * hz * at_s)).astype(np.int16)
    return note
