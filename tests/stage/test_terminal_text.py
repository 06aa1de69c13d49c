"""Cells of a shared terminal: cut, coloured so that they can be read, the cursor marked."""

import pytest
from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.style import Style

from tui.domain.terminal_text import TRUE_COLOUR, CellStyle, TerminalScreen
from tui.widgets.terminal_text import CONTRAST, TerminalView, _contrast, legible, rich_style

BASE = Style(color="#e5e5e5", bgcolor="#0c0c0c")


def view(columns: int, *rows: str, cursor: tuple[int, int] | None = None) -> TerminalView:
    made = TerminalView()
    made.screen = TerminalScreen(columns, rows, cursor)
    return made


@pytest.mark.parametrize(("width", "text"), [(4, "漢字"), (3, "漢 "), (6, "漢字x "), (1, " ")])
def test_wide_characters_are_cut_whole(width: int, text: str) -> None:
    strip = view(9, "漢字x").strip(0, width, 5, BASE)
    assert strip.text == text
    assert strip.cell_length == width


def test_rows_below_the_screen_are_empty() -> None:
    assert view(3, "abc").strip(4, 8, 5, BASE).text == " " * 8


@pytest.mark.parametrize("x", [0, 2, 7])
def test_the_cursor_is_the_one_cell_that_is_turned(x: int) -> None:
    strip = view(8, "ab", cursor=(x, 0)).strip(0, 8, 3, BASE)
    turned = [bool(style and style.reverse) for text, style, _ in strip for _ in text]
    assert turned == [at == x for at in range(8)]


@pytest.mark.parametrize("paper", [(0, 0, 0), (12, 12, 12), (255, 255, 255), (128, 128, 128)])
@pytest.mark.parametrize("ink", [(0, 0, 0), (0, 0, 139), (255, 255, 0), (128, 128, 128)])
def test_any_colour_can_be_made_out(ink: tuple[int, int, int], paper: tuple[int, int, int]) -> None:
    shown = legible(ColorTriplet(*ink), ColorTriplet(*paper))
    assert _contrast(shown, ColorTriplet(*paper)) >= CONTRAST


def test_what_can_be_read_keeps_its_colour() -> None:
    style = rich_style(CellStyle(TRUE_COLOUR | 0x00FF00, bold=True, underline=True), BASE)
    assert style.color == Color.from_rgb(0, 255, 0)
    assert (style.bold, style.underline, style.italic) == (True, True, None)


def test_reverse_on_a_terminal_of_unknown_colours_is_left_to_it() -> None:
    unknown = Style(color="default", bgcolor="default")
    assert rich_style(CellStyle(reverse=True), unknown).reverse
    turned = rich_style(CellStyle(reverse=True), BASE)
    assert (turned.color, turned.bgcolor) == (BASE.bgcolor, BASE.color)
