"""How large a coded picture says it is, read before anything decodes it.

A decoder believes the header: 64 bytes that claim 16000 x 16000 pixels cost 0.9 GB and 1.4 s of
CPU, and every small picture after them costs the same again. Only key pictures carry a size: VP8 in
the frame header (RFC 6386 9.1), H.264 in the sequence parameter set (ITU-T H.264 7.3.2.1.1).

The trap is H.264: a parameter set counts wherever it stands, so that one behind an innocent slice
must be found, too.
"""

from __future__ import annotations

from typing import Final

MAX_PIXELS: Final = 16_000_000
"""The largest picture that is decoded: 4K has 8.3 million pixels."""

_START_CODE: Final = b"\0\0\1"
_SPS: Final = 7
_CHROMA_PROFILES: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
"""Profiles whose parameter set describes chroma and scaling before the size."""


def key_picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height [pixels] of a whole coded picture that can be decoded without others.

    Args:
        data: A VP8 frame, or H.264 NAL units behind start codes.

    Returns:
        None for any other picture. The largest size where several are named; (0, 0) where a
        header is broken, which no decoder should be asked about either.
    """
    if data[:3] == _START_CODE or data[:4] == b"\0" + _START_CODE:
        return _h264_size(data)
    if len(data) >= 10 and not data[0] & 1 and data[3:6] == b"\x9d\x01\x2a":
        return (data[6] | data[7] << 8) & 0x3FFF, (data[8] | data[9] << 8) & 0x3FFF
    return None


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


class _Bits:
    """The fields of a parameter set, most significant bit first."""

    def __init__(self, data: bytes):
        self._value = int.from_bytes(data, "big")
        self._left = len(data) * 8

    def fixed(self, count: int) -> int:
        """An unsigned field of `count` bits. ValueError when the data end within it."""
        self._left -= count
        if self._left < 0:
            raise ValueError("the parameter set ends within a field")
        return self._value >> self._left & ((1 << count) - 1)

    def golomb(self) -> int:
        """An unsigned Exp-Golomb number of at most 32 bits (ITU-T H.264 9.1)."""
        zeros = 0
        while not self.fixed(1):
            zeros += 1
            if zeros > 32:
                raise ValueError("an Exp-Golomb number is longer than 32 bits")
        return (1 << zeros) - 1 + self.fixed(zeros)

    def signed(self) -> int:
        """A signed Exp-Golomb number (ITU-T H.264 9.1.1)."""
        number = self.golomb()
        return (number + 1) // 2 if number & 1 else -(number // 2)


def _sps_size(sps: bytes) -> tuple[int, int]:
    # Sizes stand within the first 200 bytes; three zeros in a row are escaped (7.4.1.1).
    bits = _Bits(sps[:200].replace(b"\0\0\3", b"\0\0"))
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


def _skip_chroma(bits: _Bits) -> None:
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


def _skip_scaling_list(bits: _Bits, count: int) -> None:
    last = following = 8
    for _ in range(count):
        if following:
            following = (last + bits.signed()) % 256
        last = following or last


def _skip_picture_order(bits: _Bits) -> None:
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
