"""The renderer in the picture harness's plug-in interface."""

from __future__ import annotations

from typing import Any

import numpy as np

from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.video.drawing import drawing_for
from tui.video.terminal_picture import TerminalPicture

DEPTHS = {
    "true": ColourDepth.TRUECOLOR,
    "256": ColourDepth.INDEXED,
    "16": ColourDepth.ANSI,
    "mono": ColourDepth.MONO,
}


def frame(
    frame: np.ndarray,
    cols: int,
    rows: int,
    prev: dict[str, Any],
    colors: str = "true",
    glyphs: str = "all",
    tolerance: float | None = None,
) -> tuple[bytes, dict[str, Any]]:
    """Bytes that show `frame`, and the state to come back with.

    Args:
        frame: `(height, width, 3)` RGB.
        cols: Of the terminal.
        rows: Of the terminal.
        prev: The state of the call before; an empty dict at first.
        colors: `true`, `256`, `16` or `mono`.
        glyphs: A glyph set.
        tolerance: See `Look`; 0 redraws exactly.
    """
    look = Look(GlyphSet(glyphs), DEPTHS[str(colors)], tolerance)
    picture = prev.get("picture")
    if picture is None or (picture.columns, picture.rows) != (cols, rows):
        picture = prev["picture"] = TerminalPicture(cols, rows, drawing_for(look))
    picture.use(drawing_for(look))
    return picture.bytes_for(frame), prev
