"""A cell's code: the two colours and the glyph that draw it, as eight bytes.

Codes are what a fit makes, the delta compares and the writer spells out:

| bytes | truecolor | 256 and 16 colours | mono |
|---|---|---|---|
| 0, 1, 2 | foreground red, green, blue | palette number, 0, 0 | 0 |
| 3, 4, 5 | background red, green, blue | palette number, 0, 0 | 0 |
| 6, 7 | glyph number in the set's table, low byte first | the same | the same |
"""

from __future__ import annotations

import sys
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.look import GlyphSet, Look

Pixels = NDArray[np.uint8]
"""`(height, width, 3)`, RGB."""
Codes = NDArray[np.uint8]
"""`(..., CODE_BYTES)`, one code for each cell."""
CODE_BYTES: Final = 8


def pixels_per_cell(look: Look) -> tuple[int, int]:
    """(across, down): pixels of the raster a look is drawn from, for one cell."""
    return (1, 2) if look.glyphs is GlyphSet.HALF else (4, 8)


def raster_size(columns: int, rows: int, look: Look) -> tuple[int, int]:
    """(width, height) [pixels] of the raster that fills `columns` x `rows` cells."""
    across, down = pixels_per_cell(look)
    return columns * across, rows * down


def whole(codes: Codes) -> NDArray[np.uint64]:
    """Each code as one number, for comparing; `codes` must be contiguous in its last axis."""
    return codes.view(np.uint64)[..., 0]


def glyph_numbers(codes: Codes) -> NDArray[np.uint16]:
    """The glyph of each code."""
    if sys.byteorder == "little":
        return codes.view(np.uint16)[..., 3]
    swapped: NDArray[np.uint16] = codes.view(np.uint16)[..., 3].byteswap()
    return swapped


def new_codes(count: int) -> Codes:
    """`count` codes of black spaces."""
    return np.zeros((count, CODE_BYTES), np.uint8)


def set_glyphs(codes: Codes, numbers: NDArray[np.integer]) -> None:
    """Give each code its glyph."""
    codes[..., 6] = numbers & 0xFF
    codes[..., 7] = numbers >> 8


def fit_raster(rgb: bytes, width: int, height: int, to_width: int, to_height: int) -> Pixels:
    """Pixels `(to_height, to_width, 3)` from a raster that may have another size.

    A picture asked for before a resize arrives after it; it is stretched by nearest pixel until
    one of the right size comes.

    Raises:
        ValueError: If `rgb` is not `width * height * 3` bytes.
    """
    if len(rgb) != width * height * 3 or not rgb:
        raise ValueError(f"{len(rgb)} bytes of RGB for {width}x{height} pixels")
    pixels = np.frombuffer(rgb, np.uint8).reshape(height, width, 3)
    if (height, width) == (to_height, to_width):
        return pixels
    down = np.arange(to_height) * height // to_height
    across = np.arange(to_width) * width // to_width
    return pixels[down[:, None], across]
