"""The demo robot's picture: a head that looks around, blinks and talks; drawn, the same each time.

Shaded like something in front of a camera, so that it looks like a call in a terminal too: flat
test colours would not show what half blocks can do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tui.devices.synthetic_camera import Plane

DEFAULT_RGB: Final = "2E7D8C"
_BLINK_EVERY_S: Final = 3.1
_BLINK_S: Final = 0.18

# Pillow's YCbCr is full range (JPEG); video is limited range (BT.601).
_LUMA = [round(16 + value * 219 / 255) for value in range(256)]
_CHROMA = [round(128 + (value - 128) * 224 / 255) for value in range(256)]

Colour = tuple[int, int, int]
Box = Callable[[float, float, float, float], tuple[float, float, float, float]]
"""A rectangle in head units (left, top, width, height) as pixels."""


class RobotPicture:
    """Painter of `test:robot`.

    Args:
        width: In pixels.
        height: In pixels.
        rgb: The robot's colour, six hex digits; the room is a darker one of it.
    """

    def __init__(self, width: int, height: int, rgb: str = DEFAULT_RGB):
        self._colour: Colour = tuple(bytes.fromhex(rgb))  # type: ignore[assignment]
        self._room = _room(width, height, self._colour)

    def planes(self, number: int, at_s: float) -> tuple[Plane, bytes, bytes]:
        """Y, U, V of one picture."""
        image = self._room.copy()
        self._draw(ImageDraw.Draw(image), *image.size, at_s)
        y, u, v = image.convert("YCbCr").split()
        half = ((image.width + 1) // 2, (image.height + 1) // 2)
        u, v = (c.resize(half, Image.Resampling.BOX).point(_CHROMA) for c in (u, v))
        return np.asarray(y.point(_LUMA)), u.tobytes(), v.tobytes()

    def _draw(self, draw: ImageDraw.ImageDraw, width: int, height: int, at_s: float) -> None:
        unit = height / 24
        sway = math.sin(at_s * 1.3) * unit * 1.2
        nod = math.sin(at_s * 2.1) * unit * 0.4
        middle, top = width / 2 + sway, height * 0.2 + nod
        light, dark = (
            _mixed(self._colour, (255, 255, 255), 0.45),
            _mixed(self._colour, (0, 0, 0), 0.45),
        )

        def box(x: float, y: float, w: float, h: float) -> tuple[float, float, float, float]:
            return (
                middle + x * unit,
                top + y * unit,
                middle + (x + w) * unit,
                top + (y + h) * unit,
            )

        # Shoulders stay, the head moves.
        draw.rounded_rectangle(
            (width / 2 - 9 * unit, height * 0.83, width / 2 + 9 * unit, height * 1.3),
            radius=3 * unit,
            fill=dark,
        )
        draw.rectangle(box(-1.5, 11, 3, 5), fill=dark)
        for side in (-1, 1):
            draw.rounded_rectangle(box(side * 7 - 0.8, 3.5, 1.6, 4.5), radius=0.7 * unit, fill=dark)
        draw.rounded_rectangle(box(-7, 0, 14, 12), radius=3 * unit, fill=self._colour)
        draw.rounded_rectangle(box(-6.2, 0.6, 12.4, 3), radius=1.5 * unit, fill=light)
        draw.rounded_rectangle(box(-5.8, 2, 11.6, 9), radius=2 * unit, fill=(18, 24, 30))
        draw.line((middle, top, middle, top - 2.4 * unit), fill=dark, width=max(1, round(unit / 2)))
        lamp = (255, 214, 90) if math.sin(at_s * 6) > 0 else (150, 110, 30)
        draw.ellipse(box(-0.9, -3.8, 1.8, 1.8), fill=lamp)
        self._draw_face(draw, box, at_s)

    def _draw_face(self, draw: ImageDraw.ImageDraw, box: Box, at_s: float) -> None:
        glow = (120, 235, 255)
        gaze = math.sin(at_s * 0.9) * 0.9
        open_ = 0.25 if at_s % _BLINK_EVERY_S < _BLINK_S else 2.2
        for side in (-2.9, 2.9):
            draw.ellipse(box(side - 1.1 + gaze, 5 - open_ / 2, 2.2, open_), fill=glow)
        loud = abs(math.sin(at_s * 5.3) * math.sin(at_s * 1.7))
        for bar in range(7):
            tall = 0.3 + 1.7 * loud * abs(math.sin(at_s * 9 + bar * 1.1))
            draw.rectangle(box(-2.8 + bar * 0.8, 8.6 - tall / 2, 0.5, tall), fill=glow)


def _mixed(colour: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(colour, other, strict=True))
    return red, green, blue


def _room(width: int, height: int, colour: Colour) -> Image.Image:
    """A wall with a soft light on it and a window."""
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    distance = np.hypot((across - width * 0.3) / width, (down - height * 0.25) / height)
    light: NDArray[np.float32] = np.clip(1.15 - distance, 0.15, 1.0)[..., None]
    wall = np.array(_mixed(colour, (90, 80, 70), 0.55), np.float32) * light
    image = Image.fromarray(wall.astype(np.uint8), "RGB")
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = width * 0.74, height * 0.1, width * 0.95, height * 0.5
    for row in range(round(top), round(bottom)):
        share = (row - top) / (bottom - top)
        draw.line((left, row, right, row), fill=_mixed((120, 170, 230), (250, 200, 150), share))
    frame = _mixed(colour, (0, 0, 0), 0.7)
    draw.rectangle((left, top, right, bottom), outline=frame, width=max(1, height // 80))
    draw.line(((left + right) / 2, top, (left + right) / 2, bottom), fill=frame, width=2)
    return image
