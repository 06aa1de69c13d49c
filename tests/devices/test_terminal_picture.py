"""A terminal as a picture: what is drawn where, and again only where something changed."""

from __future__ import annotations

import numpy as np
import pytest

from tui.devices.terminal_picture import SIZE, TerminalPicture, colour_of
from tui.domain.terminal_text import TRUE_COLOUR, TerminalScreen

CELL = (16, 32)
"""Of a screen of 80x22 [pixels]."""


def shades(picture: TerminalPicture, *rows: str, columns: int = 80) -> np.ndarray:
    """Brightness of each pixel."""
    screen = TerminalScreen(columns, (*rows, *[""] * (22 - len(rows))), None)
    frame = picture.draw(screen, 1.0)
    assert (frame.width, frame.height) == SIZE
    flat = np.frombuffer(bytes(frame.y), np.uint8)
    return flat.reshape(-1, frame.y_stride)[:, : frame.width]


def lit(shades: np.ndarray, x: int, y: int) -> bool:
    """Whether something is drawn in a cell."""
    width, height = CELL
    cell = shades[y * height : (y + 1) * height, x * width : (x + 1) * width]
    return bool(cell.max() > 120)


def test_each_character_stands_in_its_own_cell() -> None:
    drawn = shades(TerminalPicture(), "i W", "  \x1b[0;4m  \x1b[0m", "漢x")
    assert [lit(drawn, x, 0) for x in range(4)] == [True, False, True, False]
    assert [lit(drawn, x, 1) for x in range(5)] == [False, False, True, True, False]
    assert [lit(drawn, x, 2) for x in range(2, 4)] == [True, False]


def test_backgrounds_and_reverse_fill_their_cells() -> None:
    drawn = shades(TerminalPicture(), "\x1b[0;107m  \x1b[0;7m \x1b[0m ")
    assert [lit(drawn, x, 0) for x in range(4)] == [True, True, True, False]


def test_what_is_drawn_again_is_as_if_drawn_at_once() -> None:
    picture = TerminalPicture()
    shades(picture, "one", "two", "three")
    again = shades(picture, "one", "\x1b[0;31mzwei\x1b[0m", "")
    assert np.array_equal(again, shades(TerminalPicture(), "one", "\x1b[0;31mzwei\x1b[0m", ""))


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (500, 200), (500, 1), (1, 200)])
def test_any_size_is_drawn(columns: int, rows: int) -> None:
    screen = TerminalScreen(columns, ("x" * columns,) * rows, (columns - 1, rows - 1))
    frame = TerminalPicture().draw(screen, 0.0)
    assert (frame.width, frame.height) == SIZE


@pytest.mark.parametrize(
    ("number", "rgb"),
    [
        (None, (1, 2, 3)),
        (9, (241, 76, 76)),
        (16, (0, 0, 0)),
        (231, (255, 255, 255)),
        (232, (8, 8, 8)),
        (TRUE_COLOUR | 0x0A141E, (10, 20, 30)),
    ],
)
def test_colours(number: int | None, rgb: tuple[int, int, int]) -> None:
    assert colour_of(number, (1, 2, 3)) == rgb
