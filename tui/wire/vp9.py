"""VP9: its RTP payload (RFC 9628), its superframes, and the size in a frame's header.

One picture may have several spatial layers, each a frame of its own that builds on the one below:
all have one time stamp, and together they are a superframe (VP9 bitstream specification, annex B).

The traps: frames that are no key frames may give a size, too, each another one than before. And a
frame's end is known to nobody but the decoder: libvpx decodes what stands behind it as the next,
unseen, so frames are to be decoded one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from tui.wire.bits import Bits
from tui.wire.picture_header import Shape

_HEADER_BYTES: Final = 40
"""A size stands within so many bytes of a frame."""
_MOST_FRAMES: Final = 8
_SYNC_CODE: Final = 0x498342
_RGB: Final = 7


class Vp9Error(ValueError):
    """Not a well-formed VP9 payload or picture."""


class Vp9Fields(NamedTuple):
    """What a payload descriptor says (RFC 9628 4.2)."""

    start: int
    """Where the frame's own bytes begin."""
    begins: bool
    """Whether a frame begins here."""
    begins_key: bool
    """Whether it is the lowest layer of a picture that builds on no other."""
    spatial: int
    """Spatial layer of the frame, 0 the lowest."""


def parse_vp9(payload: bytes) -> Vp9Fields:
    """Read the descriptor of `payload`.

    Raises:
        Vp9Error: The payload ends within its descriptor.
    """
    try:
        first = payload[0]
        at, spatial = 1, 0
        if first & 0x80:  # I: a picture id of 7 or 15 bits
            at += 2 if payload[at] & 0x80 else 1
        if first & 0x20:  # L: layers
            spatial = payload[at] >> 1 & 7
            at += 1 if first & 0x10 else 2
        if first & 0x50 == 0x50:  # P and F: up to three references, the last without its N bit
            for _ in range(3):
                more = payload[at] & 1
                at += 1
                if not more:
                    break
        if first & 0x02:
            at = _after_structure(payload, at)
    except IndexError:
        raise Vp9Error(f"{len(payload)} bytes end within the descriptor") from None
    if at > len(payload):
        raise Vp9Error(f"{len(payload)} bytes end within the descriptor")
    begins = bool(first & 0x08)
    return Vp9Fields(at, begins, begins and not first & 0x40 and spatial == 0, spatial)


def _after_structure(payload: bytes, at: int) -> int:
    """Behind the scalability structure (RFC 9628 4.2.1)."""
    head = payload[at]
    at += 1
    if head & 0x10:
        at += 4 * ((head >> 5) + 1)
    if head & 0x08:
        pictures = payload[at]
        at += 1
        for _ in range(pictures):
            at += 1 + (payload[at] >> 2 & 3)
    return at


def picture_of(payloads: Iterable[bytes]) -> bytes:
    """The picture in all the payloads of one time stamp, a superframe if it has several layers.

    Raises:
        Vp9Error: They are none.
    """
    frames: list[list[bytes]] = []
    for payload in payloads:
        fields = parse_vp9(payload)
        if fields.begins:
            frames.append([])
        if not frames:
            raise Vp9Error("the picture begins within a frame")
        frames[-1].append(payload[fields.start :])
    return superframe([b"".join(frame) for frame in frames])


def superframe(frames: Sequence[bytes]) -> bytes:
    """Frames of one picture, with an index behind them where there are several.

    Raises:
        Vp9Error: There are more than 8.
    """
    if len(frames) > _MOST_FRAMES:
        raise Vp9Error(f"{len(frames)} frames in a picture, 8 at most")
    if len(frames) == 1:
        return frames[0]
    marker = bytes((0xC0 | 3 << 3 | max(0, len(frames) - 1),))
    sizes = b"".join(len(frame).to_bytes(4, "little") for frame in frames)
    return b"".join(frames) + marker + sizes + marker if frames else b""


def frames_of(picture: bytes) -> list[bytes]:
    """The frames of a picture: of a superframe as its index says, else all of it is one.

    Raises:
        Vp9Error: The index lies, or a frame has one in turn, which decoders would follow.
    """
    inside = _indexed(picture)
    if inside is None:
        return [picture]
    if any(_indexed(frame) is not None for frame in inside):
        raise Vp9Error("a superframe in a superframe")
    return inside


def _indexed(picture: bytes) -> list[bytes] | None:
    if not picture or picture[-1] & 0xE0 != 0xC0:
        return None
    marker = picture[-1]
    width, count = (marker >> 3 & 3) + 1, (marker & 7) + 1
    begin = len(picture) - 2 - width * count
    if begin < 0 or picture[begin] != marker:
        return None
    frames, at = [], 0
    for index in range(count):
        place = begin + 1 + index * width
        size = int.from_bytes(picture[place : place + width], "little")
        if size == 0 or at + size > begin:
            raise Vp9Error("the index of a superframe is longer than its frames")
        frames.append(picture[at : at + size])
        at += size
    return frames


def vp9_shape(picture: bytes) -> Shape:
    """What all the frames of a picture say; it is a key picture if its lowest layer is one."""
    try:
        shapes = [_frame_shape(Bits(frame[:_HEADER_BYTES])) for frame in frames_of(picture)]
    except ValueError:
        return Shape(False, (0, 0))
    sizes = [shape.size for shape in shapes if shape.size is not None]
    return Shape(shapes[0].key, max(sizes, key=lambda one: one[0] * one[1], default=None))


def _frame_shape(bits: Bits) -> Shape:
    """Of an uncompressed header (VP9 bitstream specification, 6.2)."""
    if bits.fixed(2) != 2:
        raise Vp9Error("no frame marker")
    profile = bits.fixed(1) | bits.fixed(1) << 1
    if profile == 3:
        bits.fixed(1)
    if bits.fixed(1):  # a frame that is there already is shown
        return Shape(False, None)
    inter, shown, resilient = bits.fixed(1), bits.fixed(1), bits.fixed(1)
    if not inter:
        _skip_colours(bits, profile)
        return Shape(True, _size(bits))
    intra_only = not shown and bits.fixed(1)
    if not resilient:
        bits.fixed(2)
    if intra_only:
        _skip_colours(bits, profile if profile else None)
        bits.fixed(8)
        return Shape(False, _size(bits))
    bits.fixed(8 + 3 * 4)  # frames that are replaced, and three that it builds on
    if any(bits.fixed(1) for _ in range(3)):  # as large as one of those
        return Shape(False, None)
    return Shape(False, _size(bits))


def _skip_colours(bits: Bits, profile: int | None) -> None:
    """The synchronisation code, and what follows it where a profile is given."""
    if bits.fixed(24) != _SYNC_CODE:
        raise Vp9Error("no synchronisation code")
    if profile is None:
        return
    if profile >= 2:
        bits.fixed(1)
    if bits.fixed(3) != _RGB:
        bits.fixed(1)
        if profile & 1:
            bits.fixed(3)
    elif profile & 1:
        bits.fixed(1)
    else:
        raise Vp9Error("RGB in a profile without it")


def _size(bits: Bits) -> tuple[int, int]:
    return bits.fixed(16) + 1, bits.fixed(16) + 1
