"""How large a coded picture says it is, read before anything decodes it.

A decoder believes the header: 64 bytes that claim 16000 x 16000 pixels cost 0.9 GB and 1.4 s of
CPU, and every small picture after them costs the same again. VP8 has the size in the frame header
of key pictures (RFC 6386 9.1), H.264 in the sequence parameter set (ITU-T H.264 7.3.2.1.1); VP9 and
AV1 are in `tui.wire.vp9` and `tui.wire.av1`.

The trap is H.264: a parameter set counts wherever it stands, so that one behind an innocent slice
must be found, too.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from tui.wire.bits import Bits

MAX_PIXELS: Final = 16_000_000
"""The largest picture that is decoded: 4K has 8.3 million pixels."""

_START_CODE: Final = b"\0\0\1"
_SPS: Final = 7
_CHROMA_PROFILES: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
"""Profiles whose parameter set describes chroma and scaling before the size."""


class Shape(NamedTuple):
    """What the headers of one whole coded picture say."""

    key: bool
    """Whether it can be decoded without others."""
    size: tuple[int, int] | None
    """Width and height [pixels], the largest where several are named; None: as the one before.
    (0, 0) where a header is broken, which no decoder should be asked about either."""


def vp8_shape(data: bytes) -> Shape:
    """Of a VP8 frame."""
    if len(data) >= 10 and not data[0] & 1 and data[3:6] == b"\x9d\x01\x2a":
        return Shape(True, ((data[6] | data[7] << 8) & 0x3FFF, (data[8] | data[9] << 8) & 0x3FFF))
    return Shape(False, None)


def h264_shape(data: bytes) -> Shape:
    """Of H.264 NAL units behind start codes (ITU-T H.264 B.1)."""
    size = _h264_size(data)
    return Shape(size is not None, size)


def _h264_size(data: bytes) -> tuple[int, int] | None:
    largest: tuple[int, int] | None = None
    at = data.find(_START_CODE)
    while at >= 0:
        begin = at + 3
        at = data.find(_START_CODE, begin)
        if begin < len(data) and data[begin] & 31 == _SPS:
            size = _sps_size(data[begin + 1 : at if at >= 0 else None])
            if largest is None or size[0] * size[1] > largest[0] * largest[1]:
                largest = size
    return largest


def _sps_size(sps: bytes) -> tuple[int, int]:
    # Sizes stand within the first 200 bytes; three zeros in a row are escaped (7.4.1.1).
    bits = Bits(sps[:200].replace(b"\0\0\3", b"\0\0"))
    try:
        profile = bits.fixed(8)
        bits.fixed(16)  # constraint flags and level
        bits.golomb()  # id
        if profile in _CHROMA_PROFILES:
            _skip_chroma(bits)
        bits.golomb()  # bits of a frame number
        _skip_picture_order(bits)
        bits.golomb()  # reference frames
        bits.fixed(1)
        columns, rows = bits.golomb() + 1, bits.golomb() + 1
        fields = 2 - bits.fixed(1)
    except ValueError:
        return 0, 0
    return columns * 16, rows * 16 * fields


def _skip_chroma(bits: Bits) -> None:
    chroma = bits.golomb()
    if chroma == 3:
        bits.fixed(1)
    bits.golomb()  # depth of luma
    bits.golomb()  # depth of chroma
    bits.fixed(1)
    if not bits.fixed(1):
        return
    for index in range(12 if chroma == 3 else 8):
        if bits.fixed(1):
            _skip_scaling_list(bits, 16 if index < 6 else 64)


def _skip_scaling_list(bits: Bits, count: int) -> None:
    last = following = 8
    for _ in range(count):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_picture_order(bits: Bits) -> None:
    kind = bits.golomb()
    if kind == 0:
        bits.golomb()
    elif kind == 1:
        bits.fixed(1)
        bits.signed()
        bits.signed()
        cycle = bits.golomb()
        if cycle > 255:
            raise ValueError("a cycle of picture order counts has at most 255 frames")
        for _ in range(cycle):
            bits.signed()
