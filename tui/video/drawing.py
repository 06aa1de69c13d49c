"""How pixels become cells in one look: a fit, a glyph table and a colour depth in one object.

`drawing_for(look)` is the way in; it may be called with every picture, and costs something only
for glyphs and a depth that were not used before. A terminal whose 16 colours are known passes them
as `palette`. Fits have buffers of their own, so drawings are for one thread.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.video.ansi import Row, encode_rows
from tui.video.cells import Codes, Pixels, pixels_per_cell
from tui.video.coarse import nearest
from tui.video.fit import Blocks, FreeColours, TwoPixels
from tui.video.glyphs import GlyphTable, glyph_table
from tui.video.noise import reduced
from tui.video.palette import XTERM_16, Colour, Palette, palette_of
from tui.video.palette_fit import Mono, PaletteColours
from tui.video.refinement import Refinement

_REFINED: Final = (GlyphSet.SEXTANT, GlyphSet.OCTANT, GlyphSet.ALL)
"""Sets whose colours are refined: it costs about two thirds of such a fit. Of block elements, the
glyphs of terminals that nothing is known of, it would double the price."""


class _Fit(Protocol):
    def __call__(
        self, blocks: Blocks, rows: NDArray[np.intp], columns: NDArray[np.intp]
    ) -> Codes: ...


class Drawing:
    """One look, ready to draw. Several tiles share one.

    Args:
        look: Glyphs, depth and tolerance.
        palette: The terminal's 16 colours, for `ColourDepth.ANSI`.
        repeats: The terminal understands REP.
    """

    def __init__(
        self, look: Look, palette: tuple[Colour, ...] = XTERM_16, *, repeats: bool = False
    ) -> None:
        self.look = look
        self.repeats = repeats
        self.cell = pixels_per_cell(look)
        """(across, down): pixels of a cell."""
        self.table: GlyphTable = glyph_table(look.glyphs)
        self.palette: Palette | None = palette_of(look.depth, palette)
        self._fit = _fit_for(look.glyphs, look.depth, palette)
        refined = look.glyphs in _REFINED and look.depth is ColourDepth.TRUECOLOR
        self.refinement = _refinement_for(look.glyphs) if refined and look.block == 1 else None
        """What sets fitted colours right among their neighbours, where the look has it."""

    def keeps(self, other: Drawing) -> bool:
        """Whether cells that `other` drew are as this one would draw them, tolerance aside."""
        exact = (self.look.tolerance == 0) == (other.look.tolerance == 0)
        return exact and self._fit is other._fit

    def rows(self, codes: Codes, written: NDArray[np.bool_], *, joined: bool = False) -> list[Row]:
        """What to write; see `ansi.encode_rows`."""
        return encode_rows(
            codes, written, self.table, self.look.depth, joined=joined, repeats=self.repeats
        )

    def codes(self, blocks: Blocks, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Codes:
        """Codes of some cells.

        Args:
            blocks: `(cells, down, across * 3)`: each cell's pixels.
            rows: Where each cell is, for dither patterns that stand still.
            columns: The same.
        """
        rgb = self.usable_rgb
        if self.look.block > 1 and rgb is not None:
            # One colour each, so that it needs no dither; not before cells are compared, or noise
            # would make one colour of the palette the next one.
            width = blocks.shape[2] // 3
            blocks = np.tile(nearest(blocks[:, :, :3], rgb), (1, 1, width))
        return self._fit(blocks, rows, columns)

    @property
    def usable_rgb(self) -> NDArray[np.uint8] | None:
        """`(colours, 3)` that may be used; None: every colour there is."""
        return None if self.palette is None else self.palette.rgb[self.palette.usable]

    def codes_of(self, pixels: Pixels, rows: slice, columns: slice) -> Codes:
        """Codes `(rows, columns, CODE_BYTES)` of one block of a picture's cells, each by itself.

        So they are the same in whatever blocks a picture is asked for; see `codes_of_whole`.

        Args:
            pixels: The whole picture, a whole number of cells in both directions.
            rows: Of the block, with both ends.
            columns: The same.
        """
        across, down = self.cell
        blocks = pixels.reshape(len(pixels) // down, down, -1, across * 3)[rows, :, columns]
        height, _, width, _ = blocks.shape
        ys, xs = np.divmod(np.arange(height * width), max(1, width))
        made = self.codes(blocks[ys, :, xs], ys + rows.start, xs + columns.start)
        return made.reshape(height, width, -1)

    def codes_of_whole(self, pixels: Pixels) -> Codes:
        """The same of all cells, refined where the look has it."""
        across, down = self.cell
        size = (len(pixels) // down, pixels.shape[1] // across)
        made = self.codes_of(pixels, slice(0, size[0]), slice(0, size[1]))
        if self.refinement is None or not made.size:
            return made
        ys, xs = np.divmod(np.arange(size[0] * size[1]), size[1])
        everywhere = np.ones(size, np.bool_)
        refined = self.refinement(reduced(pixels, 2), made, everywhere, ys, xs)
        return refined.reshape(made.shape)

    def colours(self, codes: Codes) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Foreground and background `(..., 3)` RGB that `codes` stand for."""
        if self.palette is None:
            return codes[..., 0:3], codes[..., 3:6]
        return self.palette.rgb[codes[..., 0]], self.palette.rgb[codes[..., 3]]


@lru_cache(maxsize=16)
def _fit_for(glyphs: GlyphSet, depth: ColourDepth, sixteen: tuple[Colour, ...]) -> _Fit:
    """Fits are dear to make (0.3 s for 256 colours) and do not depend on the tolerance."""
    table, cell = glyph_table(glyphs), pixels_per_cell(Look(glyphs, depth))
    if depth is ColourDepth.MONO:
        return Mono(table, cell)
    palette = palette_of(depth, sixteen)
    if palette is not None:
        return PaletteColours(table, cell, palette)
    return TwoPixels(table) if glyphs is GlyphSet.HALF else FreeColours(table)


@cache
def _refinement_for(glyphs: GlyphSet) -> Refinement:
    return Refinement(glyph_table(glyphs))


@lru_cache(maxsize=64)
def drawing_for(
    look: Look, palette: tuple[Colour, ...] = XTERM_16, *, repeats: bool = False
) -> Drawing:
    """The drawing of a look; the same object for the same look. See `Drawing`."""
    return Drawing(look, palette, repeats=repeats)
