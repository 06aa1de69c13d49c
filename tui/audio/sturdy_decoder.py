"""An Opus decoder for packets from outside: what can't be decoded is answered, never raised."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tui.audio.opus import OpusDecoder, OpusError

Samples = NDArray[np.int16]


class SturdyDecoder:
    """Decodes one stream.

    Args:
        decoder: Closed with this.
    """

    def __init__(self, decoder: OpusDecoder):
        self._decoder = decoder

    def sound(self, data: bytes) -> Samples | None:
        """What a packet holds; None: it is damaged."""
        try:
            return self._decoder.decode(data)
        except OpusError:
            return None

    def before(self, data: bytes, samples: int) -> Samples | None:
        """What was in the packet before this one, from its in-band FEC; None: it is damaged."""
        try:
            return self._decoder.decode(data, samples, fec=True)
        except OpusError:
            return None

    def concealed(self, samples: int) -> Samples:
        """A guess at what is missing: a multiple of 2.5 ms, at most 120 ms."""
        try:
            return self._decoder.decode(None, samples)
        except OpusError:
            return np.zeros(samples, np.int16)

    def close(self) -> None:
        """Free the decoder; silence from now on. Idempotent."""
        self._decoder.close()
