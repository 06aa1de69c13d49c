"""A small picture as lines of text: cells of the terminal's best look, among other lines."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from textual.color import Color
from textual.content import Content
from textual.style import Style

from tui.domain.files import Sample
from tui.domain.look import Look
from tui.video.cells import fit_raster, glyph_numbers, raster_size
from tui.video.drawing import drawing_for

COLUMNS_MAX: Final = 32
ROWS_MAX: Final = 14


def _colour(rgb: NDArray[np.uint8]) -> Color:
    red, green, blue = (int(one) for one in rgb)
    return Color(red, green, blue)


@lru_cache(maxsize=32)
def sample_lines(sample: Sample, columns: int, look: Look) -> tuple[Content, ...]:
    """The lines, no wider than so many cells; a cell is twice as high as wide."""
    room = max(1, min(columns, COLUMNS_MAX))
    scale = min(room / sample.width, 2 * ROWS_MAX / sample.height)
    across = max(1, min(room, round(sample.width * scale)))
    down = max(1, min(ROWS_MAX, round(sample.height * scale / 2)))
    pixels = fit_raster(
        base64.b64decode(sample.rgb), sample.width, sample.height, *raster_size(across, down, look)
    )
    drawing = drawing_for(look)
    codes = drawing.codes_of_whole(pixels)
    front, back = drawing.colours(codes)
    glyphs = glyph_numbers(codes)
    return tuple(
        Content.assemble(
            *(
                (
                    drawing.table.characters[int(glyphs[row, column])],
                    Style(
                        foreground=_colour(front[row, column]),
                        background=_colour(back[row, column]),
                    ),
                )
                for column in range(across)
            )
        )
        for row in range(down)
    )
