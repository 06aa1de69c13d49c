"""The encoder of our pictures: at the bit rate that the line carries, and no key picture too large.

aiortc's own follows the receiver's estimate (REMB) from 250 kbit/s up to 1.5 Mbit/s whatever the
picture's size, knows nothing else (without REMB it sends 500 kbit/s for ever), and makes key
pictures as large as they come: on a narrow line one fills the queue, loses its end there, and is
asked for again, for ever. So the codec is opened here, where its options can be given.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from typing import Final

import av
from aiortc.codecs.vpx import Vp8Encoder, VpxPayloadDescriptor, number_of_threads
from av.frame import Frame

from tui.domain.media import EncodedPicture
from tui.wire.picture_header import vp8_shape

_LEAST_BITS_PER_S: Final = 60_000
_MORE_AFTER_S, _MUCH_MORE_AFTER_S = 5.0, 1.0
_KEY_PICTURE_PERCENT: Final = 450
"""Of what one picture may have: 11 kB at 300 kbit/s and 15 pictures a second, which is 0.2 s of a
line of 500 kbit/s. libwebrtc has the same number for 15."""
_BUFFER_S: Final = 0.6
_PACE: Final = 2.5
"""As libwebrtc's pacer: a picture is out in less than half the time until the next one."""
_NARROW_PACE: Final = 1.3
_AGAIN, _NARROW_AGAIN = 0.5, 0.33
_OF_FULL: Final = 1.3
"""On a narrow line: who receives a picture of usual size sees whether the line would carry all that
there is (`wire/packet_trains`)."""
_USUAL_PICTURE_S: Final = 0.12
"""A picture that takes more of its rate is a key picture, or moves all over."""
_LARGEST_PIECE, _LEAST_PIECE, _PIECES = 1290, 350, 4
"""Bytes of a packet, as aiortc has them; and in how many a picture is cut on a narrow line: from
one or two packets nothing is seen, and the voice comes between more of them."""
_CHANGE, _LARGE_CHANGE = 0.1, 0.4


class CeiledVp8Encoder(Vp8Encoder):
    """aiortc's VP8 encoder with a codec of our own inside.

    Args:
        encoded: See `tui.ports.transport.FrameSource.encoded`; called in the encoder's thread.
    """

    def __init__(self, encoded: Callable[[EncodedPicture], bool] = lambda _picture: False) -> None:
        super().__init__()
        self._encoded = encoded
        self._key_wanted = False
        self._newest = b""
        self._newest_bits = 0
        self.ceiling_bits_per_s = 500_000
        """What it may send whatever the receiver allows."""
        self.full_bits_per_s = 500_000
        """What it would send on a line that carries everything and loses nothing."""
        self.seal: Callable[[bytes], bytes] | None = None
        """Done to each picture before it is cut into packets, whose headers stay readable."""
        self._allowed_bits_per_s = self._steady_bits_per_s = 500_000
        self._changed_s = float("-inf")

    @property
    def target_bitrate(self) -> int:
        """What to encode at now, in bit/s: less at once, more after a while.

        A change costs a key picture, for which a narrow line is the wrong place.
        """
        wanted = min(self._allowed_bits_per_s, self.ceiling_bits_per_s)
        share, now_s = wanted / self._steady_bits_per_s, time.monotonic()
        soon = share > 1 + _LARGE_CHANGE or wanted >= self.full_bits_per_s
        after_s = _MUCH_MORE_AFTER_S if soon else _MORE_AFTER_S
        if share < 1 - _CHANGE or (share > 1 + _CHANGE and now_s - self._changed_s > after_s):
            self._steady_bits_per_s, self._changed_s = wanted, now_s
        return self._steady_bits_per_s

    @target_bitrate.setter
    def target_bitrate(self, bitrate: int) -> None:
        self._allowed_bits_per_s = max(_LEAST_BITS_PER_S, bitrate)

    @property
    def is_narrow(self) -> bool:
        """Whether the receiver allows less than there is."""
        return self._allowed_bits_per_s < self.full_bits_per_s

    @property
    def pace_bits_per_s(self) -> float:
        """How fast its packets may leave: a large picture on a narrow line as slowly as it can."""
        rate = self._steady_bits_per_s
        if not self.is_narrow:
            return rate * _PACE
        if self._newest_bits > rate * _USUAL_PICTURE_S:
            return rate * _NARROW_PACE
        return max(rate * _PACE, self.full_bits_per_s * _OF_FULL)

    @property
    def again_bits_per_s(self) -> float:
        """How much of it may be sent again: at 20 % loss a quarter is asked for."""
        return self._steady_bits_per_s * (_NARROW_AGAIN if self.is_narrow else _AGAIN)

    def _packetize(  # type: ignore[override]  # aiortc's is a class method, called on `self`
        self, buffer: bytes, picture_id: int
    ) -> list[bytes]:
        self._newest = buffer
        if self.seal is not None:
            buffer = self.seal(buffer)
        self._newest_bits = 8 * len(buffer)
        largest = _LARGEST_PIECE
        if self.is_narrow:
            pieces = max(1, min(_PIECES, len(buffer) // _LEAST_PIECE))
            largest = min(largest, -(-len(buffer) // pieces))
        descriptor = VpxPayloadDescriptor(partition_start=1, partition_id=0, picture_id=picture_id)
        packets = []
        for at in range(0, len(buffer), max(1, largest)):
            packets.append(bytes(descriptor) + buffer[at : at + largest])
            descriptor.partition_start = 0
        return packets

    def encode(self, frame: Frame, force_keyframe: bool = False) -> tuple[list[bytes], int]:
        """See `Vp8Encoder.encode`; called in a thread."""
        assert isinstance(frame, av.VideoFrame)
        rate, size = self.target_bitrate, (frame.width, frame.height)
        codec = self.codec
        if codec is None or (codec.width, codec.height) != size or codec.bit_rate != rate:
            self.codec = _opened(size, rate)
        packets, timestamp = super().encode(frame, force_keyframe or self._key_wanted)
        data, self._newest = self._newest, b""
        if data:
            picture = EncodedPicture(data, timestamp, vp8_shape(data).size)
            self._key_wanted = self._encoded(picture)
        return packets, timestamp


def _opened(size: tuple[int, int], rate: int) -> av.VideoCodecContext:
    """As aiortc opens it, but for the buffer's and the key pictures' size."""
    codec = av.CodecContext.create("libvpx", "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.width, codec.height = size
    codec.bit_rate = rate
    codec.pix_fmt = "yuv420p"
    codec.gop_size = 3000
    codec.qmin, codec.qmax = 2, 56
    codec.options = {
        "bufsize": str(int(rate * _BUFFER_S)),
        "cpu-used": "-6",
        "deadline": "realtime",
        "lag-in-frames": "0",
        "max-intra-rate": str(_KEY_PICTURE_PERCENT),
        "minrate": str(rate),  # the same as the greatest: a constant bit rate
        "maxrate": str(rate),
        "noise-sensitivity": "4",
        "overshoot-pct": "15",
        "partitions": "0",
        "static-thresh": "1",
        "undershoot-pct": "100",
    }
    codec.thread_count = number_of_threads(size[0] * size[1], multiprocessing.cpu_count())
    return codec
