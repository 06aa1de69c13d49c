"""Glyph and colours for each cell when colours are few: 256, 16, or the terminal's own two."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.video.cells import Codes, new_codes, set_glyphs
from tui.video.fit import Blocks, FreeColours, TwoPixels
from tui.video.geometry import PARTS_ACROSS, PARTS_DOWN
from tui.video.glyphs import GlyphTable
from tui.video.palette import Palette

_BAYER: Final = (
    np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) / 16
    - 15 / 32
)
"""Ordered dither, -1/2 to 1/2, mean 0."""


class PaletteColours:
    """Free colours first, then the palette's nearest, dithered from cell to cell.

    Args:
        table: The glyph set.
        cell: (across, down) pixels of a cell.
        palette: The colours there are.
    """

    def __init__(self, table: GlyphTable, cell: tuple[int, int], palette: Palette) -> None:
        self._free = TwoPixels(table) if cell == (1, 2) else FreeColours(table)
        self._palette = palette
        self._strength = 40.0 if len(palette.usable) > 16 else 96.0

    def __call__(self, blocks: Blocks, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Codes:
        """Codes `(cells, CODE_BYTES)`."""
        codes = self._free(blocks, rows, columns)
        shift = _BAYER[rows & 3, columns & 3][:, None] * self._strength
        foreground = self._palette.nearest(codes[:, 0:3] + shift)
        background = self._palette.nearest(codes[:, 3:6] + shift)
        codes[:, 0:6] = 0
        codes[:, 0], codes[:, 3] = foreground, background
        codes[foreground == background, 6:8] = 0
        return codes


_LUMA: Final = np.array([77, 150, 29], np.float32) / (256 * 255)  # BT.601


class Mono:
    """Light glyphs on a dark ground: whichever covers the cell as the picture is bright.

    Args:
        table: The glyph set; a fixed pair of colours needs both glyphs of each pair.
        cell: (across, down) pixels of a cell.
    """

    def __init__(self, table: GlyphTable, cell: tuple[int, int]) -> None:
        across, down = cell
        masks = table.masks.reshape(
            -1, down, PARTS_DOWN // down, across, PARTS_ACROSS // across
        ).mean(axis=(2, 4))
        masks = masks.reshape(len(masks), -1)
        self._masks = np.ascontiguousarray(masks.T)
        self._half_square = (masks**2).sum(axis=1) / 2
        tile = np.tile(_BAYER, (2, 1))[:: PARTS_DOWN // down, :: PARTS_ACROSS // across]
        self._dither = np.ascontiguousarray(tile).ravel() * 0.5

    def __call__(self, blocks: Blocks, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Codes:
        """Codes `(cells, CODE_BYTES)`."""
        count, down, width = blocks.shape
        light = blocks.reshape(count, down * width // 3, 3) @ _LUMA
        score = (light + self._dither) @ self._masks
        score -= self._half_square
        codes = new_codes(count)
        set_glyphs(codes, score.argmax(axis=1))
        return codes
