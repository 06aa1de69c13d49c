"""Rows of a picture as Textual strips that write only what changed, when they are written.

`CellSurface` holds one tile's picture and what the terminal shows of it. `TileStrip` is one row
(or a part of one) that the compositor may cut, join, filter or ask for segments like any strip;
no per-cell object exists unless somebody does. The delta is made in `render`, the moment the row
is really written: made earlier, two pictures between two draws would lose the first one's.

What is known about the terminal is kept exact by `paint_watch`, which brackets every write of the
app. Outside of such a bracket `render` gives every cell and learns nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.domain.look import ColourDepth
from tui.video.ansi import encode_rows
from tui.video.delta import NOISE_TOLERANCE, ShownCells
from tui.video.half_block import HALF_BLOCK, RAMP, Codes


class CellSurface:
    """One tile's picture and the terminal's cells under it.

    Args:
        columns: Of the picture [cells].
        rows: Of the picture [cells].
        depth: Colours the terminal shows.
        tolerance: See `ShownCells`.
    """

    def __init__(
        self, columns: int, rows: int, depth: ColourDepth, tolerance: int = NOISE_TOLERANCE
    ) -> None:
        self.columns = columns
        self.rows = rows
        self.depth = depth
        self.picture: Codes | None = None
        """What should be on the screen; replaced, never changed."""
        self.shown = ShownCells(rows, columns, depth, tolerance)
        self.unpainted = False
        """The picture came after the last write."""
        self._painting = False
        self._mask: NDArray[np.bool_] | None = None
        self._ready: list[str] = []
        self._whole_rows: set[int] = set()
        self._parts: dict[int, list[tuple[int, int]]] = {}

    def put(self, picture: Codes, *, doubt_rows: int = 1) -> None:
        """Show `picture` from the next write on; `doubt_rows` rows of it are sent whole."""
        self.picture = picture
        self.unpainted = True
        self.shown.doubt_next_rows(doubt_rows)

    def forget(self) -> None:
        """Trust nothing about the terminal."""
        self.shown.forget()

    def strip(self, row: int, start: int, end: int) -> TileStrip:
        """Cells `start` to `end` of a row; there must be a picture."""
        if self.picture is None:
            raise ValueError("no picture to make a strip of")
        return TileStrip(self, self.picture, row, start, end)

    # ---- one write of the app, bracketed by paint_watch
    def begin_paint(self) -> None:
        """The app is about to write; rows rendered until `end_paint` reach the terminal."""
        self._painting = True
        self._mask = None
        self._whole_rows.clear()
        self._parts.clear()

    def emit(self, picture: Codes, row: int, start: int, end: int) -> str:
        """Text that turns the terminal's cells into `picture`'s, the cursor ending at `end`.

        Args:
            picture: The strip's own, which is the surface's unless a newer one came since.
            row: Of the surface.
            start: First column.
            end: After the last column; the cursor is at `start` on the terminal.
        """
        across = slice(start, end)
        if not self._painting or picture is not self.picture:
            if self._painting:
                self._part(row, start, end)
                self.shown.lost(row, start, end)
            part = picture[row : row + 1, across]
            return encode_rows(part, np.ones(part.shape[:2], np.bool_), self.depth)[0]
        if start == 0 and end == self.columns and row not in self._parts:
            if row in self._whole_rows:
                return _step(end - start)
            self._whole_rows.add(row)
            if self._mask is None:
                self._mask = self.shown.changed(picture)
                self._ready = encode_rows(picture, self._mask, self.depth)
            return self._ready[row] + self._tail(self._mask[row])
        return self._emit_part(picture, row, start, end)

    def _emit_part(self, picture: Codes, row: int, start: int, end: int) -> str:
        rows, across = slice(row, row + 1), slice(start, end)
        if row in self._whole_rows and self._mask is not None:
            return _step(end - start)  # the whole row was written a moment ago
        self._part(row, start, end)
        changed = self.shown.changed_in(picture, rows, across)
        text = encode_rows(picture[rows, across], changed, self.depth)[0]
        self.shown.wrote(picture, rows, across, changed)
        return text + self._tail(changed[0])

    def _part(self, row: int, start: int, end: int) -> None:
        self._parts.setdefault(row, []).append((start, end))

    def _tail(self, changed: NDArray[np.bool_]) -> str:
        """Step over unchanged cells at the end: the next strip follows where this one ends."""
        written = np.flatnonzero(changed)
        left = len(changed) - (int(written[-1]) + 1 if len(written) else 0)
        return _step(left)

    def end_paint(self, touched: Iterable[tuple[int, int, int]]) -> None:
        """The app has written.

        Args:
            touched: (row, start, end) of this surface's cells that the write covered, by
                whomever; what this surface did not write there is somebody else's now.
        """
        for row, start, end in touched:
            if row in self._whole_rows or not 0 <= row < self.rows:
                continue
            kept = self._parts.get(row, [])
            if kept:
                before = self.shown.known[row].copy()
            self.shown.lost(row, start, end)
            for part_start, part_end in kept:
                self.shown.known[row, part_start:part_end] = before[part_start:part_end]
        if self._whole_rows and self._mask is not None and self.picture is not None:
            rows = np.fromiter(self._whole_rows, np.intp)
            mask = self._mask[rows]
            block = self.shown.codes[rows]
            block[mask] = self.picture[rows][mask]
            self.shown.codes[rows] = block
            self.shown.known[rows] = True
        if self._whole_rows or self._parts:
            self.unpainted = False
        self._painting = False
        self._mask = None

    def abandon_paint(self) -> None:
        """The write failed half way: nothing is known."""
        self._painting = False
        self._mask = None
        self.forget()


def _step(cells: int) -> str:
    return f"\x1b[{cells}C" if cells else ""


class TileStrip(Strip):
    """Part of one row of a `CellSurface`; see the module."""

    __slots__ = ["_end", "_made", "_picture", "_row", "_start", "_surface"]

    def __init__(
        self, surface: CellSurface, picture: Codes, row: int, start: int, end: int
    ) -> None:
        self._surface = surface
        self._picture = picture
        self._row = row
        self._start = start
        self._end = end
        self._made: list[Segment] | None = None
        super().__init__((), end - start)
        self._made = None  # the base class has just stored its empty list

    @property
    def _segments(self) -> list[Segment]:
        """Real segments, made when somebody asks: joins, filters, dialogs, screenshots."""
        if self._made is None:
            self._made = segments_of(
                self._picture[self._row, self._start : self._end], self._surface.depth
            )
        return self._made

    @_segments.setter
    def _segments(self, segments: list[Segment]) -> None:
        self._made = segments

    def __bool__(self) -> bool:
        return self._end > self._start

    @property
    def cell_count(self) -> int:
        """Characters; every cell of a picture is one."""
        return self._end - self._start

    def crop(self, start: int, end: int | None = None) -> Strip:
        """Cells from `start` up to `end`, still undrawn."""
        length = self._end - self._start
        start = max(0, start)
        end = length if end is None else min(length, end)
        if start == 0 and end == length:
            return self
        if end <= start:
            return Strip([], 0)
        return TileStrip(
            self._surface, self._picture, self._row, self._start + start, self._start + end
        )

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """Consecutive parts that end at each of `cuts`; cuts beyond the end are dropped."""
        length = self._end - self._start
        parts: list[Strip] = []
        start = 0
        for cut in cuts:
            if cut <= length:
                parts.append(self.crop(start, cut))
                start = cut
        return parts

    def render(self, console: Console) -> str:
        """What to write so that the terminal shows these cells."""
        return self._surface.emit(self._picture, self._row, self._start, self._end)

    def __rich_repr__(self) -> Any:
        yield "row", self._row
        yield "start", self._start
        yield "end", self._end


def segments_of(cells: Codes, depth: ColourDepth) -> list[Segment]:
    """One segment for each run of equal cells of one row."""
    made: list[Segment] = []
    values = cells.tolist()
    start = 0
    for at in range(1, len(values) + 1):
        if at == len(values) or values[at] != values[start]:
            made.append(_segment(values[start], at - start, depth))
            start = at
    return made


def _segment(value: list[int], count: int, depth: ColourDepth) -> Segment:
    match depth:
        case ColourDepth.MONO:
            return Segment(RAMP[value[0]] * count, Style.null())  # filters want a style
        case ColourDepth.TRUECOLOR:
            above = Color.from_rgb(value[0], value[1], value[2])
            below = Color.from_rgb(value[3], value[4], value[5])
        case ColourDepth.INDEXED | ColourDepth.ANSI:
            above, below = Color.from_ansi(value[0]), Color.from_ansi(value[1])
    return Segment(HALF_BLOCK * count, Style(color=above, bgcolor=below))
