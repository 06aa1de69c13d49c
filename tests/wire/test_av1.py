"""AV1 from RTP payloads to a picture and its size: a browser's, an encoder's and garbage."""

from __future__ import annotations

import contextlib
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.coded_pictures import LAYERS_SIZE, captured, encoded
from tui.wire.av1 import Av1Error, av1_shape, begins_key, frames_of, picture_of
from tui.wire.picture_header import Shape


def leb128(value: int) -> bytes:
    made = b""
    while value >= 0x80:
        made, value = made + bytes([value & 0x7F | 0x80]), value >> 7
    return made + bytes([value])


def units_of(picture: bytes) -> list[bytes]:
    """The OBUs of a temporal unit without their sizes, as senders cut them."""
    units, at = [], 0
    while at < len(picture):
        head, at = picture[at], at + 1
        size = shift = 0
        while True:
            byte, at = picture[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        units.append(bytes([head & ~2]) + picture[at : at + size])
        at += size
    return units[1:]  # without the temporal delimiter


def payloads_of(picture: bytes, room: int, *, counted: bool) -> list[bytes]:
    """A temporal unit in payloads of `room` bytes; `counted`: the last element has no size."""
    made: list[bytes] = []
    new = 0x08
    for unit in units_of(picture):
        pieces = [unit[at : at + room] for at in range(0, len(unit), room)]
        for index, piece in enumerate(pieces):
            head = (0x80 if index else 0) | (0x40 if index < len(pieces) - 1 else 0) | new
            new = 0
            body = piece if counted else leb128(len(piece)) + piece
            made.append(bytes([head | (0x10 if counted else 0)]) + body)
    return made


def test_what_a_browser_sends_is_two_layers_of_one_picture():
    first, *others = captured("AV1")
    assert begins_key(first[0])
    picture = picture_of(first)
    assert av1_shape(picture) == Shape(True, LAYERS_SIZE)
    assert len(frames_of(picture)) == 2
    assert b"".join(frames_of(picture)) == picture
    for payloads in others:
        assert av1_shape(picture_of(payloads)).key == begins_key(payloads[0])


@pytest.mark.parametrize("size", [(160, 120), (322, 242), (1920, 1088)])
def test_a_key_picture_says_its_size_and_others_none(size):
    key, *others = encoded("AV1", *size)
    assert av1_shape(key) == Shape(True, size)
    assert {av1_shape(one) for one in others} == {Shape(False, None)}


@pytest.mark.parametrize("counted", [True, False])
@pytest.mark.parametrize("room", [1, 7, 100, 5000])
def test_a_picture_is_the_same_however_it_was_cut(counted, room):
    for picture in encoded("AV1", 160, 120):
        assert picture_of(payloads_of(picture, room, counted=counted)) == picture


def test_units_come_with_sizes_or_without_and_what_no_decoder_needs_is_left_out():
    frame = b"\x32\x03abc"
    padding, delimiter = b"\x7a\x01\x80", b"\x12\x00"
    elements = b"".join(leb128(len(one)) + one for one in (delimiter, frame, padding))
    assert picture_of([b"\x00" + elements]) == b"\x12\x00" + frame
    assert picture_of([b"\x10\x30abc"]) == b"\x12\x00" + frame
    assert picture_of([b"\x10\x34\x08abc"]) == b"\x12\x00\x36\x08\x03abc"  # of a layer
    assert picture_of([b"\x00" + leb128(3) + padding]) == b""


@pytest.mark.parametrize(
    ("payloads", "message"),
    [
        ([b""], "aggregation header"),
        ([b"\x00"], "fewer elements"),
        ([b"\x20\x01\x30"], "fewer elements"),
        ([b"\x00\x05\x30"], "longer than its packet"),
        ([b"\x00\xff\xff\xff\xff\xff"], "does not end"),
        ([b"\x90\x30abc"], "rest of an OBU is missing"),
        ([b"\x50\x30abc"], "ends within an OBU"),
        ([b"\x50\x30abc", b"\x10\x30abc"], "rest of an OBU is missing"),
        ([b"\x10\xb0abc"], "forbidden"),
        ([b"\x10\x34"], "within its header"),
        ([b"\x10\x32\x09abc"], "shorter than it says"),
        ([b"\x00" + b"\x01\x30" * 2049], "more than 2048"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(payloads, message):
    with pytest.raises(Av1Error, match=message):
        picture_of(payloads)


def test_a_sequence_header_alone_or_before_another_picture_makes_no_key_picture():
    key, other = encoded("AV1", 160, 120, 2)
    sequence = key[2 : 4 + key[3]]
    assert av1_shape(b"\x12\x00" + sequence) == Shape(False, (160, 120))
    assert av1_shape(b"\x12\x00" + sequence + other[2:]) == Shape(False, (160, 120))


def test_the_largest_of_several_sequence_headers_counts():
    small, large = (encoded("AV1", *size, 1)[0] for size in ((160, 120), (1280, 720)))
    assert av1_shape(small + large[2:]) == av1_shape(large + small[2:]) == Shape(True, (1280, 720))


def test_a_sequence_header_that_ends_early_is_a_size_no_decoder_gets():
    assert av1_shape(b"\x12\x00\x0a\x02\x00\x00") == Shape(False, (0, 0))


@given(st.lists(st.binary(max_size=60), max_size=6), st.binary(max_size=80), st.integers(0, 4095))
def test_whatever_comes_is_a_picture_or_the_named_error(payloads, data, at):
    for some in (payloads, [b"\x10" + one for one in payloads], [b"\x00" + data]):
        with contextlib.suppress(Av1Error):
            made = picture_of(some)
            frames_of(made)
    whole = bytearray(picture_of(captured("AV1")[0]))
    whole[at % len(whole)] ^= 1 << at % 8
    for picture in (data, b"\x0a" + bytes([len(data)]) + data, bytes(whole)):
        with contextlib.suppress(Av1Error):
            assert b"".join(frames_of(picture)) == picture
        key, size = av1_shape(picture)
        assert size is None or (size[0] >= 0 and size[1] >= 0)
        assert key in (True, False)


@pytest.mark.skipif(not hasattr(os, "sched_getscheduler"), reason="needs Linux's schedulers")
def test_making_pictures_leaves_the_tests_among_all_others():
    before = os.sched_getscheduler(0)
    encoded.__wrapped__("AV1", 160, 120, 1)
    assert os.sched_getscheduler(0) == before
