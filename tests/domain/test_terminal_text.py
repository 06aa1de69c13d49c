"""Rows of a terminal: what they say, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.terminal_text import (
    MAX_ROW_BYTES,
    PLAIN,
    TRUE_COLOUR,
    CellStyle,
    NotOfTheSubset,
    TerminalScreen,
    checked_row,
    pieces,
    styled,
    width_of,
)

COLOURS = st.none() | st.integers(0, 255) | st.integers(TRUE_COLOUR, 2 * TRUE_COLOUR - 1)
STYLES = st.builds(CellStyle, COLOURS, COLOURS, *(st.booleans() for _ in range(6)))
TEXTS = st.text(st.characters(exclude_categories=("C", "Z", "M")), min_size=1, max_size=9)


@given(st.lists(st.tuples(TEXTS, STYLES), max_size=8))
def test_a_row_says_what_was_put_into_it(parts: list[tuple[str, CellStyle]]) -> None:
    row, before = "", PLAIN
    for text, style in parts:
        row, before = row + styled(text, style, before), style
    assert checked_row(row, 80) == row
    read = [(character, style) for text, style in pieces(row) for character in text]
    assert read == [(character, style) for text, style in parts for character in text]


@pytest.mark.parametrize(
    "row",
    [
        "\x1b]0;title\x07",
        "\x1b[2Jx",
        "\x1b[1mbold alone",
        "\x1b[0;5mblinks",
        "\x1b[0;38;5;256mx",
        "\x1b[0;38;2;1;2mx",
        "\x1b[0;38mx",
        "\x1b[0;48;5mx",
        "\x1b[mx",
        "\x1b[0;1",
        "\x1b",
        "\x9b0mx",
        "tab\tx",
        "line\nx",
        "\x7f",
        "left\u202eright",
        "\u2066x",
        "\ufeffx",
        "\u2028",
        "x" * 81,
        "漢" * 81,
        "e" + "\u0301" * 9,
        "\ud800",
    ],
)
def test_what_is_no_row_is_refused(row: str) -> None:
    with pytest.raises(NotOfTheSubset):
        checked_row(row, 80)


def test_a_row_of_styles_alone_is_refused_where_it_is_too_long() -> None:
    with pytest.raises(NotOfTheSubset):
        checked_row("\x1b[0;1mx" * (MAX_ROW_BYTES // 6), 500)


@given(st.text(max_size=40))
def test_no_text_at_all_gets_controls_through(text: str) -> None:
    try:
        row = checked_row(text, 80)
    except NotOfTheSubset:
        return
    shown = "".join(piece for piece, _ in pieces(row))
    assert not any(ord(one) < 32 or 127 <= ord(one) < 160 for one in shown)


@pytest.mark.parametrize(("character", "cells"), [("a", 1), ("漢", 2), ("😀", 2), ("\u0301", 0)])
def test_cells_of_a_character(character: str, cells: int) -> None:
    assert width_of(character) == cells


def test_plain_rows_have_no_looks() -> None:
    assert TerminalScreen(9, ("\x1b[0;31mred\x1b[0m  ", "")).plain_rows == ("red", "")
