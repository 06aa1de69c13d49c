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

from tui.domain.frozen import dataclass
from tui.video.cells import Codes, new_codes, set_glyphs
from tui.video.geometry import PARTS_ACROSS, PARTS_DOWN
from tui.video.glyphs import GlyphTable


def spread_of(masks: NDArray[np.floating]) -> NDArray[np.float64]:
    """`c' M c + v` of each mask: the error that a step of 1 which is not in the picture makes."""
    exact = masks.astype(np.float64)
    centred = exact - exact.mean(axis=1, keepdims=True)
    measured = centred @ error_measure()
    # A cell's mean is taken off what is measured too.
    measured -= measured.mean(axis=1, keepdims=True)
    unseen = (exact * (1 - exact)).sum(axis=1)
    return np.asarray((measured * centred).sum(axis=1) + _UNSEEN * (1 - DISTANT) * unseen)


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


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The best glyph of some cells and its free colours, as floats."""

    best: NDArray[np.intp]
    """`(cells,)`: rows of the table's `fitted`."""
    mean: NDArray[np.float32]
    """`(3, cells)`: each cell's mean colour."""
    step: NDArray[np.float32]
    """`(3, cells)`: foreground less background."""


class FreeColours:
    """Fits glyphs of a table with any two of 2^24 colours.

    Args:
        table: The glyph set.
    """

    def __init__(self, table: GlyphTable) -> None:
        self._numbers = table.fitted
        masks = table.masks[table.fitted].astype(np.float64)
        centred = masks - masks.mean(axis=1, keepdims=True)
        measured = centred @ error_measure()
        measured -= measured.mean(axis=1, keepdims=True)  # cells need no centring then
        spread = spread_of(masks)
        scale = np.zeros_like(spread)
        np.divide(1, np.sqrt(spread), out=scale, where=spread > 1e-6)
        self._scale = scale.astype(np.float32)
        self._mean = masks.mean(axis=1).astype(np.float32)
        self._weights = np.ascontiguousarray((measured * scale[:, None]).T.astype(np.float32))
        self._products = np.empty((3, _BLOCK, len(masks)), np.float32)
        self._gain = np.empty((_BLOCK, len(masks)), np.float32)

    def __call__(self, blocks: Blocks, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Codes:
        """Codes `(cells, CODE_BYTES)`."""
        fitted = self.fit(blocks)
        background = fitted.mean - fitted.step * self._mean[fitted.best]
        codes = new_codes(len(blocks))
        codes[:, 0:3] = _bytes(background + fitted.step).T
        codes[:, 3:6] = _bytes(background).T
        set_glyphs(codes, self._numbers[fitted.best])
        return codes

    def fit(self, blocks: Blocks) -> Fitted:
        """The best glyph and colours of `(cells, down, across * 3)` pixels."""
        count, down, width = blocks.shape
        cells = np.empty((3, count, down * width // 3), np.float32)
        # Channel by channel, so that each is one operand of the product.
        cells.reshape(3, count, down, width // 3)[:] = blocks.reshape(
            count, down, width // 3, 3
        ).transpose(3, 0, 1, 2)
        best = np.empty(count, np.intp)
        along = np.empty((3, count), np.float32)
        for start in range(0, count, _BLOCK):
            stop = min(start + _BLOCK, count)
            self._block(cells[:, start:stop], best[start:stop], along[:, start:stop])
        # `along` is the step in units of the scaled mask.
        along *= self._scale[best]
        return Fitted(best, cells.mean(axis=2), along)

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
        gain[:, 0] = _ROUNDING
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
