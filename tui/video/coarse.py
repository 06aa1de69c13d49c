"""A picture in blocks, for a link that cannot take all of its cells at once.

A cell that nobody knows must be drawn whatever it costs, and a tile that appears in pieces looks
broken. Blocks of one colour are whole at once and cheap (a colour for each block and row, and one
byte for each cell); what follows is drawn where the picture differs most from them.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.look import ColourDepth
from tui.video.cells import Pixels

WIDTHS: Final = (1, 2, 4, 8, 16, 32)
"""Widths of a block [cells]; it is half as many cells high, which is about square."""
_COLOUR_BYTES: Final = {
    ColourDepth.TRUECOLOR: 19,
    ColourDepth.INDEXED: 11,
    ColourDepth.ANSI: 5,
    ColourDepth.MONO: 0,
}
"""What it costs to change the background."""
CELL_BYTES: Final = {
    ColourDepth.TRUECOLOR: 34.0,
    ColourDepth.INDEXED: 20.0,
    ColourDepth.ANSI: 12.0,
    ColourDepth.MONO: 2.0,
}
"""What a cell of a moving picture costs until it is measured: few share colours."""


def block_width(cells: int, limit_bytes: int, depth: ColourDepth) -> int:
    """The narrowest blocks that show this many cells within the limit, or the widest there are."""
    for width in WIDTHS[1:]:
        if cells * (1 + _COLOUR_BYTES[depth] / width) <= limit_bytes:
            return width
    return WIDTHS[-1]


def coarse(
    picture: Pixels,
    cells: NDArray[np.bool_],
    cell: tuple[int, int],
    width: int,
    palette: NDArray[np.uint8] | None = None,
) -> Pixels:
    """`picture` with some of its cells in blocks.

    Args:
        picture: `(rows * down, columns * across, 3)`.
        cells: `(rows, columns)`: which cells.
        cell: (across, down): pixels of a cell.
        width: Of a block [cells].
        palette: `(colours, 3)`: a block has one of these, so that it needs no dither.
    """
    across, down = cell
    rows, columns = cells.shape
    high = max(1, width // 2)
    means = picture.reshape(rows, down, columns, across, 3).mean(axis=(1, 3), dtype=np.float32)
    top, left = np.arange(0, rows, high), np.arange(0, columns, width)
    sums = np.add.reduceat(np.add.reduceat(means, top, axis=0), left, axis=1)
    counts = np.outer(np.diff([*top, rows]), np.diff([*left, columns]))[..., None]
    blocks = (sums / counts).astype(np.uint8)
    if palette is not None:
        blocks = nearest(blocks, palette)
    flat = blocks[np.arange(rows) // high][:, np.arange(columns) // width]
    mixed = picture.reshape(rows, down, columns, across, 3).copy()
    ys, xs = np.nonzero(cells)
    mixed[ys, :, xs] = flat[ys, xs][:, None, None]
    return mixed.reshape(picture.shape)


def nearest(colours: NDArray[np.uint8], palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """For each of `(..., 3)` colours, the one of `palette` `(colours, 3)` that is nearest."""
    off = colours[..., None, :].astype(np.int32) - palette.astype(np.int32)
    return np.asarray(palette[(off**2).sum(axis=-1).argmin(axis=-1)], np.uint8)
