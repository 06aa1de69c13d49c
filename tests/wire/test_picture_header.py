"""The size in a key picture's header, against what real encoders write."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.wire.picture_header import MAX_PIXELS, key_picture_size

_QUICK = {
    "libx264": {"g": "1000", "preset": "ultrafast"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
}


def encoded(codec: str, width: int, height: int, count: int = 3) -> list[bytes]:
    context = av.CodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base = Fraction(1, 15)
    context.options = _QUICK[codec]
    pictures = []
    for number in range(count):
        frame = av.VideoFrame(width, height, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes([40 * number % 256]) * plane.buffer_size)
        frame.pts = number
        pictures += [bytes(packet) for packet in context.encode(frame)]
    return pictures + [bytes(packet) for packet in context.encode(None)]


@pytest.mark.parametrize("size", [(160, 120), (322, 242), (1920, 1088), (2, 2)])
def test_a_vp8_key_picture_says_its_size_and_others_none(size):
    key, *others = encoded("libvpx", *size)
    assert key_picture_size(key) == size
    assert [key_picture_size(one) for one in others] == [None] * len(others) != []


@pytest.mark.parametrize("size", [(160, 120), (640, 360), (1280, 720)])
def test_an_h264_key_picture_says_its_size_in_whole_macroblocks(size):
    key, *others = encoded("libx264", *size)
    assert key_picture_size(key) == tuple(-(-one // 16) * 16 for one in size)
    assert [key_picture_size(one) for one in others] == [None] * len(others) != []


def test_the_size_bomb_of_64_bytes_is_read_and_not_decoded():
    key = bytearray(encoded("libvpx", 160, 120)[0][:64])
    key[6:10] = (16000).to_bytes(2, "little") * 2
    size = key_picture_size(bytes(key))
    assert size == (16000, 16000)
    assert size[0] * size[1] > MAX_PIXELS


def test_the_largest_of_several_parameter_sets_counts():
    small, large = (encoded("libx264", *size)[0] for size in ((160, 128), (1280, 720)))
    assert key_picture_size(small + large) == key_picture_size(large + small) == (1280, 720)


def test_a_parameter_set_that_ends_early_is_a_size_no_decoder_gets():
    key = encoded("libx264", 160, 128)[0]
    at = key.find(b"\0\0\1\x67")
    assert key_picture_size(key[: at + 6]) == (0, 0)


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\0\0\0\1\x67", b"\0\0\1\x67\x64", b"\x10\0\0\x9d\1\x2a"]),
)
def test_whatever_comes_is_a_size_or_none(data, start):
    size = key_picture_size(start + data)
    assert size is None or (size[0] >= 0 and size[1] >= 0)
