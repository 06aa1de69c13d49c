"""Keeping a slow decoder from falling further and further behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

_MAX_QUEUED_PICTURES: Final = 30
"""Two seconds at 15 pictures a second; more means that decoding cannot keep up."""


class BoundedVideoBuffer:
    """A receiver's own jitter buffer that drops pictures when the decoder is far behind.

    aiortc's queue to its decoder thread has no bound: on a busy machine it grows for ever and the
    picture is minutes late. Here, past a limit, pictures are dropped up to the next key picture,
    which is asked for (first element of what `add` answers).
    """

    def __init__(self, inner: Any, queued: Callable[[], int]) -> None:
        self._inner = inner
        self._queued = queued
        self._skipping = False
        self.dropped = 0

    def add(self, packet: Any) -> tuple[bool, Any]:
        """As `aiortc.jitterbuffer.JitterBuffer.add`."""
        wants_key, picture = self._inner.add(packet)
        if picture is None:
            return wants_key, None
        if not self._skipping and self._queued() > _MAX_QUEUED_PICTURES:
            self._skipping = True
            self.dropped += 1
            return True, None
        if self._skipping:
            is_key = _is_key_picture(picture.data)
            if not is_key or self._queued() > _MAX_QUEUED_PICTURES // 2:
                self.dropped += 1
                # A key picture that came too early is of no use: ask for another.
                return is_key, None
            self._skipping = False
        return wants_key, picture


def _is_key_picture(data: bytes) -> bool:
    # VP8: start code of a key picture (RFC 6386 9.1). H.264: a sequence parameter set comes first.
    return data[3:6] == b"\x9d\x01\x2a" or (data[:4] == b"\0\0\0\1" and data[4:5] == b"\x67")
