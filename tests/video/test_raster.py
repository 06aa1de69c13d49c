"""Planes to an RGB raster: colours, cropping, strides, mirroring."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.domain.media import PlanarFrame
from tui.video.raster import crop_box, raster


def encoded(pixels: np.ndarray) -> PlanarFrame:
    """RGB as a decoder would give it: 4:2:0, BT.601, limited range."""
    frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
    y, u, v = frame.planes
    return PlanarFrame(
        frame.width, frame.height, bytes(y), bytes(u), bytes(v), y.line_size, u.line_size
    )


def flat(colour: tuple[int, int, int], width: int = 64, height: int = 48) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


COLOURS = [
    (0, 0, 0),
    (255, 255, 255),
    (128, 128, 128),
    (255, 0, 0),
    (0, 255, 0),
    (0, 0, 255),
    (255, 255, 0),
    (12, 200, 90),
    (230, 180, 150),
]


@pytest.mark.parametrize("colour", COLOURS)
def test_limited_range_colour_comes_back(colour: tuple[int, int, int]) -> None:
    out = np.frombuffer(raster(encoded(flat(colour)), 8, 6), np.uint8).reshape(6, 8, 3)
    assert np.abs(out.astype(int) - colour).max() <= 4


def test_planes_may_be_memoryviews_with_padded_rows() -> None:
    pixels = flat((10, 20, 30), 50, 30)
    pixels[:, 25:] = (200, 100, 50)
    frame = encoded(pixels)
    assert frame.y_stride > frame.width  # PyAV pads 50 to a multiple of 32
    views = PlanarFrame(
        50, 30, memoryview(frame.y), memoryview(frame.u), memoryview(frame.v),
        frame.y_stride, frame.uv_stride,
    )  # fmt: skip
    out = np.frombuffer(raster(views, 10, 6), np.uint8).reshape(6, 10, 3)
    assert np.abs(out[:, 0].astype(int) - (10, 20, 30)).max() <= 4
    assert np.abs(out[:, 9].astype(int) - (200, 100, 50)).max() <= 4


def test_a_wide_picture_loses_its_sides_not_its_shape() -> None:
    pixels = flat((255, 0, 0), 160, 60)
    pixels[:, 50:110] = (0, 0, 255)
    out = np.frombuffer(raster(encoded(pixels), 20, 20), np.uint8).reshape(20, 20, 3)
    # The filter looks a little beyond the cut, where the picture is red.
    assert np.abs(out[:, 2:-2].astype(int) - (0, 0, 255)).max() <= 8
    assert (out[..., 2] > 2 * out[..., 0]).all()


def test_mirror_swaps_left_and_right() -> None:
    pixels = flat((255, 0, 0), 64, 64)
    pixels[:, 32:] = (0, 255, 0)
    plain = np.frombuffer(raster(encoded(pixels), 8, 8), np.uint8).reshape(8, 8, 3)
    swapped = np.frombuffer(raster(encoded(pixels), 8, 8, mirror=True), np.uint8)
    assert np.array_equal(plain[:, ::-1], swapped.reshape(8, 8, 3))


def test_checkerboard_averages_to_grey() -> None:
    y, x = np.mgrid[0:480, 0:640]
    pixels = np.where(((x + y) % 2)[..., None], 255, 0).astype(np.uint8).repeat(3, axis=2)
    out = np.frombuffer(raster(encoded(pixels), 80, 48), np.uint8).astype(int)
    assert np.abs(out - 128).max() <= 4


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 70), st.integers(1, 70), st.integers(1, 90), st.integers(1, 90), st.booleans()
)
def test_any_size_gives_all_bytes(
    width: int, height: int, columns: int, rows: int, mirror: bool
) -> None:
    stride, half = width + 3, (width + 1) // 2
    frame = PlanarFrame(
        width, height, bytes([128]) * (stride * height),
        bytes([128]) * (half * ((height + 1) // 2)), bytes([128]) * (half * ((height + 1) // 2)),
        stride, half,
    )  # fmt: skip
    out = raster(frame, columns, rows, mirror=mirror)
    assert len(out) == columns * rows * 3
    assert set(out) == {130}  # (128 - 16) * 255 / 219


def test_no_pixels_is_an_error() -> None:
    with pytest.raises(ValueError, match="0x4"):
        raster(encoded(flat((0, 0, 0))), 0, 4)


def test_crop_box_keeps_the_centre() -> None:
    assert crop_box(640, 480, 80, 48) == (0.0, 48.0, 640.0, 432.0)
    assert crop_box(100, 100, 50, 50) == (0.0, 0.0, 100.0, 100.0)
