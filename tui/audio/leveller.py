"""Gain that follows the voice, and leaves alone what is no voice.

WebRTC's controller begins with 15 dB and lifts whatever it gets, also what is left of an echo
between words: -85 dBFS became -70. So its gain is given only to what is loud enough to be somebody,
and taken back softly in between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tui.audio.level import dbov_of, mean_square
from tui.domain.media import SAMPLE_RATE_HZ

Samples = NDArray[np.int16]

_MAX_GAIN_DB: Final = 20.0
_HEADROOM_DB: Final = 12.0
"""The library's own 50 dB and 5 dB lift everything to full scale: PESQ 1.6 (spec audio 5)."""
_NOBODY_DBOV: Final = -68.0
_SOMEBODY_DBOV: Final = -58.0
"""Whispering into a microphone turned low is at -55 or above."""
_HOLD_S: Final = 0.25
"""Ends of words are quiet; they belong to the voice."""
_FALL_PER_S: Final = 5.0


class Leveller:
    """A microphone's blocks at a good level.

    Args:
        make_controller: `pywebrtc_audio.GainController`.
    """

    def __init__(self, make_controller: Callable[..., Any]):
        self._controller = make_controller(
            SAMPLE_RATE_HZ, max_gain_db=_MAX_GAIN_DB, headroom_db=_HEADROOM_DB
        )
        self._share = 0.0
        """How much of the controller's gain is given (0 to 1)."""
        self._held_s = 0.0

    def process(self, block: Samples, speech: float | None = None) -> Samples:
        """The block, louder or quieter; the same length.

        Args:
            block: Mono, 48 kHz.
            speech: How likely somebody speaks in it (0 to 1), where that is known already; else
                the controller finds out, which takes four times as long as the rest of it.
        """
        before = self._share
        after = self._next_share(dbov_of(mean_square(block)), len(block) / SAMPLE_RATE_HZ)
        self._share = after
        levelled: Samples = self._controller.process(block, speech)
        if before == after == 1.0:
            return levelled
        if before == after == 0.0:
            return block
        share = np.linspace(before, after, len(block), dtype=np.float32)
        mixed = block * (1 - share) + levelled * share
        return mixed.astype(np.int16)

    def _next_share(self, level_dbov: float, duration_s: float) -> float:
        loud = (level_dbov - _NOBODY_DBOV) / (_SOMEBODY_DBOV - _NOBODY_DBOV)
        wanted = min(max(loud, 0.0), 1.0)
        if wanted >= self._share:
            self._held_s = _HOLD_S
            return wanted
        self._held_s -= duration_s
        if self._held_s > 0:
            return self._share
        return max(wanted, self._share - _FALL_PER_S * duration_s)
