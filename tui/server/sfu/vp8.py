"""The VP8 payload descriptor (RFC 7741 4.2): where the counters are, and how to shift them.

A decoder and its jitter buffer want picture ids and TL0PICIDX without jumps, but each simulcast
layer counts for itself; after a switch every packet's counters are shifted to go on from the last.
"""

from __future__ import annotations

Vp8Fields = tuple[int, int, int, bool]
"""Where the picture id is (0 = none), its bits (0, 7, 15), where TL0PICIDX is (0 = none), and
whether this packet starts a key frame. A tuple, not an object: it is made for every packet."""


class Vp8Error(ValueError):
    """Not a well-formed VP8 payload."""


def parse_vp8(payload: bytes) -> Vp8Fields:
    """Find the counters in `payload`.

    Raises:
        Vp8Error: The payload ends within its descriptor.
    """
    try:
        first = payload[0]
        at, picture_at, bits, tl0_at = 1, 0, 0, 0
        if first & 0x80:
            extension = payload[1]
            at = 2
            if extension & 0x80:
                picture_at, bits = at, 15 if payload[at] & 0x80 else 7
                at += 2 if bits == 15 else 1
            if extension & 0x40:
                tl0_at = at
                at += 1
            if extension & 0x30:
                at += 1
        # S bit set and partition index 0: the first packet of a frame; P bit 0: a key frame.
        inter_frame = payload[at] & 1
        return picture_at, bits, tl0_at, first & 0x17 == 0x10 and not inter_frame
    except IndexError:
        raise Vp8Error(f"{len(payload)} bytes end within the descriptor") from None


def picture_id(payload: bytes, fields: Vp8Fields) -> int:
    """The picture id, 0 when there is none."""
    at, bits = fields[0], fields[1]
    if bits == 15:
        return (payload[at] << 8 | payload[at + 1]) & 0x7FFF
    return payload[at] & 0x7F if bits else 0


def tl0_index(payload: bytes, fields: Vp8Fields) -> int:
    """TL0PICIDX, 0 when there is none."""
    return payload[fields[2]] if fields[2] else 0


def shift_counters(payload: bytes, fields: Vp8Fields, picture_shift: int, tl0_shift: int) -> bytes:
    """`payload` with its counters shifted, modulo their width; nothing else changes."""
    shifted = bytearray(payload)
    at, bits, tl0_at, _ = fields
    if bits == 15:
        value = (picture_id(payload, fields) + picture_shift) & 0x7FFF
        shifted[at], shifted[at + 1] = 0x80 | value >> 8, value & 0xFF
    elif bits:
        shifted[at] = (payload[at] + picture_shift) & 0x7F
    if tl0_at:
        shifted[tl0_at] = (payload[tl0_at] + tl0_shift) & 0xFF
    return bytes(shifted)
