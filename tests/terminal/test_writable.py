"""Text for terminals that are not UTF-8."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.terminal.writable import writable


@pytest.mark.parametrize(
    ("text", "encoding", "written"),
    [
        ("▌ Message…", "iso-8859-1", "| Message."),
        ("Zoë", "iso-8859-1", "Zoë"),
        ("Zoë", "ascii", "Zoe"),
        ("Zoe\u0308", "ascii", "Zoe"),
        ("林 ok", "ascii", "?? ok"),
        ("\x1b[1m─┼│\x1b[0m", "ascii", "\x1b[1m-+|\x1b[0m"),
    ],
)
def test_what_is_lacking_is_drawn_with_what_is_there(
    text: str, encoding: str, written: str
) -> None:
    assert writable(text, encoding) == written


@given(st.text())
def test_whatever_comes_can_be_written(text: str) -> None:
    writable(text, "ascii").encode("ascii")
