"""A raster to cells: one code per colour of each cell, for what the terminal can show.

A cell drawn with the upper half block shows two pixels: the upper in its foreground colour, the
lower in its background colour. Codes are what the delta compares and the writer spells out:

- `TRUECOLOR`: six bytes, red green blue above and below;
- `INDEXED` and `ANSI`: two palette numbers, above and below;
- `MONO`: one index into `RAMP`, a character by brightness, with no colour sequences at all.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.look import ColourDepth

Codes = NDArray[np.uint8]
"""`(rows, columns, channels)`; channels as the module says."""

HALF_BLOCK: Final = "▀"
RAMP: Final = " .:-=+*#%@"
"""From dark to light, for terminals without colour."""


def channels(depth: ColourDepth) -> int:
    """Bytes in one cell's code."""
    match depth:
        case ColourDepth.TRUECOLOR:
            return 6
        case ColourDepth.INDEXED | ColourDepth.ANSI:
            return 2
        case ColourDepth.MONO:
            return 1


# The 16 colours as xterm has them; terminals differ, so this is a likeness, not a promise.
_ANSI_RGB: Final = (
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0),
    (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229),
    (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0),
    (92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255),
)  # fmt: skip
_CUBE_LEVELS: Final = np.array([0, 95, 135, 175, 215, 255], np.int16)


def fit_raster(rgb: bytes, width: int, height: int, columns: int, rows: int) -> Codes:
    """Pixels `(rows * 2, columns, 3)` from a raster that may have another size.

    A picture asked for before a resize arrives after it; it is stretched by nearest pixel until
    one of the right size comes.

    Raises:
        ValueError: If `rgb` is not `width * height * 3` bytes.
    """
    if len(rgb) != width * height * 3 or not rgb:
        raise ValueError(f"{len(rgb)} bytes of RGB for {width}x{height} pixels")
    pixels = np.frombuffer(rgb, np.uint8).reshape(height, width, 3)
    if (height, width) == (rows * 2, columns):
        return pixels
    down = np.arange(rows * 2) * height // (rows * 2)
    across = np.arange(columns) * width // columns
    return pixels[down[:, None], across]


def cells_of(pixels: Codes, depth: ColourDepth) -> Codes:
    """Codes `(rows, columns, channels)` of pixels `(rows * 2, columns, 3)`."""
    match depth:
        case ColourDepth.TRUECOLOR:
            return np.concatenate([pixels[0::2], pixels[1::2]], axis=2)
        case ColourDepth.INDEXED:
            indexed = _to_256(pixels)
            return np.stack([indexed[0::2], indexed[1::2]], axis=2)
        case ColourDepth.ANSI:
            coarse = pixels.astype(np.uint16) >> 4
            indexed = _ansi_table()[coarse[..., 0] << 8 | coarse[..., 1] << 4 | coarse[..., 2]]
            return np.stack([indexed[0::2], indexed[1::2]], axis=2)
        case ColourDepth.MONO:
            weighted = pixels @ np.array([77, 150, 29], np.uint32)  # BT.601 luma times 256
            luma = (weighted[0::2] + weighted[1::2]) >> 9
            return (luma * len(RAMP) >> 8).astype(np.uint8)[..., None]


def _to_256(pixels: Codes) -> Codes:
    """Nearest of the 6x6x6 cube and the 24 greys (colours 16 to 255)."""
    wide = pixels.astype(np.int16)
    level = np.searchsorted(np.array([48, 115, 155, 195, 235]), wide, side="right")
    cube_error = ((_CUBE_LEVELS[level] - wide).astype(np.int32) ** 2).sum(axis=-1)
    grey = np.clip((wide.sum(axis=-1) // 3 - 3) // 10, 0, 23)
    grey_error = (((grey * 10 + 8)[..., None] - wide).astype(np.int32) ** 2).sum(axis=-1)
    cube = 16 + 36 * level[..., 0] + 6 * level[..., 1] + level[..., 2]
    nearest: Codes = np.where(grey_error < cube_error, 232 + grey, cube).astype(np.uint8)
    return nearest


@cache
def _ansi_table() -> Codes:
    """Nearest of the 16 colours for every 4-bit red, green, blue."""
    steps = np.arange(16) * 17
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 1, 3)
    distance = ((grid - np.array(_ANSI_RGB)) ** 2).sum(axis=-1)
    nearest: Codes = distance.argmin(axis=1).astype(np.uint8)
    return nearest
