"""AV1: its RTP payload, and the size in a sequence header.

The payload format is the Alliance's ("RTP Payload Format For AV1" 1.0.0, 4): packets carry parts of
open bitstream units (OBUs), which were cut without regard to where one ends. All packets of one
time stamp are a temporal unit: a picture, with all of its spatial layers.

The trap is the size: a frame header may override that of the sequence header, and stands behind
fields that only a decoder can follow. Decoders are told a limit of their own for that reason.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Final

from tui.wire.bits import Bits
from tui.wire.picture_header import Shape

_SEQUENCE_HEADER: Final = 1
_TEMPORAL_DELIMITER: Final = 2
_FRAME_HEADER: Final = 3
_TILE_LIST: Final = 8
_FRAME: Final = 6
_PADDING: Final = 15
_NOT_FOR_DECODERS: Final = frozenset({_TEMPORAL_DELIMITER, _TILE_LIST, _PADDING})
_DELIMITER: Final = b"\x12\x00"
_MOST_UNITS: Final = 2048
"""Of a picture: 512 tiles in 4 layers."""
_HEADER_BYTES: Final = 1024
"""32 operating points of at most 88 bits."""


class Av1Error(ValueError):
    """Not a well-formed AV1 payload or picture."""


def begins_key(payload: bytes) -> bool:
    """Whether a payload begins a picture that builds on no other (bit N)."""
    return bool(payload) and payload[0] & 0x88 == 0x08


def picture_of(payloads: Iterable[bytes]) -> bytes:
    """The temporal unit in all the payloads of one time stamp.

    Returns:
        OBUs with their sizes, a temporal delimiter first, as decoders and files want them (AV1
        specification, 5.2); what only bridges need is left out.

    Raises:
        Av1Error: They are none.
    """
    made = [_DELIMITER]
    for unit in _units(payloads):
        head = unit[0]
        if head & 0x80:
            raise Av1Error("the forbidden bit of an OBU is set")
        begin = 2 if head & 0x04 else 1
        body = unit[begin:]
        if len(unit) < begin:
            raise Av1Error("an OBU ends within its header")
        if head & 0x02:
            size, at = _leb128(body, 0)
            if at + size > len(body):
                raise Av1Error("an OBU is shorter than it says")
            body = body[at : at + size]
        if head >> 3 & 15 in _NOT_FOR_DECODERS:
            continue
        made += [bytes((head | 0x02,)), unit[1:begin], _written(len(body)), body]
        if len(made) > 4 * _MOST_UNITS:
            raise Av1Error(f"more than {_MOST_UNITS} OBUs in a picture")
    return b"".join(made) if len(made) > 1 else b""


def _units(payloads: Iterable[bytes]) -> Iterator[bytes]:
    """OBUs as they were before they were cut."""
    parts: list[bytes] = []
    for payload in payloads:
        if not payload:
            raise Av1Error("a payload without its aggregation header")
        elements = _elements(payload)
        if bool(payload[0] & 0x80) != bool(parts):
            raise Av1Error("the rest of an OBU is missing, or its beginning")
        for index, element in enumerate(elements):
            parts.append(element)
            if index == len(elements) - 1 and payload[0] & 0x40:
                break
            unit = b"".join(parts)
            parts = []
            if unit:
                yield unit
    if parts:
        raise Av1Error("the picture ends within an OBU")


def _elements(payload: bytes) -> list[bytes]:
    count, at = payload[0] >> 4 & 3, 1
    elements: list[bytes] = []
    while at < len(payload):
        if count and len(elements) == count - 1:
            elements.append(payload[at:])
            return elements
        size, at = _leb128(payload, at)
        if at + size > len(payload):
            raise Av1Error("an element is longer than its packet")
        elements.append(payload[at : at + size])
        at += size
        if len(elements) > _MOST_UNITS:
            raise Av1Error(f"more than {_MOST_UNITS} elements in a packet")
    if not elements or count:
        raise Av1Error("fewer elements in a packet than it says")
    return elements


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """A number of at most 32 bits (AV1 specification, 4.10.5), and where it ends."""
    value = 0
    for index in range(5):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << 7 * index
        if not byte & 0x80:
            return value, at
    raise Av1Error("a size does not end")


def _written(value: int) -> bytes:
    made = bytearray()
    while value >= 0x80:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)


def frames_of(picture: bytes) -> list[bytes]:
    """A temporal unit cut so that each piece has one frame, of one spatial layer.

    FFmpeg takes no more than one frame out of what dav1d is given at once; the others would come
    with the next picture.

    Raises:
        Av1Error: It is none.
    """
    begins = [0]
    for kind, at, _begin, _end in _obus(picture):
        if kind in (_FRAME_HEADER, _FRAME):
            begins.append(at)
    # What stands before the first frame belongs to it.
    cuts = [0, *begins[2:], len(picture)]
    return [picture[one:other] for one, other in itertools.pairwise(cuts)]


def _obus(picture: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Of each OBU its kind, where it begins, and where what is in it begins and ends."""
    at = 0
    while at < len(picture):
        head, first = picture[at], at
        length, begin = _leb128(picture, at + (2 if head & 0x04 else 1))
        at = begin + length
        if at > len(picture) or not head & 0x02:
            raise Av1Error("an OBU is longer than its picture")
        yield head >> 3 & 15, first, begin, at


def av1_shape(picture: bytes) -> Shape:
    """Of a temporal unit as `picture_of` makes it."""
    size: tuple[int, int] | None = None
    key: bool | None = None
    still = False
    try:
        for kind, _at, begin, end in _obus(picture):
            if kind == _SEQUENCE_HEADER:
                bits = Bits(picture[begin : min(end, begin + _HEADER_BYTES)])
                still, named = _sequence(bits)
                if size is None or named[0] * named[1] > size[0] * size[1]:
                    size = named
            elif kind in (_FRAME_HEADER, _FRAME) and key is None:
                # A frame that is there already and shown again has 1 first, a key frame 0 and 00.
                key = still or Bits(picture[begin : min(end, begin + 1)]).fixed(3) == 0
    except ValueError:
        return Shape(False, (0, 0))
    return Shape(bool(key) and size is not None, size)


def _sequence(bits: Bits) -> tuple[bool, tuple[int, int]]:
    """Whether it is of a single picture, and the largest size (AV1 specification, 5.5.1)."""
    bits.fixed(4)  # profile, and whether it is a still picture
    still = bool(bits.fixed(1))
    if still:
        bits.fixed(5)
    else:
        _skip_operating_points(bits)
    columns, rows = bits.fixed(4) + 1, bits.fixed(4) + 1
    return still, (bits.fixed(columns) + 1, bits.fixed(rows) + 1)


def _skip_operating_points(bits: Bits) -> None:
    delay_bits = 0
    if bits.fixed(1):
        bits.fixed(64)
        if bits.fixed(1):
            bits.golomb()
        if bits.fixed(1):
            delay_bits = bits.fixed(5) + 1
            bits.fixed(42)
    delays = bits.fixed(1)
    for _ in range(bits.fixed(5) + 1):
        bits.fixed(12)
        if bits.fixed(5) > 7:
            bits.fixed(1)
        if delay_bits and bits.fixed(1):
            bits.fixed(2 * delay_bits + 1)
        if delays and bits.fixed(1):
            bits.fixed(4)
