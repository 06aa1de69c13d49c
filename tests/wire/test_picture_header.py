"""The size in a key picture's header, against what real encoders write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.coded_pictures import encoded
from tui.wire.picture_header import MAX_PIXELS, Shape, h264_shape, vp8_shape


@pytest.mark.parametrize("size", [(160, 120), (322, 242), (1920, 1088), (2, 2)])
def test_a_vp8_key_picture_says_its_size_and_others_none(size):
    key, *others = encoded("VP8", *size)
    assert vp8_shape(key) == Shape(True, size)
    assert {vp8_shape(one) for one in others} == {Shape(False, None)}


@pytest.mark.parametrize("size", [(160, 120), (640, 360), (1280, 720)])
def test_an_h264_key_picture_says_its_size_in_whole_macroblocks(size):
    key, *others = encoded("H264", *size)
    assert h264_shape(key) == Shape(True, tuple(-(-one // 16) * 16 for one in size))
    assert {h264_shape(one) for one in others} == {Shape(False, None)}


def test_the_size_bomb_of_64_bytes_is_read_and_not_decoded():
    key = bytearray(encoded("VP8", 160, 120)[0][:64])
    key[6:10] = (16000).to_bytes(2, "little") * 2
    size = vp8_shape(bytes(key)).size
    assert size == (16000, 16000)
    assert size[0] * size[1] > MAX_PIXELS


def test_the_largest_of_several_parameter_sets_counts():
    small, large = (encoded("H264", *size)[0] for size in ((160, 128), (1280, 720)))
    assert h264_shape(small + large) == h264_shape(large + small) == Shape(True, (1280, 720))


def test_a_parameter_set_that_ends_early_is_a_size_no_decoder_gets():
    key = encoded("H264", 160, 128)[0]
    at = key.find(b"\0\0\1\x67")
    assert h264_shape(key[: at + 6]).size == (0, 0)


def test_a_vp8_header_that_looks_like_a_start_code_is_one_of_vp8():
    size = (16000).to_bytes(2, "little") * 2
    assert vp8_shape(b"\0\0\1\x9d\x01\x2a" + size) == Shape(True, (16000, 16000))


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"\0\0\0\1\x67", b"\0\0\1\x67\x64", b"\x10\0\0\x9d\1\x2a"]),
)
def test_whatever_comes_is_a_size_or_none(data, start):
    for shape in (vp8_shape(start + data), h264_shape(start + data)):
        assert shape.size is None or (shape.size[0] >= 0 and shape.size[1] >= 0)
        assert shape.size is not None or not shape.key
