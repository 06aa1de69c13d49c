"""Foreign text is safe after cleaning, whatever it was."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.text import LINES_MAX, clean, clean_lines, clean_name

HOSTILE = [
    "\x1b]0;owned\x07name",
    "\x1b[31mred\x1b[0m",
    "a\u202egnp.exe",
    "z\u200bero\u2060width\ufeff",
    "line\nbreak\r\tand tab",
    "e" + "\u0301" * 50,
    "\x9b31m",
    "x" * 10_000,
    "👨\u200d👩\u200d👧 família",
    "日本語テキスト",
    "[/]",
    "\udc80surrogate",
]


@given(st.text(max_size=300), st.integers(4, 100))
def test_cleaned_text_is_printable_and_bounded(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert len(cleaned) <= limit
    for character in cleaned:
        category = unicodedata.category(character)
        assert category not in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp"), (text, cleaned)
        assert ord(character) not in {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
    assert clean(cleaned, limit) == cleaned


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_loses_its_teeth_and_keeps_its_words(text: str) -> None:
    cleaned = clean(text)
    assert "\x1b" not in cleaned
    assert cleaned.isprintable() or "\u200d" in cleaned


def test_what_stays_and_what_goes() -> None:
    assert clean("a\x1b[31mb") == "a[31mb"
    assert clean("👨\u200d👩") == "👨\u200d👩"
    assert clean("a\u200db") == "ab"
    assert clean("two\nlines") == "two lines"
    assert clean("e" + "\u0301" * 9).count("\u0301") <= 3
    assert clean("x" * 500, 10) == "x" * 9 + "…"
    assert clean_name("\x00\u202e \n") == "(no name)"


INVISIBLE = (
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFEFF, 0xFFA0, 0x2800),
    *range(0x180B, 0x1810),
    *range(0xFE00, 0xFE10),
    *range(0x1BCA0, 0x1BCA4),
    *range(0x1D173, 0x1D17B),
    *range(0xE0000, 0xE1000),
)


@pytest.mark.parametrize("word", ["{}", "{}{}", " {} "])
def test_nobody_is_called_by_what_cannot_be_seen(word: str) -> None:
    shown = {clean_name(word.replace("{}", chr(code))) for code in INVISIBLE}
    assert shown == {"(no name)"}
    assert {
        clean(f"Bo{chr(code)}n") for code in INVISIBLE if code not in (0x2800, 0xFE0E, 0xFE0F)
    } == {"Bon"}


@pytest.mark.parametrize(
    "text", ["1\ufe0f\u20e3", "\u2764\ufe0f", "\u0601\u0661\u0662", "한글", "\u0e01\u0e33"]
)
def test_what_is_seen_stays(text: str) -> None:
    assert clean(text) == text


def test_lines_stay_lines_and_are_bounded() -> None:
    code = "if x:\r\n\tprint('\x1b[31m')\n\n\nend\u202e\n\n"
    assert clean_lines(code) == ("if x:", "    print('[31m')", "", "", "end")
    assert clean_lines("\n \n") == ()
    assert clean_lines("one line") == ("one line",)
    assert len(clean_lines("a\n" * 500, 4000)) == LINES_MAX + 1
    assert clean_lines("a\n" * 500, 4000)[-1] == "…"
    assert sum(map(len, clean_lines("abc\n" * 50, 20))) <= 21  # with the mark that more was cut
