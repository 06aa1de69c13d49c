"""Where on the terminal a picture goes."""

from __future__ import annotations

from typing import Final

from tui.domain.frozen import dataclass

CELL_ASPECT: Final = 2.0
"""A cell is about twice as high as wide."""


@dataclass(frozen=True, slots=True)
class Place:
    """A rectangle of cells."""

    columns: int
    rows: int
    left: int = 0
    top: int = 0


def place_for(width: int, height: int, columns: int, rows: int, *, crop: bool) -> Place:
    """All of the room when cropped; else the largest part with the picture's shape, in the middle.

    Args:
        width: Of the picture [pixels].
        height: Of the picture [pixels].
        columns: Of the room [cells].
        rows: Of the room [cells].
        crop: Fill the room.
    """
    columns, rows = max(1, min(columns, 999)), max(1, rows)
    if crop:
        return Place(columns, rows)
    shape = CELL_ASPECT * width / height
    fit_columns = max(1, min(columns, round(rows * shape)))
    fit_rows = max(1, min(rows, round(columns / shape)))
    return Place(fit_columns, fit_rows, (columns - fit_columns) // 2, (rows - fit_rows) // 2)
