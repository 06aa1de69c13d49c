"""Colours of cells, set right for what the glyphs of their neighbours cannot show.

A fit looks at one cell alone and keeps its mean. What its glyph cannot show is left over, and seen
from a distance it runs into the cells around, as theirs runs into it. So once all glyphs are
chosen, each cell takes one step towards the two colours that leave least of the picture's error
after the viewer's blur, its neighbours as they are on the screen: a step of block Jacobi on the
least squares of the whole picture, short of the full one because neighbours step at the same time.
Harness, all glyphs, every cell redrawn: 1.9 to 3 dB seen from a distance, for 0.2 dB close by.

It is done in eighths of a cell, 2x4, which the blur hides, and reaches one cell in each direction.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.video.cells import Codes, Pixels, glyph_numbers
from tui.video.geometry import PARTS_ACROSS, PARTS_DOWN
from tui.video.glyphs import GlyphTable

ACROSS: Final = PARTS_ACROSS // 2
DOWN: Final = PARTS_DOWN // 2
EIGHTHS: Final = ACROSS * DOWN
"""Of a cell, row by row from the top; each is 2x2 parts."""
_DISTANT: Final = 0.9
"""Share of the blurred picture in what is made small. At 0.75 it gains 1.6 dB, at 0.95 no more."""
_BLUR: Final = 1.0
"""Standard deviation of the viewer's blur [eighths]: half a cell's width."""
_STEP: Final = 0.7
"""Share of the way to a cell's best colours."""
_BLOCK: Final = 256
"""Cells at once, for the processor's cache."""


class Refinement:
    """Sets colours of fitted cells right, for any two of 2^24 colours.

    Args:
        table: The glyph set that the codes' numbers are of.
    """

    def __init__(self, table: GlyphTable) -> None:
        masks = table.masks.astype(np.float64)
        eighths = masks.reshape(-1, DOWN, 2, ACROSS, 2).mean(axis=(2, 4)).reshape(-1, EIGHTHS)
        self._masks = eighths.astype(np.float32)
        self._blur = np.ascontiguousarray(_blur_around().T, np.float32)
        self._towards = _towards(masks, eighths).astype(np.float32)

    def __call__(
        self,
        picture: Pixels,
        codes: Codes,
        known: NDArray[np.bool_],
        rows: NDArray[np.intp],
        columns: NDArray[np.intp],
    ) -> Codes:
        """Better codes `(cells, CODE_BYTES)` of some cells.

        Args:
            picture: `(height * DOWN, width * ACROSS, 3)`: what should be seen, in eighths.
            codes: `(height, width, CODE_BYTES)`: what is seen, the fitted cells in it.
            known: `(height, width)`: whether that is so; others are taken for perfect.
            rows: Where the cells are that are wanted.
            columns: The same.
        """
        left = self._left(picture, codes, known & _around(known.shape, rows, columns))
        made = codes[rows, columns]
        glyphs = glyph_numbers(made)
        width = known.shape[1] + 2
        first = rows * width + columns
        around = (np.arange(3)[:, None] * width + np.arange(3)).ravel()
        for start in range(0, len(made), _BLOCK):
            block = slice(start, start + _BLOCK)
            near = left.take(first[block, None] + around, axis=1)
            blurred = (near.reshape(-1, 9 * EIGHTHS) @ self._blur).reshape(3, -1, EIGHTHS)
            towards = self._towards[glyphs[block]]
            step = np.matmul(towards, blurred.transpose(1, 2, 0)).reshape(-1, 6)
            step += made[block, :6]
            step += 0.5
            made[block, :6] = step.clip(0, 255, out=step)
        return made

    def _left(self, picture: Pixels, codes: Codes, cells: NDArray[np.bool_]) -> NDArray[np.float32]:
        """What `cells` leave of the picture, `(3, cells with one more all round, EIGHTHS)`."""
        height, width = cells.shape
        rows, columns = np.nonzero(cells)
        seen = codes[rows, columns]
        wanted = picture.reshape(height, DOWN, width, ACROSS, 3)[rows, :, columns]
        off = wanted.reshape(-1, EIGHTHS, 3).transpose(2, 0, 1).astype(np.float32)
        front, back = seen[:, 0:3].T.astype(np.float32), seen[:, 3:6].T.astype(np.float32)
        off -= back[..., None]
        off -= (front - back)[..., None] * self._masks[glyph_numbers(seen)]
        left = np.zeros((3, (height + 2) * (width + 2), EIGHTHS), np.float32)
        left[:, (rows + 1) * (width + 2) + columns + 1] = off
        return left


def _around(
    shape: tuple[int, ...], rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> NDArray[np.bool_]:
    """These cells and those next to them, corners too."""
    height, width = shape
    cells = np.zeros((height + 2, width + 2), np.bool_)
    cells[rows + 1, columns + 1] = True
    upright = cells[:-2] | cells[1:-1] | cells[2:]
    return np.asarray(upright[:, :-2] | upright[:, 1:-1] | upright[:, 2:])


def _blur_around() -> NDArray[np.float64]:
    """`(EIGHTHS, 9 * EIGHTHS)`: the cell's eighths from its own and its neighbours', blurred twice.

    Twice, once for each factor of a square.
    """

    def along(count: int) -> NDArray[np.float64]:
        apart = np.arange(count)[:, None] - np.arange(-count, 2 * count)
        return np.asarray(np.exp(-(apart**2) / (4 * _BLUR**2)) / np.sqrt(4 * np.pi * _BLUR**2))

    down, across = along(DOWN), along(ACROSS)
    both = np.einsum("yrj,xci->yxrcji", down.reshape(DOWN, 3, DOWN), across.reshape(ACROSS, 3, -1))
    return np.asarray(both.reshape(EIGHTHS, -1))


def _towards(masks: NDArray[np.float64], eighths: NDArray[np.float64]) -> NDArray[np.float64]:
    """`(glyphs, 2, EIGHTHS)`: how far foreground and background go for the error of each eighth."""
    down, across = np.divmod(np.arange(PARTS_DOWN * PARTS_ACROSS), PARTS_ACROSS)
    apart = (down[:, None] - down) ** 2 + (across[:, None] - across) ** 2
    blur = 2 * _BLUR
    measure = _DISTANT * np.exp(-apart / (4 * blur**2)) / (4 * np.pi * blur**2)
    measure += (1 - _DISTANT) * np.eye(len(measure))
    shares = np.stack([masks, 1 - masks], axis=1)
    # Of a plain glyph one colour is not seen: the least squares of a singular matrix leave it.
    inverse = np.linalg.pinv(shares @ measure @ shares.transpose(0, 2, 1), rcond=1e-4)
    seen = np.stack([eighths, 1 - eighths], axis=1) * (len(apart) // EIGHTHS)
    return np.asarray(_STEP * _DISTANT * inverse @ seen)
