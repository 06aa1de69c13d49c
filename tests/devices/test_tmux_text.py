"""What tmux prints, as rows that may be shared."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.devices.tmux_text import row_of
from tui.domain.terminal_text import MAX_ROW_BYTES, checked_row


@pytest.mark.parametrize(
    ("captured", "row"),
    [
        ("plain   ", "plain"),
        ("\x1b[31mred\x1b[39m not", "\x1b[0;31mred\x1b[0m not"),
        ("\x1b[1m\x1b[32mboth\x1b[22mgreen", "\x1b[0;1;32mboth\x1b[0;32mgreen"),
        ("\x1b[38;5;200ma\x1b[48;2;1;2;3mb", "\x1b[0;38;5;200ma\x1b[0;38;5;200;48;2;1;2;3mb"),
        ("\x1b[38:2::9:8:7mx", "\x1b[0;38;2;9;8;7mx"),
        ("\x1b[4:3mcurly\x1b[24m.", "\x1b[0;4mcurly\x1b[0m."),
        ("\x1b[97;104mbright", "\x1b[0;97;104mbright"),
        ("\x1b[44m  \x1b[0m  ", "\x1b[0;44m  "),
        ("\x0elqk\x0f q", "┌─┐ q"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b[5;53mnothing of ours", "nothing of ours"),
        ("a\x07b\u202ec\x9bd", "abcd"),
        ("漢字" * 30, "漢字" * 20),
        ("e\u0301" + "\u0301" * 20, "e" + "\u0301" * 8),
        ("שלום", "שלום"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("", ""),
    ],
)
def test_rows_of_tmux(captured: str, row: str) -> None:
    assert row_of(captured, 80) == row
    assert checked_row(row, 80) == row


@given(st.text(max_size=60), st.integers(1, 30))
def test_whatever_it_prints_is_a_row(captured: str, columns: int) -> None:
    row = row_of(captured, columns)
    assert checked_row(row, columns) == row


def test_looks_that_change_with_each_cell_are_left_out_where_they_are_too_long() -> None:
    captured = "".join(f"\x1b[38;2;{n % 256};200;{n % 99}m漢" for n in range(250))
    captured += "".join(f"\x1b[48;2;{n % 256};200;{n % 99};1mx" for n in range(250))
    row = row_of(captured, 750)
    assert len(row.encode()) <= MAX_ROW_BYTES
    assert "漢" in row
