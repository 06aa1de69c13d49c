"""One picture of many people: tiles side by side on a canvas, with their names.

Planes of luma and colour as they are, 8 bit, 4:2:0: nothing is turned into RGB on the way.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tui.domain.frozen import dataclass

Plane = NDArray[np.uint8]

WIDTH: Final = 1280
HEIGHT: Final = 720
_BLACK, _GREY, _TILE, _WHITE = 16, 128, 40, 235
_LABEL_PIXELS: Final = 24
_GAP: Final = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tile is [pixels]; everything even."""

    x: int
    y: int
    width: int
    height: int


def places(count: int) -> list[Place]:
    """As many tiles as large as fit, row by row."""
    if not count:
        return []
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    width, height = WIDTH // columns, HEIGHT // rows
    return [
        Place(
            (column * width + _GAP // 2) & ~1,
            (row * height + _GAP // 2) & ~1,
            (width - _GAP) & ~1,
            (height - _GAP) & ~1,
        )
        for row, column in (divmod(index, columns) for index in range(count))
    ]


class Canvas:
    """Draws tiles; what did not change since the last picture is drawn no second time."""

    def __init__(self) -> None:
        self._planes: list[Plane] = []
        self._shown: Sequence[str] = ()
        self._drawn: dict[str, Any] = {}
        self._clear()

    def _clear(self) -> None:
        self._planes = [
            np.full((HEIGHT, WIDTH), _BLACK, np.uint8),
            np.full((HEIGHT // 2, WIDTH // 2), _GREY, np.uint8),
            np.full((HEIGHT // 2, WIDTH // 2), _GREY, np.uint8),
        ]
        self._drawn.clear()

    def draw(self, tiles: Mapping[str, Any]) -> Any:
        """The picture, an `av.VideoFrame`, of these people's newest frames; None: a name alone."""
        if tuple(tiles) != self._shown:
            self._shown = tuple(tiles)
            self._clear()
        for (name, frame), place in zip(tiles.items(), places(len(tiles)), strict=True):
            if name not in self._drawn or self._drawn[name] is not frame:
                self._drawn[name] = frame
                self._tile(name, frame, place)
        whole = np.concatenate([plane.reshape(-1) for plane in self._planes])
        return av.VideoFrame.from_ndarray(whole.reshape(HEIGHT * 3 // 2, WIDTH), format="yuv420p")

    def _tile(self, name: str, frame: Any, place: Place) -> None:
        self._fill(place, _TILE if frame is None else _BLACK)
        if frame is not None:
            self._picture(frame, place)
        mask = _label(name)
        height, width = mask.shape
        width = min(width, place.width)
        if height <= place.height:
            x, y = place.x, place.y + place.height - height
            if frame is None:
                x, y = x + (place.width - width) // 2, y - (place.height - height) // 2
            strip = self._planes[0][y : y + height, x : x + width]
            strip[:] = np.where(mask[:, :width] > 0, mask[:, :width], strip // 2)

    def _fill(self, place: Place, luma: int) -> None:
        for plane, by, value in zip(self._planes, (1, 2, 2), (luma, _GREY, _GREY), strict=True):
            rows = slice(place.y // by, (place.y + place.height) // by)
            plane[rows, place.x // by : (place.x + place.width) // by] = value

    def _picture(self, frame: Any, place: Place) -> None:
        """All of the picture, as large as it fits, in the middle."""
        scale = min(place.width / frame.width, place.height / frame.height)
        width = max(2, min(place.width, int(frame.width * scale)) & ~1)
        height = max(2, min(place.height, int(frame.height * scale)) & ~1)
        x = (place.x + (place.width - width) // 2) & ~1
        y = (place.y + (place.height - height) // 2) & ~1
        small = frame.reformat(width, height, format="yuv420p", interpolation="BILINEAR")
        for plane, source, by in zip(self._planes, small.planes, (1, 2, 2), strict=True):
            rows, columns = height // by, width // by
            pixels = np.frombuffer(source, np.uint8).reshape(-1, source.line_size)
            plane[y // by : y // by + rows, x // by : x // by + columns] = pixels[:rows, :columns]


@lru_cache(maxsize=256)
def _label(name: str) -> Plane:
    """A name in white on nothing (0)."""
    font = ImageFont.load_default(_LABEL_PIXELS - 6)
    width = min(WIDTH, math.ceil(font.getlength(name)) + 16)
    image = Image.new("L", (width, _LABEL_PIXELS + 4), 0)
    ImageDraw.Draw(image).text((8, 2), name, fill=_WHITE, font=font)
    return np.asarray(image, np.uint8)
