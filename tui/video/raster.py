"""A decoded picture to the small RGB raster one tile shows, straight from the Y, U, V planes.

Each plane is cropped and shrunk by itself, so no full-size RGB image is ever made (1 ms instead
of 3.6 ms from 640x480). The trap: video is limited range (16-235), Pillow's YCbCr is full range
as in JPEG, so the planes are stretched before they are converted.

Filters were chosen by the picture seen from a distance, mean of two talking heads at 80x24 and
160x48. Two pixels a cell: box 37.2 and 41.0 dB, Hamming 36.7 and 40.4, bicubic 38.4 and 42.3,
Lanczos 40.1 and 44.4 (39.5 and 43.6 as it is used here). 4x8 pixels a cell at 80x24: box 44.7,
Hamming 45.2, bicubic and Lanczos 45.6. Shrinking in linear light is worse by 0.5 to 3.5 dB, since
terminals and eyes compare the values as they are.
"""

from __future__ import annotations

from typing import Final, cast

import numpy as np
from PIL import Image

from tui.domain.media import PlanarFrame
from tui.video.cells import Pixels

_COARSE: Final = 3.0
"""Shrunk by this much or more: Lanczos, after a cheap whole-number step down to twice the target,
which costs 0.6 dB of its gain and saves two thirds of the time. Else bicubic, half its price."""
_GAP: Final = 2.0


def _stretch(low: float, span: float, centre: float) -> list[int]:
    table = [round((value - low) * 255 / span + centre) for value in range(256)]
    return [max(0, min(255, value)) for value in table]


# ITU-R BT.601: luma spans 16 to 235, chroma 16 to 240 around 128.
_LUMA_TO_FULL: Final = _stretch(16, 219, 0)
_CHROMA_TO_FULL: Final = _stretch(128, 224, 128)


def crop_box(
    width: int, height: int, target_width: int, target_height: int
) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) of the centred part with the target's aspect ratio."""
    if width * target_height > height * target_width:
        part = height * target_width / target_height
        return (width - part) / 2, 0.0, (width + part) / 2, float(height)
    part = width * target_height / target_width
    return 0.0, (height - part) / 2, float(width), (height + part) / 2


def whole_size(width: int, height: int, target_width: int, target_height: int) -> tuple[int, int]:
    """(width, height), 1 or more, of the largest picture of this aspect ratio in the target."""
    if width * target_height > height * target_width:
        return target_width, max(1, round(height * target_width / width))
    return max(1, round(width * target_height / height)), target_height


def raster(
    frame: PlanarFrame, width: int, height: int, *, mirror: bool = False, whole: bool = False
) -> bytes:
    """Shrink `frame` to fill `width` x `height` pixels, cropped at the centre.

    Args:
        frame: 4:2:0 planes, BT.601, limited range (what WebRTC video is).
        width: Of the result [pixels], 1 or more.
        height: Of the result [pixels], 1 or more.
        mirror: Left and right swapped, as people expect of their own picture.
        whole: Nothing is cropped; black bars fill what is left of the target.

    Returns:
        `height * width * 3` bytes of RGB, rows from the top.

    Raises:
        ValueError: If the frame or the target has no pixels, or a plane is too short.
    """
    if width < 1 or height < 1:
        raise ValueError(f"raster of {width}x{height} pixels; expected 1x1 or more")
    if frame.width < 1 or frame.height < 1:
        raise ValueError(f"frame of {frame.width}x{frame.height} pixels; expected 1x1 or more")
    if whole:
        inner = whole_size(frame.width, frame.height, width, height)
        if inner != (width, height):
            drawn = Image.frombytes("RGB", inner, raster(frame, *inner, mirror=mirror))
            framed = Image.new("RGB", (width, height))
            framed.paste(drawn, ((width - inner[0]) // 2, (height - inner[1]) // 2))
            return framed.tobytes()
    half = ((frame.width + 1) // 2, (frame.height + 1) // 2)
    left, top, right, bottom = crop_box(frame.width, frame.height, width, height)
    half_box = (left / 2, top / 2, min(right / 2, half[0]), min(bottom / 2, half[1]))
    size = (width, height)
    luma = _shrink(
        frame.y, (frame.width, frame.height), frame.y_stride, (left, top, right, bottom), size
    )
    blue = _shrink(frame.u, half, frame.uv_stride, half_box, size)
    red = _shrink(frame.v, half, frame.uv_stride, half_box, size)
    picture = Image.merge(
        "YCbCr",
        (luma.point(_LUMA_TO_FULL), blue.point(_CHROMA_TO_FULL), red.point(_CHROMA_TO_FULL)),
    ).convert("RGB")
    if mirror:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return picture.tobytes()


def shrink_rgb(image: Image.Image, width: int, height: int) -> Pixels:
    """The same of a picture that is RGB already: `(height, width, 3)` pixels."""
    box = crop_box(image.width, image.height, width, height)
    colours = image if image.mode == "RGB" else image.convert("RGB")
    return np.asarray(_resized(colours, box, (width, height)))


def _shrink(
    plane: bytes | memoryview,
    size: tuple[int, int],
    stride: int,
    box: tuple[float, float, float, float],
    target: tuple[int, int],
) -> Image.Image:
    # Pillow's stubs do not know that any object with the buffer protocol will do.
    image = Image.frombuffer("L", size, cast(bytes, plane), "raw", "L", stride, 1)
    return _resized(image, box, target)


def _resized(
    image: Image.Image, box: tuple[float, float, float, float], target: tuple[int, int]
) -> Image.Image:
    shrinks = min((box[2] - box[0]) / target[0], (box[3] - box[1]) / target[1])
    if shrinks >= _COARSE:
        return image.resize(target, Image.Resampling.LANCZOS, box=box, reducing_gap=_GAP)
    return image.resize(target, Image.Resampling.BICUBIC, box=box)
