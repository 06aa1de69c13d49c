"""What the terminal shows of one picture, cell by cell, and what must be sent to change it.

A cell is known only after it was written. Whoever draws tells this object what was written, what
somebody else drew over, and when nothing can be trusted any more.

A known cell is drawn again when the pixels it was fitted to and those it should show now differ by
more than the source's noise (`tui.video.noise`). The comparison is with what is *shown*, so that
slow drifts add up until they are drawn, and cells that are left alone cost no fit and no byte.
Three sweeps go round meanwhile: one draws differences that were too small, so that they do not
last; a quicker one does so where the source stands still, or motion would leave a trail; and a
slower one sends cells again as they are, in case something unseen spoiled the screen.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.frozen import dataclass
from tui.video.cells import Codes, Pixels, new_codes, whole
from tui.video.drawing import Drawing
from tui.video.noise import LEAST, LEAST_REFINED, NoiseLevel, differences, reduced, reduction

ALL: Final = slice(None)
SWEEP_PICTURES: Final = 300
"""Every cell is sent again within this many pictures, whatever the delta thinks of it."""
SETTLE_PICTURES: Final = 100
"""Every cell whose difference is above a third of the limit, and above noise, is drawn within this
many pictures."""
CALM_SETTLE_PICTURES: Final = 25
"""The same of a source whose noise is below that third: there, only motion leaves differences."""
_SETTLED: Final = 1 / 3
_RESTS: Final = 1.0
"""A cell rests when its pixels differ by less than this from the picture before [0-255]."""
_RESTS_OF_FLOOR: Final = 0.6
"""Or by less than this share of the noise's figure: pixels have about a third of it."""


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
        self._exact = drawing.look.tolerance == 0
        self._by = 1 if self._exact else reduction(drawing.cell)
        self._compared = (down // self._by, across // self._by)
        self.codes: Codes = new_codes(rows * columns).reshape(rows, columns, -1)
        self.known: NDArray[np.bool_] = np.zeros((rows, columns), np.bool_)
        self._shown = np.zeros((rows * self._compared[0], columns * self._compared[1], 3), np.uint8)
        """The pixels each known cell was fitted to, reduced for comparing."""
        self._settling: NDArray[np.bool_] = np.zeros((rows, columns), np.bool_)
        self._rested: NDArray[np.bool_] = np.zeros((rows, columns), np.bool_)
        """Cells that are drawn now if their source rests."""
        self._before: Pixels | None = None
        """The picture before, reduced."""
        self._swept = self._settled = self._rest = 0
        self._reduced: tuple[Pixels | None, Pixels] = (None, self._shown)
        self.noise = NoiseLevel(LEAST if drawing.refinement is None else LEAST_REFINED)

    @property
    def limit(self) -> float:
        """The largest difference that is left undrawn now."""
        tolerance = self.drawing.look.tolerance
        return self.noise.limit if tolerance is None else tolerance

    def change_to(
        self,
        picture: Pixels,
        rows: slice = ALL,
        columns: slice = ALL,
        *,
        most: int | None = None,
    ) -> Change:
        """What to write so that a block of cells (all of them) shows its part of `picture`.

        Args:
            picture: `(rows * down, columns * across, 3)` pixels, of the whole surface; it must
                not be changed afterwards.
            rows: Of the block.
            columns: Of the block.
            most: Cells that are redrawn at most, those that differ most; unknown ones always are.
        """
        known = self.known[rows, columns]
        off = self.difference(picture, rows, columns)
        redrawn = off > self.limit
        if not self._exact:
            least = max(self.limit * _SETTLED, min(self.noise.floor, self.limit))
            due = off > least
            redrawn |= self._settling[rows, columns] & due
            trail = due & self._rested[rows, columns] & ~redrawn
            redrawn |= self._resting(trail, rows, columns)
        if most is not None:
            redrawn &= _largest(off, redrawn & known, most - int(np.count_nonzero(~known)))
        redrawn |= ~known
        codes = self.codes[rows, columns].copy()
        written = redrawn
        ys, xs = np.nonzero(redrawn)
        if len(ys):
            top, left = rows.start or 0, columns.start or 0
            down, width = self._cell
            blocks = picture.reshape(self.rows, down, self.columns, width)[ys + top, :, xs + left]
            fitted = self.drawing.codes(blocks, ys + top, xs + left)
            if self.drawing.refinement is not None:
                codes[ys, xs] = fitted
                fitted = self._refined(picture, codes, (rows, columns), (ys + top, xs + left))
            same = known[ys, xs] & (whole(fitted) == whole(self.codes[ys + top, xs + left]))
            codes[ys, xs] = fitted
            written = redrawn.copy()
            written[ys[same], xs[same]] = False
        return Change(rows, columns, picture, redrawn, written, codes)

    def _refined(
        self,
        picture: Pixels,
        codes: Codes,
        block: tuple[slice, slice],
        cells: tuple[NDArray[np.intp], NDArray[np.intp]],
    ) -> Codes:
        """Codes of some cells among their neighbours, `codes` being those of the block."""
        assert self.drawing.refinement is not None
        everywhere, known = codes, self.known.copy()
        if block != (ALL, ALL):
            everywhere = self.codes.copy()
            everywhere[block] = codes
        known[cells] = True
        half = self._reduce(picture) if self._by == 2 else reduced(picture, 2)
        return self.drawing.refinement(half, everywhere, known, *cells)

    def use(self, drawing: Drawing) -> None:
        """Draw with another tolerance; the rest stays, or what is known would be wrong.

        Raises:
            ValueError: Glyphs or colours differ, or one of the two is exact.
        """
        if not drawing.keeps(self.drawing):
            raise ValueError(f"{drawing.look} on cells drawn as {self.drawing.look}")
        self.drawing = drawing

    def behind(self, picture: Pixels) -> bool:
        """Whether anything of `picture` is left to draw."""
        return bool((self.difference(picture) > self.limit).any() or not self.known.all())

    def unrelated(self) -> None:
        """The next picture has nothing to do with the last one: no noise is learned from it."""
        self._reduced = (None, self._shown)

    def difference(
        self, picture: Pixels, rows: slice = ALL, columns: slice = ALL
    ) -> NDArray[np.float32]:
        """How far the pixels each cell was fitted to are from `picture`'s [0-255]."""
        wanted = self._blocks(self._reduce(picture))[rows, :, columns]
        return differences(wanted, self._blocks(self._shown)[rows, :, columns], self._compared)

    def _reduce(self, picture: Pixels) -> Pixels:
        of, made = self._reduced
        if of is not picture:
            made = picture if self._by == 1 else reduced(picture, self._by)
            self._before = None if of is None else self._reduced[1]
            if of is not None and not self._exact:
                self.noise.learn(self._blocks(self._reduced[1]), self._blocks(made))
            self._reduced = (picture, made)
        return made

    def _resting(self, among: NDArray[np.bool_], rows: slice, columns: slice) -> NDArray[np.bool_]:
        """Those of `among` whose source differs from the picture before by noise alone."""
        resting = np.zeros_like(among)
        ys, xs = np.nonzero(among)
        if self._before is None or not len(ys):
            return resting
        top, left = rows.start or 0, columns.start or 0
        one, other = (
            self._blocks(pixels)[ys + top, :, xs + left].astype(np.int16)
            for pixels in (self._before, self._reduced[1])
        )
        apart = np.abs(one - other).mean(axis=(1, 2))
        resting[ys, xs] = apart <= max(_RESTS, _RESTS_OF_FLOOR * self.noise.floor)
        return resting

    def _blocks(self, pixels: Pixels) -> NDArray[np.uint8]:
        """`(rows, down, columns, across * 3)` of a picture that is reduced for comparing."""
        down, across = self._compared
        return pixels.reshape(self.rows, down, self.columns, across * 3)

    def wrote(self, change: Change, keep: NDArray[np.integer] | slice = ALL) -> None:
        """A change, or those of its rows that are numbered in `keep`, is on the screen now."""
        if change.rows == ALL and change.columns == ALL and keep is ALL and change.redrawn.all():
            self.codes, self._shown = change.codes, self._reduce(change.picture).copy()
            self.known[:] = True
            return
        redrawn = change.redrawn[keep]
        ys, xs = np.nonzero(redrawn)
        top, left = change.rows.start or 0, change.columns.start or 0
        numbers = np.arange(len(change.redrawn))[keep] + top
        self.codes[numbers[:, None], np.arange(change.redrawn.shape[1]) + left] = change.codes[keep]
        rows, columns = numbers[ys], xs + left
        source = self._blocks(self._reduce(change.picture))
        self._blocks(self._shown)[rows, :, columns] = source[rows, :, columns]
        self.known[numbers, change.columns] = True

    def lost(self, row: int, start: int, end: int) -> None:
        """Somebody else drew over these cells."""
        self.known[row, max(0, start) : max(0, end)] = False

    def forget(self) -> None:
        """Nothing is known: the next writing sends every cell."""
        self.known[:] = False

    def sweep(self, count: int | None = None) -> None:
        """A new picture comes: go round by `count` cells, or by the usual share of them."""
        cells = self.rows * self.columns
        self._swept = _mark(
            self.known, self._swept, sweep_share(cells) if count is None else count, value=False
        )
        self._settling[:] = False
        calm = self.noise.floor < self.limit * _SETTLED
        within = CALM_SETTLE_PICTURES if calm else SETTLE_PICTURES
        self._settled = _mark(self._settling, self._settled, -(-cells // within), value=True)
        self._rested[:] = False
        share = -(-cells // self.drawing.look.settle)
        self._rest = _mark(self._rested, self._rest, share, value=True)


def _mark(cells: NDArray[np.bool_], start: int, count: int, *, value: bool) -> int:
    """Set the next `count` cells, going round; where to go on."""
    flat = cells.reshape(-1)
    end = start + min(count, len(flat))
    flat[start:end] = value
    flat[: max(0, end - len(flat))] = value
    return end % len(flat) if len(flat) else 0


def _largest(
    difference: NDArray[np.float32], among: NDArray[np.bool_], count: int
) -> NDArray[np.bool_]:
    """Those of `among` that are not less than its `count`-th largest difference."""
    values = difference[among]
    if len(values) <= count:
        return among
    if count <= 0:
        return np.zeros_like(among)
    least = np.partition(values, len(values) - count)[len(values) - count]
    return np.asarray(among & (difference >= least))
