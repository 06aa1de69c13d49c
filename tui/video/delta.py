"""What the terminal shows of one picture, cell by cell, and what must be sent to change it.

A cell is known only after it was written. Whoever draws tells this object what was written, what
somebody else drew over, and when nothing can be trusted any more.

A known cell is drawn again when the pixels it was fitted to and the pixels it should show now
differ by more than the source's noise. The comparison is with what is *shown*, so that slow drifts
add up until they are drawn, and cells that are left alone cost no fit and no byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.video.cells import Codes, Pixels, new_codes, whole
from tui.video.drawing import Drawing

ALL: Final = slice(None)
NOISE_TOLERANCE: Final = 3.0
SWEEP_PICTURES: Final = 120
"""Every cell is sent again within this many pictures, whatever the delta thinks of it."""


def sweep_share(cells: int) -> int:
    """How many of a surface's cells to send again with each picture."""
    return -(-cells // SWEEP_PICTURES)


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What to write so that one block of cells shows a picture."""

    rows: slice
    columns: slice
    picture: Pixels
    """The whole picture."""
    redrawn: NDArray[np.bool_]
    """`(rows, columns)` of the block: cells fitted anew."""
    written: NDArray[np.bool_]
    """The redrawn ones whose code the terminal does not have already."""
    codes: Codes
    """`(rows, columns, CODE_BYTES)`: the block as it is after writing."""


class ShownCells:
    """The terminal's content under one picture, as far as it is known.

    Args:
        rows: Of the picture [cells].
        columns: Of the picture [cells].
        drawing: How cells are made of pixels.
    """

    def __init__(self, rows: int, columns: int, drawing: Drawing) -> None:
        self.rows, self.columns, self.drawing = rows, columns, drawing
        across, down = drawing.cell
        self._cell = (down, across * 3)
        self.codes: Codes = new_codes(rows * columns).reshape(rows, columns, -1)
        self.known: NDArray[np.bool_] = np.zeros((rows, columns), np.bool_)
        self._source: Pixels = np.zeros((rows * down, columns * across, 3), np.uint8)
        """The pixels each known cell was fitted to."""
        self._swept = 0

    def change_to(self, picture: Pixels, rows: slice = ALL, columns: slice = ALL) -> Change:
        """What to write so that a block of cells (all of them) shows its part of `picture`.

        Args:
            picture: `(rows * down, columns * across, 3)` pixels, of the whole surface.
            rows: Of the block.
            columns: Of the block.
        """
        known = self.known[rows, columns]
        redrawn = self.difference(picture, rows, columns) > self.limit
        redrawn |= ~known
        codes = self.codes[rows, columns].copy()
        written = redrawn
        ys, xs = np.nonzero(redrawn)
        if len(ys):
            top, left = rows.start or 0, columns.start or 0
            fitted = self.drawing.codes(
                self._blocks(picture)[ys + top, :, xs + left], ys + top, xs + left
            )
            same = known[ys, xs] & (whole(fitted) == whole(codes[ys, xs]))
            codes[ys, xs] = fitted
            written = redrawn.copy()
            written[ys[same], xs[same]] = False
        return Change(rows, columns, picture, redrawn, written, codes)

    def _blocks(self, picture: Pixels) -> NDArray[np.uint8]:
        """`(rows, down, columns, across * 3)` of a whole picture."""
        down, width = self._cell
        return picture.reshape(self.rows, down, self.columns, width)

    def difference(
        self, picture: Pixels, rows: slice = ALL, columns: slice = ALL
    ) -> NDArray[np.float32]:
        """How far the pixels each cell was fitted to are from `picture`'s [0-255]."""
        wanted, shown = (
            self._blocks(picture)[rows, :, columns],
            self._blocks(self._source)[rows, :, columns],
        )
        # Unsigned bytes: the difference is the larger minus the smaller.
        off = np.maximum(wanted, shown) - np.minimum(wanted, shown)
        return np.asarray(off.mean(axis=(1, 3), dtype=np.float32))

    @property
    def limit(self) -> float:
        """The largest difference that is left undrawn now."""
        tolerance = self.drawing.look.tolerance
        return NOISE_TOLERANCE if tolerance is None else tolerance

    def wrote(self, change: Change, keep: NDArray[np.integer] | slice = ALL) -> None:
        """A change, or those of its rows that are numbered in `keep`, is on the screen now."""
        redrawn = change.redrawn[keep]
        ys, xs = np.nonzero(redrawn)
        top, left = change.rows.start or 0, change.columns.start or 0
        numbers = np.arange(len(change.redrawn))[keep] + top
        self.codes[numbers[:, None], np.arange(change.redrawn.shape[1]) + left] = change.codes[keep]
        rows, columns = numbers[ys], xs + left
        self._blocks(self._source)[rows, :, columns] = self._blocks(change.picture)[
            rows, :, columns
        ]
        self.known[numbers, change.columns] = True

    def lost(self, row: int, start: int, end: int) -> None:
        """Somebody else drew over these cells."""
        self.known[row, max(0, start) : max(0, end)] = False

    def forget(self) -> None:
        """Nothing is known: the next writing sends every cell."""
        self.known[:] = False

    def doubt_next(self, count: int) -> None:
        """Send `count` more cells, going round, so that no fault stays on the screen."""
        flat, size = self.known.reshape(-1), self.rows * self.columns
        end = self._swept + min(count, size)
        flat[self._swept : end] = False
        flat[: max(0, end - size)] = False
        self._swept = end % size if size else 0
