"""Notices that what the loudspeaker played passes the echo canceller.

When the way from loudspeaker to microphone becomes longer or shorter at once (a device paused, a
sound server made its buffers longer), WebRTC's canceller needs 2 to 4 s to find the echo again, and
half a second when it begins afresh. So what comes out of it is compared with what was played: only
an echo is like it at one delay; the talker's own voice is not.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.media import SAMPLE_RATE_HZ

_STEP: Final = 4
"""Samples taken as one: speech has its power below 6 kHz, and a comparison costs a quarter."""
_RATE_HZ: Final = SAMPLE_RATE_HZ // _STEP
_HEARD: Final = _RATE_HZ // 2
"""How much of what came out is compared."""
_LONGEST_DELAY: Final = _RATE_HZ // 2
_EVERY: Final = _RATE_HZ // 4
_CALM: Final = 3 * _RATE_HZ // 2
"""How long the canceller is given to learn after it began afresh."""
_SIZE: Final = 1 << (2 * _HEARD + _LONGEST_DELAY - 1).bit_length()
_AUDIBLE: Final = 32768 * 10 ** (-52 / 20)
"""What is softer disturbs nobody, and is compared with nothing."""
_LIKE: Final = 0.35
_SAME: Final = _RATE_HZ // 400
"""2.5 ms. A vowel is like another one now and then, but not at one delay for long."""


class EchoLeak:
    """Compares every quarter of a second; half a millisecond of CPU, when both can be heard."""

    def __init__(self) -> None:
        self._far = np.zeros(_HEARD + _LONGEST_DELAY, np.float32)
        self._out = np.zeros(_HEARD, np.float32)
        self._since = -_CALM
        self._delay: int | None = None

    def hears(self, far: NDArray[np.int16], out: NDArray[np.int16]) -> bool:
        """Whether an echo comes through: two comparisons find it at one delay.

        Then it is false until the canceller has learnt.

        Args:
            far: What the loudspeaker played, as the canceller was told.
            out: What the canceller left of the microphone's block; as long.
        """
        self._keep(self._far, far)
        fresh = self._keep(self._out, out)
        self._since += fresh
        if self._since < _EVERY:
            return False
        self._since = 0
        before, self._delay = self._delay, self._echo()
        if before is None or self._delay is None or abs(self._delay - before) > _SAME:
            return False
        self._delay, self._since = None, -_CALM
        return True

    @staticmethod
    def _keep(kept: NDArray[np.float32], block: NDArray[np.int16]) -> int:
        few = block[: len(block) // _STEP * _STEP].reshape(-1, _STEP).mean(1, dtype=np.float32)
        fresh = min(len(few), len(kept))
        if fresh:
            kept[:-fresh] = kept[fresh:]
            kept[-fresh:] = few[-fresh:]
        return fresh

    def _echo(self) -> int | None:
        """The delay at which what came out is like what was played."""
        out, far = self._out, self._far
        power = float(out @ out)
        if power < _HEARD * _AUDIBLE**2 or float(far @ far) < len(far) * _AUDIBLE**2:
            return None
        products = np.fft.irfft(np.fft.rfft(far, _SIZE) * np.conj(np.fft.rfft(out, _SIZE)), _SIZE)
        sums = np.concatenate(([0.0], np.cumsum(far.astype(np.float64) ** 2)))
        powers = sums[_HEARD:] - sums[: _LONGEST_DELAY + 1]
        likeness = np.abs(products[: _LONGEST_DELAY + 1]) / np.sqrt(power * np.maximum(powers, 1.0))
        best = int(likeness.argmax())
        return best if likeness[best] > _LIKE else None
