"""VP9 from RTP payloads to a picture and its size: a browser's, an encoder's and garbage."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.coded_pictures import LAYERS_SIZE, captured, encoded
from tui.wire.picture_header import Shape
from tui.wire.vp9 import Vp9Error, frames_of, parse_vp9, picture_of, superframe, vp9_shape


def bits(*fields: tuple[int, int]) -> bytes:
    """Fields of (value, bits), filled up with zeros."""
    text = "".join(f"{value:0{count}b}" for value, count in fields)
    return int(text.ljust(len(text) + -len(text) % 8, "0"), 2).to_bytes(-(-len(text) // 8))


def inter(width: int, height: int) -> bytes:
    """The header of a frame that builds on others and has a size of its own."""
    head = ((2, 2), (0, 2), (0, 1), (1, 1), (1, 1), (1, 1), (0, 8), (0, 12), (0, 3))
    return bits(*head, (width - 1, 16), (height - 1, 16)) + b"\x11" * 8


def test_what_a_browser_sends_is_two_layers_of_one_picture():
    first, *others = captured("VP9")
    fields = [parse_vp9(payload) for payload in first]
    assert (fields[0].begins_key, fields[0].spatial) == (True, 0)
    assert [one.spatial for one in fields if one.begins] == [0, 1]
    picture = picture_of(first)
    assert vp9_shape(picture) == Shape(True, LAYERS_SIZE)
    small, large = frames_of(picture)
    assert vp9_shape(small) == Shape(True, (320, 180))
    assert vp9_shape(large) == Shape(False, LAYERS_SIZE)
    keys = [parse_vp9(payloads[0]).begins_key for payloads in others]
    assert keys == [vp9_shape(picture_of(payloads)).key for payloads in others]
    assert not all(keys)


@pytest.mark.parametrize("size", [(160, 120), (322, 242), (1920, 1088)])
def test_a_key_picture_says_its_size_and_others_none(size):
    key, *others = encoded("VP9", *size)
    assert vp9_shape(key) == Shape(True, size)
    assert {vp9_shape(one) for one in others} == {Shape(False, None)}


def test_a_frame_that_builds_on_others_can_have_a_size_no_machine_should_decode():
    assert vp9_shape(inter(60_000, 50_000)) == Shape(False, (60_000, 50_000))
    key = encoded("VP9", 160, 120)[0]
    assert vp9_shape(superframe([key, inter(60_000, 50_000)])) == Shape(True, (60_000, 50_000))


def test_frames_hidden_from_who_measures_them_are_refused():
    key = encoded("VP9", 160, 120)[0]
    hidden = superframe([key, superframe([key, inter(60_000, 50_000)])])
    assert vp9_shape(hidden) == Shape(False, (0, 0))
    lying = bytearray(superframe([key, key]))
    lying[-2] = 0xFF  # of the length of the second frame
    with pytest.raises(Vp9Error, match="longer"):
        frames_of(bytes(lying))


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"\x08x", (1, True, True, 0)),  # nothing but the first byte; a frame begins
        (b"\x00x", (1, False, False, 0)),
        (b"\x48x", (1, True, False, 0)),  # it builds on another picture
        (b"\x88\x05x", (2, True, True, 0)),  # picture id of 7 bits
        (b"\xa8\x85\x00\x02\x07x", (5, True, False, 1)),  # of 15, layers and TL0PICIDX
        (b"\xf8\x85\x00\x00\x03\x03\x02x", (7, True, False, 0)),  # flexible, three references
        (b"\x0a\x18\x01\x40\x00\xb4\x01\x04\x05x", (9, True, True, 0)),  # with a structure
        (b"\x08", (1, True, True, 0)),
    ],
)
def test_a_descriptor_is_read(payload: bytes, expected: tuple[int, bool, bool, int]):
    assert tuple(parse_vp9(payload)) == expected


@pytest.mark.parametrize(
    "payload", [b"", b"\x80", b"\x88\x85", b"\x50", b"\x0a\x18\x01", b"\x0a\x08"]
)
def test_a_descriptor_that_ends_early_is_none(payload: bytes):
    with pytest.raises(Vp9Error, match="within the descriptor"):
        parse_vp9(payload)


def test_a_picture_begins_with_a_frame():
    _, *rest = captured("VP9")[0]
    with pytest.raises(Vp9Error, match="within a frame"):
        picture_of([b"\x00rest"])
    assert all(isinstance(parse_vp9(payload).begins, bool) for payload in rest)


@given(st.lists(st.binary(min_size=1, max_size=80).map(lambda one: one + b"\0"), max_size=9))
def test_frames_come_out_of_a_superframe_as_they_went_in(frames: list[bytes]):
    if len(frames) > 8:
        with pytest.raises(Vp9Error, match="8 at most"):
            superframe(frames)
    else:
        assert frames_of(superframe(frames)) == (frames or [b""])


@given(st.lists(st.binary(max_size=60), max_size=6), st.binary(max_size=80), st.integers(0, 255))
def test_whatever_comes_is_a_picture_or_the_named_error(payloads, data, at):
    for some in (payloads, [b"\x08" + one for one in payloads]):
        with contextlib.suppress(Vp9Error):
            picture_of(some)
    whole = bytearray(picture_of(captured("VP9")[0]))
    whole[at % len(whole)] ^= 1 << at % 8
    for picture in (data, bits((2, 2), (0, 2), (0, 1)) + data, bytes(whole)):
        key, size = vp9_shape(picture)
        assert size is None or (size[0] >= 0 and size[1] >= 0)
        assert key in (True, False)
