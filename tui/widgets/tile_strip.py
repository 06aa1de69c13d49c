"""Rows of a picture as Textual strips that write only what changed, when they are written.

`CellSurface` holds one tile's picture and what the terminal shows of it. `TileStrip` is one row
(or a part of one) that the compositor may cut, join, filter or ask for segments like any strip;
no per-cell object exists unless somebody does. The delta is made in `render`, the moment the row
is really written: made earlier, two pictures between two draws would lose the first one's.

What is known about the terminal is kept exact by `paint_watch`, which brackets every write of the
app. Outside of such a bracket `render` gives every cell and learns nothing.

The look of a surface may change at any time with `CellSurface.use`. Where cells are drawn otherwise
in it, nothing is known any more and the next write sends every cell. The picture on show is kept,
stretched to the new look's raster until one of that size comes (`CellSurface.raster_size` is what
to ask the engine for).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import numpy as np
from rich.color import Color
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.domain.frozen import dataclass
from tui.domain.look import ColourDepth
from tui.video.ansi import Row
from tui.video.cells import Codes, Pixels, fit_raster, glyph_numbers, raster_size, whole
from tui.video.coarse import CELL_BYTES, block_width, coarse
from tui.video.delta import Change, ShownCells
from tui.video.drawing import Drawing

RICH_16: Final = (
    *((0, 0, 0), (170, 0, 0), (0, 170, 0), (170, 85, 0)),
    *((0, 0, 170), (170, 0, 170), (0, 170, 170), (170, 170, 170)),
    *((85, 85, 85), (255, 85, 85), (85, 255, 85), (255, 255, 85)),
    *((85, 85, 255), (255, 85, 255), (85, 255, 255), (255, 255, 255)),
)
"""What Rich takes for the colours 0 to 15, and gives those numbers again."""
_CELLS_TO_LEARN_FROM: Final = 30
_OVER: Final = 1.25
"""A write may be larger than its limit by this factor before it is made smaller."""


@dataclass(frozen=True, slots=True, eq=False)
class SurfacePicture:
    """Pixels and the look they are drawn in; replaced whole."""

    pixels: Pixels
    drawing: Drawing

    def codes(self, row: int, start: int, end: int) -> Codes:
        """Codes of a part of one row."""
        made = self.drawing.codes_of(self.pixels, slice(row, row + 1), slice(start, end))
        return made.reshape(end - start, -1)


class CellSurface:
    """One tile's picture and the terminal's cells under it.

    Args:
        columns: Of the picture [cells].
        rows: Of the picture [cells].
        drawing: The look to begin with.
    """

    def __init__(self, columns: int, rows: int, drawing: Drawing) -> None:
        self.columns = columns
        self.rows = rows
        self.picture: SurfacePicture | None = None
        """What should be on the screen; replaced, never changed."""
        self.shown = ShownCells(rows, columns, drawing)
        self.unpainted = False
        """The picture came after the last write."""
        self.written = 0
        """Bytes given to the terminal so far."""
        self.limit_bytes: int | None = None
        """About the most that one write may cost; what changed least is left for the next one."""
        self.whole_bytes: int | None = None
        """The same for cells that must be drawn anew: beyond it they are drawn in blocks."""
        self.behind = False
        """The last write has left something of the picture out."""
        self._cell_bytes = CELL_BYTES[drawing.look.depth]
        self._pixels: Pixels | None = None
        self._painting = False
        self._change: Change | None = None
        self._ready: list[Row] = []
        self._whole_rows: set[int] = set()
        self._parts: dict[int, list[tuple[int, int]]] = {}

    @property
    def drawing(self) -> Drawing:
        """The look in use."""
        return self.shown.drawing

    @property
    def raster_size(self) -> tuple[int, int]:
        """(width, height) [pixels] of the pictures that fill this surface in its look."""
        return raster_size(self.columns, self.rows, self.drawing.look)

    def put(self, pixels: Pixels, *, doubt: int | None = None) -> None:
        """Show a picture from the next write on.

        Args:
            pixels: `(height, width, 3)`, of `raster_size`.
            doubt: How many cells to send again although nothing changed in them; None for the
                share that sends all of them within `delta.SWEEP_PICTURES` pictures.
        """
        self.picture = SurfacePicture(self._in_blocks(pixels), self.drawing)
        self.unpainted = True
        self.shown.sweep(doubt)

    def _in_blocks(self, pixels: Pixels) -> Pixels:
        block = self.drawing.look.block
        if block == 1:
            return pixels
        everywhere = np.ones((self.rows, self.columns), np.bool_)
        return coarse(pixels, everywhere, self.drawing.cell, block)

    def use(self, drawing: Drawing) -> None:
        """Draw in another look from the next write on."""
        if drawing is self.drawing:
            return
        if self._painting:
            raise RuntimeError("the look of a surface changes between two writes")
        if drawing.keeps(self.drawing):
            self.shown.use(drawing)
            if self.picture is not None:
                self.picture = SurfacePicture(self.picture.pixels, drawing)
                self.unpainted = True
            return
        self._cell_bytes = CELL_BYTES[drawing.look.depth]
        self.shown = ShownCells(self.rows, self.columns, drawing)
        if self.picture is not None:
            before = self.picture.pixels
            height, width = before.shape[:2]
            pixels = fit_raster(before.tobytes(), width, height, *self.raster_size)
            self.picture = SurfacePicture(pixels, drawing)
            self.unpainted = True

    def forget(self) -> None:
        """Trust nothing about the terminal."""
        self.shown.forget()

    def strip(self, row: int, start: int, end: int) -> TileStrip:
        """Cells `start` to `end` of a row; there must be a picture."""
        if self.picture is None:
            raise ValueError("no picture to make a strip of")
        return TileStrip(self.picture, self, row, start, end)

    # ---- one write of the app, bracketed by paint_watch
    def begin_paint(self) -> None:
        """The app is about to write; rows rendered until `end_paint` reach the terminal."""
        self._painting = True
        self._change = None
        self._pixels = None
        self._whole_rows.clear()
        self._parts.clear()

    def emit(self, picture: SurfacePicture, row: int, start: int, end: int) -> str:
        """Text that turns the terminal's cells into `picture`'s, the cursor ending at `end`.

        Args:
            picture: The strip's own, which is the surface's unless a newer one came since.
            row: Of the surface.
            start: First column.
            end: After the last column; the cursor is at `start` on the terminal.
        """
        if not self._painting or picture is not self.picture:
            if self._painting:
                self._part(row, start, end)
                self.shown.lost(row, start, end)
            codes = picture.codes(row, start, end)[None]
            return _text(
                picture.drawing.rows(codes, np.ones(codes.shape[:2], np.bool_))[0], end - start
            )
        if start == 0 and end == self.columns and row not in self._parts:
            if row in self._whole_rows:
                return _step(end - start)
            self._whole_rows.add(row)
            if self._change is None:
                self._change = self._plan(self._affordable(picture))
            return _text(self._ready[row], end - start)
        return self._emit_part(picture, row, start, end)

    def _emit_part(self, picture: SurfacePicture, row: int, start: int, end: int) -> str:
        if row in self._whole_rows:
            return _step(end - start)  # the whole row was written a moment ago
        self._part(row, start, end)
        pixels = self._affordable(picture)
        most = None if self.unpainted else 0
        change = self.shown.change_to(pixels, slice(row, row + 1), slice(start, end), most=most)
        self.shown.wrote(change)
        return _text(self.drawing.rows(change.codes, change.written)[0], end - start)

    def _affordable(self, picture: SurfacePicture) -> Pixels:
        """The picture, in blocks where too many cells must be drawn anew."""
        if self._pixels is None:
            self._pixels = picture.pixels
            unknown = ~self.shown.known
            count, depth = int(np.count_nonzero(unknown)), self.drawing.look.depth
            limit = self.whole_bytes
            if limit is not None and count * self._cell_bytes > limit:
                width = block_width(count, limit, depth)
                self.shown.unrelated()
                rgb = self.drawing.usable_rgb
                self._pixels = coarse(picture.pixels, unknown, self.drawing.cell, width, rgb)
        return self._pixels

    def _plan(self, pixels: Pixels) -> Change:
        """What to write of the whole surface, and its text; within the limit.

        A picture that was cut short goes on when it is put again, not whenever Textual draws the
        tile anew, as it does for a new focus: over a slow link a key would wait for it.
        """
        limit = self.limit_bytes
        most = None if limit is None else int(limit / self._cell_bytes)
        if not self.unpainted:
            most = 0
        while True:
            change = self.shown.change_to(pixels, most=most)
            self._ready = self.drawing.rows(change.codes, change.written)
            count = int(np.count_nonzero(change.written))
            size = sum(len(row.text) for row in self._ready if row.text)
            # Cells were dearer than those of the last picture: fewer of them, once more.
            enough = limit is None or size <= limit * _OVER or count < _CELLS_TO_LEARN_FROM
            if enough or most is None or limit is None:
                return change
            fewer = int(count * limit / size)
            if fewer >= most:
                return change
            most = fewer

    def _part(self, row: int, start: int, end: int) -> None:
        self._parts.setdefault(row, []).append((start, end))

    def end_paint(self, touched: Iterable[tuple[int, int, int]]) -> None:
        """The app has written.

        Args:
            touched: (row, start, end) of this surface's cells that the write covered. Cells
                that this surface did not write there belong to somebody else now.
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
        if self._change is not None:
            self.shown.wrote(self._change, np.array(sorted(self._whole_rows), np.intp))
        if self._whole_rows or self._parts:
            self.unpainted = False
        self._note_cost()
        self._painting = False
        self._change = None

    def _note_cost(self) -> None:
        """Learn what a cell costs, and whether something was left out."""
        limited = self.limit_bytes is not None or self.whole_bytes is not None
        plain = self.picture is not None and self._pixels is self.picture.pixels
        if self._pixels is not None and not plain:
            self.shown.unrelated()
        self.behind = (
            limited and self.picture is not None and self.shown.behind(self.picture.pixels)
        )
        if self._change is not None and limited and self._pixels is not None:
            count = np.count_nonzero(self._change.written)
            if plain and count >= _CELLS_TO_LEARN_FROM:
                size = sum(len(row.text) for row in self._ready if row.text)
                self._cell_bytes += 0.3 * (size / count - self._cell_bytes)

    def abandon_paint(self) -> None:
        """The write failed half way: nothing is known."""
        self._painting = False
        self._change = None
        self.forget()


def _text(row: Row, width: int) -> str:
    """A row's text with steps to its first cell and, after its last, to where the strip ends."""
    if not row.text:
        return _step(width)
    return _step(row.first) + row.text + _step(width - row.end)


def _step(cells: int) -> str:
    return f"\x1b[{cells}C" if cells else ""


class TileStrip(Strip):
    """Part of one row of a `CellSurface`; see the module."""

    __slots__ = ["_end", "_made", "_picture", "_row", "_start", "_surface"]

    def __init__(
        self, picture: SurfacePicture, surface: CellSurface, row: int, start: int, end: int
    ) -> None:
        self._surface = surface
        self._picture = picture
        self._row = row
        self._start = start
        self._end = end
        self._made: list[Segment] | None = None

    def __getattr__(self, name: str) -> Any:
        # The base class makes seven caches for each strip, and of a picture hardly any strip needs
        # one: they are made when a first one is asked for.
        if name not in Strip.__slots__:
            raise AttributeError(name)
        made = self._made
        super().__init__((), self._end - self._start)
        self._made = made  # the base class has just stored its empty list
        return getattr(self, name)

    @property
    def _segments(self) -> list[Segment]:
        """Real segments, made when somebody asks: joins, filters, dialogs, screenshots."""
        if self._made is None:
            codes = self._picture.codes(self._row, self._start, self._end)
            self._made = segments_of(codes, self._picture.drawing)
        return self._made

    @_segments.setter
    def _segments(self, segments: list[Segment]) -> None:
        self._made = segments

    def __bool__(self) -> bool:
        return self._end > self._start

    @property
    def cell_length(self) -> int:
        """Columns; the base class would make its caches to answer."""
        return self._end - self._start

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
            self._picture, self._surface, self._row, self._start + start, self._start + end
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
        text = self._surface.emit(self._picture, self._row, self._start, self._end)
        self._surface.written += len(text.encode())
        return text

    def is_still(self, rendered: str) -> bool:
        """Whether what `render` gave only steps over the cells, and changes nothing."""
        return rendered == _step(self._end - self._start)

    def __rich_repr__(self) -> Any:
        yield "row", self._row
        yield "start", self._start
        yield "end", self._end


def segments_of(cells: Codes, drawing: Drawing) -> list[Segment]:
    """One segment for each run of equal cells of one row."""
    made: list[Segment] = []
    numbers, values = whole(cells).tolist(), cells.tolist()
    glyphs = glyph_numbers(cells).tolist()
    start = 0
    for at in range(1, len(numbers) + 1):
        if at == len(numbers) or numbers[at] != numbers[start]:
            text = drawing.table.characters[glyphs[start]] * (at - start)
            made.append(Segment(text, _style(values[start], drawing.look.depth)))
            start = at
    return made


def _style(code: list[int], depth: ColourDepth) -> Style:
    match depth:
        case ColourDepth.MONO:
            return Style.null()  # filters want a style
        case ColourDepth.TRUECOLOR:
            return Style(color=Color.from_rgb(*code[0:3]), bgcolor=Color.from_rgb(*code[3:6]))
        case ColourDepth.INDEXED:
            return Style(color=Color.from_ansi(code[0]), bgcolor=Color.from_ansi(code[3]))
        case ColourDepth.ANSI:
            # By number, Textual would draw its own theme's colours, and Rich the nearest to those.
            fore, back = RICH_16[code[0]], RICH_16[code[3]]
            return Style(color=Color.from_rgb(*fore), bgcolor=Color.from_rgb(*back))
