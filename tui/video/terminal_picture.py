"""A picture that has a plain terminal (or a rectangle of it) to itself: RGB frame in, bytes out.

For whoever owns the terminal and draws nothing else over the picture: the test-picture player and
the benchmarks. The Textual front end has `tui.widgets.tile_strip` instead, which shares the screen.

    picture = TerminalPicture(columns, rows, drawing_for(look))
    out.write(picture.bytes_for(raster))   # only what changed since the frame before
    picture.use(drawing_for(other_look))   # any time; the next frame is sent whole
    picture.forget()                       # after the terminal was cleared or resized
"""

from __future__ import annotations

from typing import Final

from tui.video.ansi import RESET
from tui.video.cells import Pixels, raster_size
from tui.video.delta import ShownCells
from tui.video.drawing import Drawing

SYNC_BEGIN: Final = "\x1b[?2026h"
SYNC_END: Final = "\x1b[?2026l"
"""The terminal shows what is between them at once, or ignores both."""


class TerminalPicture:
    """See the module.

    Args:
        columns: Width [cells].
        rows: Height [cells].
        drawing: The look.
        left: First column on the terminal, from 0.
        top: First row, from 0.
        synchronized: Wrap each frame in marks, so that it is shown at once.
    """

    def __init__(
        self,
        columns: int,
        rows: int,
        drawing: Drawing,
        *,
        left: int = 0,
        top: int = 0,
        synchronized: bool = True,
    ) -> None:
        self.columns, self.rows = columns, rows
        self.left, self.top = left, top
        self.synchronized = synchronized
        self._shown = ShownCells(rows, columns, drawing)

    @property
    def drawing(self) -> Drawing:
        """The look in use."""
        return self._shown.drawing

    @property
    def raster_size(self) -> tuple[int, int]:
        """(width, height) of the raster that `bytes_for` takes."""
        return raster_size(self.columns, self.rows, self.drawing.look)

    def use(self, drawing: Drawing) -> None:
        """Draw with another look; if cells look otherwise in it, the next frame is sent whole."""
        if drawing.keeps(self.drawing):
            self._shown.use(drawing)
        else:
            self._shown = ShownCells(self.rows, self.columns, drawing)

    def forget(self) -> None:
        """The terminal was cleared: the next frame is sent whole."""
        self._shown.forget()

    def bytes_for(self, raster: Pixels) -> bytes:
        """What to write so that the terminal shows `raster`, RGB of `raster_size`."""
        self._shown.sweep()
        change = self._shown.change_to(raster)
        made = self.drawing.rows(change.codes, change.written, joined=True)
        self._shown.wrote(change)
        parts = [
            f"\x1b[{self.top + y + 1};{self.left + row.first + 1}H{row.text}"
            for y, row in enumerate(made)
            if row.text
        ]
        if not parts:
            return b""
        body = "".join(parts) + RESET
        return (f"{SYNC_BEGIN}{body}{SYNC_END}" if self.synchronized else body).encode()
