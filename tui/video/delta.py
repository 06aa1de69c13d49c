"""What the terminal shows of one picture, cell by cell, and what must be sent to change it.

A cell is known only after it was written. Whoever draws tells this object what was written, what
somebody else drew over, and when nothing can be trusted any more.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.look import ColourDepth
from tui.video.half_block import Codes, channels

NOISE_TOLERANCE: Final = 6
"""Largest difference per colour channel (of 255) that a camera's noise makes and nobody sees."""


class ShownCells:
    """The terminal's content under one picture, as far as it is known.

    Args:
        rows: Of the picture [cells].
        columns: Of the picture [cells].
        depth: What the codes mean.
        tolerance: A known cell within this much of the picture is left alone; only colours of
            24 bits have neighbours close enough for that.
    """

    def __init__(
        self, rows: int, columns: int, depth: ColourDepth, tolerance: int = NOISE_TOLERANCE
    ) -> None:
        self.depth = depth
        self.tolerance = tolerance if depth is ColourDepth.TRUECOLOR else 0
        self.codes: Codes = np.zeros((rows, columns, channels(depth)), np.uint8)
        self.known: NDArray[np.bool_] = np.zeros((rows, columns), np.bool_)
        self._next_row = 0

    def changed(self, picture: Codes) -> NDArray[np.bool_]:
        """Which cells must be written so that the terminal shows `picture`."""
        return self.changed_in(picture, slice(None), slice(None))

    def changed_in(self, picture: Codes, rows: slice, columns: slice) -> NDArray[np.bool_]:
        """The same for one block of cells."""
        wanted, shown = picture[rows, columns], self.codes[rows, columns]
        if self.tolerance:
            # Unsigned bytes: the difference is the larger minus the smaller.
            difference = np.maximum(wanted, shown) - np.minimum(wanted, shown)
            differs = (difference > self.tolerance).any(axis=2)
        else:
            differs = (wanted != shown).any(axis=2)
        return differs | ~self.known[rows, columns]

    def wrote(self, picture: Codes, rows: slice, columns: slice, cells: NDArray[np.bool_]) -> None:
        """`cells` of `picture[rows, columns]` were written; all of the block is known now."""
        self.codes[rows, columns][cells] = picture[rows, columns][cells]
        self.known[rows, columns] = True

    def lost(self, row: int, start: int, end: int) -> None:
        """Somebody else drew over these cells."""
        self.known[row, max(0, start) : max(0, end)] = False

    def forget(self) -> None:
        """Nothing is known: the next writing sends every cell."""
        self.known[:] = False

    def doubt_next_rows(self, count: int) -> None:
        """Send `count` more rows whole, going round, so that no fault stays on the screen."""
        rows = len(self.known)
        for _ in range(min(count, rows)):
            self.known[self._next_row % rows] = False
            self._next_row = (self._next_row + 1) % rows
