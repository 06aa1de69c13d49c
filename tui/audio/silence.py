"""Digital silence is encoded once: its packets repeat.

A muted microphone gives zeros. Of zeros an Opus encoder with DTX makes the same packets over and
over, one that refreshes the comfort noise every 0.4 s and tiny ones between; only the seed of that
noise changes (RFC 6716 4.2.7.7), in turn. Encoding a frame of them takes longer than a frame of
speech pauses does (0.33 ms, and 0.24), for as long as nobody speaks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.audio.opus import DTX_MAX_BYTES

_SETTLED_PERIODS: Final = 3
"""The packets are the same from then on, whatever was said before."""


class SilenceRepeater:
    """Stands before an encoder, and repeats what that made of zeros.

    What is not zeros is encoded, at once: the encoder's state is that of silence then.

    Args:
        encode: The encoder's; without DTX every frame goes to it.
    """

    def __init__(self, encode: Callable[[NDArray[np.int16]], bytes]) -> None:
        self._encode = encode
        self._made: list[bytes] = []
        """Of the present period of silence, from its refreshing packet on."""
        self._periods = 0
        self._repeated: deque[bytes] = deque()

    def encode(self, frame: NDArray[np.int16]) -> bytes:
        """The packet of a frame."""
        if frame.any():
            self._made, self._periods = [], 0
            self._repeated.clear()
            return self._encode(frame)
        if self._repeated:
            self._repeated.rotate(-1)
            return self._repeated[-1]
        data = self._encode(frame)
        if len(data) > DTX_MAX_BYTES:
            self._periods += len(self._made) > 1
            if self._periods == _SETTLED_PERIODS:
                first, *rest = self._made
                self._repeated.extend((*rest, first))
            self._made = []
        self._made.append(data)
        return data
