"""What a codec's packets make: pictures, whether one can be decoded alone, and how large it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tui.domain.frozen import dataclass
from tui.wire import av1, vp9
from tui.wire.picture_header import Shape, h264_shape, vp8_shape


@dataclass(frozen=True, slots=True)
class Coded:
    """One codec of pictures, read from its packets.

    VP8 and H.264 come without their payload descriptors, which aiortc takes off; others with them.
    """

    name: str
    """As session descriptions name it, in upper case."""
    begins_key: Callable[[bytes], bool]
    """Whether a packet's payload begins a key picture."""
    picture_of: Callable[[Sequence[bytes]], bytes]
    """The picture in the payloads of one time stamp; ValueError where they are none."""
    shape_of: Callable[[bytes], Shape]
    """What the headers of a picture say."""


VP8: Final = Coded("VP8", lambda payload: vp8_shape(payload).key, b"".join, vp8_shape)
H264: Final = Coded("H264", lambda payload: h264_shape(payload).key, b"".join, h264_shape)
VP9: Final = Coded("VP9", lambda payload: _begins_vp9(payload), vp9.picture_of, vp9.vp9_shape)
AV1: Final = Coded("AV1", av1.begins_key, av1.picture_of, av1.av1_shape)
CODED: Final = {one.name: one for one in (VP8, H264, VP9, AV1)}


def _begins_vp9(payload: bytes) -> bool:
    try:
        return vp9.parse_vp9(payload).begins_key
    except vp9.Vp9Error:
        return False
