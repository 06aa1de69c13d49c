"""The best glyph and two free colours for each cell, over a whole glyph set at once.

A glyph covers the share `a` of each part of a cell, so the cell shows `a * fg + (1 - a) * bg`. The
cell's mean is kept. What is left to choose for a glyph is the step `fg - bg`, a least-squares fit
with a closed form: with `c = a - mean(a)` and `d` the cell less its mean, the error falls by
`(c' M d)^2 / (c' M c + v)` for each channel. So one matrix product of all cells with the masks,
scaled once, gives what every glyph gains over a plain cell, and the largest gain wins. This is
exact but for colours that end outside 0..255, which only glyphs of faint ink ask for.

`M` is what an error is measured with: partly each part by itself, partly the picture blurred as an
eye merges it from a distance. It costs nothing, since it only changes the scaled masks. Seen from a
distance it is worth 1.7 to 2.7 dB, and costs 0.1 dB close by. `v` is what the fit cannot see: a
part covered half by a hard edge is not the even grey that the mask says. With neither, faint
strokes are chosen wherever they seem to fit.

Cells go through in blocks small enough for the processor's cache.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.video.cells import Codes, new_codes, set_glyphs
from tui.video.geometry import PARTS_ACROSS, PARTS_DOWN
from tui.video.glyphs import GlyphTable

Blocks = NDArray[np.uint8]
"""`(cells, down, across * 3)`: the pixels of some cells."""
_BLOCK: Final = 192
"""Cells in one matrix product."""
_ROUNDING: Final = 1.0
"""A gain this small disappears when colours become whole numbers."""
DISTANT: Final = 0.75
"""Share of the blurred picture in the measure of errors."""
_BLUR: Final = 1.5
"""Standard deviation of the blur [parts]: three eighths of a cell's width."""
_UNSEEN: Final = 0.5
"""Share of the unseen variance that counts; real edges run along glyphs' edges often enough."""


def error_measure() -> NDArray[np.float64]:
    """`M` of the module: `(PARTS, PARTS)`, symmetric."""
    down, across = np.divmod(np.arange(PARTS_DOWN * PARTS_ACROSS), PARTS_ACROSS)
    apart = (down[:, None] - down) ** 2 + (across[:, None] - across) ** 2
    blurred = np.exp(-apart / (4 * _BLUR**2))  # blurred twice: once for each factor of a square
    blurred /= blurred.sum(axis=1).mean()
    return np.asarray((1 - DISTANT) * np.eye(len(apart)) + DISTANT * blurred)


class FreeColours:
    """Fits glyphs of a table with any two of 2^24 colours.

    Args:
        table: The glyph set.
        plain_below: A cell whose best glyph lowers the mean squared error of its pixels' channels
            by less than this is drawn plain, which costs one colour instead of two.
    """

    def __init__(self, table: GlyphTable, *, plain_below: float = 0.0) -> None:
        self._numbers = table.fitted
        masks = table.masks[table.fitted].astype(np.float64)
        centred = masks - masks.mean(axis=1, keepdims=True)
        measured = centred @ error_measure()
        measured -= measured.mean(axis=1, keepdims=True)  # cells need no centring then
        spread = (measured * centred).sum(axis=1)
        spread += _UNSEEN * (1 - DISTANT) * (masks * (1 - masks)).sum(axis=1)
        scale = np.zeros_like(spread)
        np.divide(1, np.sqrt(spread), out=scale, where=spread > 1e-6)
        self._scale = scale.astype(np.float32)
        self._mean = masks.mean(axis=1).astype(np.float32)
        self._weights = np.ascontiguousarray((measured * scale[:, None]).T.astype(np.float32))
        self._plain_gain = max(plain_below * masks.shape[1] * 3, _ROUNDING)
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
        np.matmul(cells, self._weights, out=products)
        np.multiply(products[0], products[0], out=gain)
        for channel in (1, 2):
            gain += products[channel] * products[channel]
        gain[:, 0] = self._plain_gain
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
