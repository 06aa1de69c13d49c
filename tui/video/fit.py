"""The best glyph and two free colours for each cell, over a whole glyph set at once.

A glyph covers the share `a` of each part of a cell, so the cell shows `a * fg + (1 - a) * bg`. For
a given glyph the best colours are a linear least-squares fit with a closed form, and the error it
leaves is `|d|^2 - s * (a . d)^2` where `d` is the cell less its mean and `s` depends on the glyph
alone (`1 / |a - mean(a)|^2`). So one matrix product of all cells with the masks, scaled by
`sqrt(s)`, gives for every glyph what it gains over a plain cell, and the largest gain wins. This
is exact but for colours that end outside 0..255, which only glyphs of faint ink ask for.

Cells go through in blocks small enough for the processor's cache.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.video.cells import Codes, new_codes, set_glyphs
from tui.video.glyphs import GlyphTable

Blocks = NDArray[np.uint8]
"""`(cells, down, across * 3)`: the pixels of some cells."""
_BLOCK: Final = 192
"""Cells in one matrix product."""
_ROUNDING: Final = 1.0
"""A gain this small disappears when colours become whole numbers."""


class FreeColours:
    """Fits glyphs of a table with any two of 2^24 colours.

    Args:
        table: The glyph set.
        plain_below: A cell whose best glyph lowers the mean squared error of its pixels' channels
            by less than this is drawn plain, which costs one colour instead of two.
    """

    def __init__(self, table: GlyphTable, *, plain_below: float = 0.0) -> None:
        self._numbers = table.fitted
        masks = table.masks[table.fitted]
        parts = masks.shape[1]
        centred = masks - masks.mean(axis=1, keepdims=True)
        spread = (centred**2).sum(axis=1)
        scale = np.zeros_like(spread)
        np.divide(1, np.sqrt(spread), out=scale, where=spread > 1e-6)
        self._scale = scale
        self._mean = masks.mean(axis=1)
        self._weights = np.ascontiguousarray((centred * scale[:, None]).T)
        self.plain_gain = max(plain_below * parts * 3, _ROUNDING)
        self._products = np.empty((3, _BLOCK, len(masks)), np.float32)
        self._gain = np.empty((_BLOCK, len(masks)), np.float32)

    def __call__(self, blocks: Blocks, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Codes:
        """Codes `(cells, CODE_BYTES)`."""
        count, down, width = blocks.shape
        cells = np.empty((3, count, down * width // 3), np.float32)
        # Channel by channel, so that each is one operand of the product.
        cells.reshape(3, count, down, width // 3)[:] = blocks.reshape(
            count, down, width // 3, 3
        ).transpose(3, 0, 1, 2)
        mean = cells.mean(axis=2)
        best = np.empty(count, np.intp)
        along = np.empty((3, count), np.float32)
        for start in range(0, count, _BLOCK):
            stop = min(start + _BLOCK, count)
            self._block(cells[:, start:stop], best[start:stop], along[:, start:stop])
        # `along` is the fit's step from background to foreground, in units of the scaled mask.
        step = along * self._scale[best]
        background = mean - step * self._mean[best]
        codes = new_codes(count)
        codes[:, 0:3] = _bytes(background + step).T
        codes[:, 3:6] = _bytes(background).T
        set_glyphs(codes, self._numbers[best])
        return codes

    def _block(
        self,
        cells: NDArray[np.float32],
        best: NDArray[np.intp],
        along: NDArray[np.float32],
    ) -> None:
        count = len(best)
        products, gain = self._products[:, :count], self._gain[:count]
        np.matmul(cells, self._weights, out=products)  # the masks are centred: no mean to take off
        np.multiply(products[0], products[0], out=gain)
        for channel in (1, 2):
            gain += products[channel] * products[channel]
        gain[:, 0] = self.plain_gain
        gain.argmax(axis=1, out=best)
        along[:] = products[:, np.arange(count), best]


def _bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    values += 0.5
    return values.clip(0, 255, out=values).astype(np.uint8)


class TwoPixels:
    """Half blocks from two pixels a cell: nothing to choose, only colours to copy."""

    def __init__(self, table: GlyphTable) -> None:
        self._half = table.characters.index("▀")

    def __call__(self, blocks: Blocks, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Codes:
        """Codes `(cells, CODE_BYTES)`."""
        codes = new_codes(len(blocks))
        codes[:, 0:3] = blocks[:, 0]
        codes[:, 3:6] = blocks[:, 1]
        codes[:, 6] = self._half
        codes[(blocks[:, 0] == blocks[:, 1]).all(axis=1), 6] = 0
        return codes
