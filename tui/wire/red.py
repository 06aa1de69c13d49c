"""Redundant audio (RFC 2198): a packet that carries copies of earlier ones, packed and unpacked.

A payload is one header for each copy (4 bytes), one for the packet itself (1 byte), the copies,
oldest first, and the packet itself. What comes from outside is checked against its own length
before a byte of it is used.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Final

MOST_AGE: Final = (1 << 14) - 1
"""Samples a copy may be older than the packet that carries it: 14 bits, 341 ms at 48 kHz."""
MOST_BYTES: Final = (1 << 10) - 1
"""Most bytes of one copy: 10 bits."""
MOST_COPIES: Final = 8
"""Copies that are taken of one packet; libwebrtc and livekit-server send one or two."""
_MORE: Final = 0x80
_COPY_HEADER: Final = struct.Struct("!I")
_COPY_HEADER_BYTES: Final = 4

Copy = tuple[int, bytes]
"""Samples it is older than the packet that carries it, and its payload."""


class RedError(ValueError):
    """Not a well-formed RED payload, or one of another codec."""


def pack(payload: bytes, copies: Iterable[Copy], payload_type: int) -> bytes:
    """A RED payload; without copies it is one byte longer than `payload`.

    Args:
        payload: The packet itself.
        copies: Oldest first; one that is too long, or as old as no header can say, is left out.
        payload_type: Of the codec inside (0 to 127).
    """
    heads, bodies = [], []
    for age, body in copies:
        if 0 < age <= MOST_AGE and 0 < len(body) <= MOST_BYTES:
            heads.append(_COPY_HEADER.pack((_MORE | payload_type) << 24 | age << 10 | len(body)))
            bodies.append(body)
    return b"".join((*heads, bytes((payload_type,)), *bodies, payload))


def unpack(red: bytes, payload_type: int) -> tuple[bytes, list[Copy]]:
    """The packet itself and the copies it carries, oldest first as they stand.

    Empty copies, those of another codec and those beyond `MOST_COPIES` are left out.

    Args:
        red: The payload as received.
        payload_type: Of the codec inside.

    Raises:
        RedError: The headers do not end, do not fit, or the packet itself is of another codec.
    """
    size, at, total = len(red), 0, 0
    heads: list[tuple[int, int, int]] = []
    while at < size and red[at] & _MORE:
        if at + _COPY_HEADER_BYTES > size:
            raise RedError(f"a header of {size - at} bytes, a copy's has {_COPY_HEADER_BYTES}")
        (head,) = _COPY_HEADER.unpack_from(red, at)
        heads.append((head >> 24 & 0x7F, head >> 10 & MOST_AGE, head & MOST_BYTES))
        total += head & MOST_BYTES
        at += _COPY_HEADER_BYTES
    if at >= size:
        raise RedError("no header of the packet itself")
    if red[at] != payload_type:
        raise RedError(f"payload type {red[at]}, expected {payload_type}")
    at += 1
    if at + total > size:
        raise RedError(f"copies of {total} bytes in {size - at}")
    copies: list[Copy] = []
    for kind, age, length in heads:
        if kind == payload_type and age and length and len(copies) < MOST_COPIES:
            copies.append((age, red[at : at + length]))
        at += length
    return red[at:], copies
