"""Typing: what is echoed and what comes out."""

import pytest

from tui.linear.line_editor import EndOfLineInput, Entered, InputClosed, Interrupt, LineEditor


def typed(data: bytes, *, hidden=False):
    echo = []
    editor = LineEditor(echo.append)
    editor.hidden = hidden
    return editor.feed(data), "".join(echo), editor


@pytest.mark.parametrize(
    ("data", "line", "echo"),
    [
        (b"hi\r", "hi", "hi\n"),
        (b"hi\n", "hi", "hi\n"),
        (b"ab\x7f\x7fc\n", "c", "ab\b \b\b \bc\n"),
        (b"ab\x08c\n", "ac", "ab\b \bc\n"),
        (b"\x7f\n", "", "\n"),
        (b"one two\x17x\n", "one x", "one two" + "\b \b" * 3 + "x\n"),
        (b"one two  \x17x\n", "one x", "one two  " + "\b \b" * 5 + "x\n"),
        (b"abc\x15d\n", "d", "abc" + "\b \b" * 3 + "d\n"),
        (b"a\tb\n", "a b", "a b\n"),
        ("ж漢\x7f\n".encode(), "ж", "ж漢\b \b\b \b\n"),
        (b"a\x1b[Ab\x1b[1;5Cc\x1bOPd\x1bxe\n", "abcde", "abcde\n"),
        (b"a\x00\x01\x1fb\n", "ab", "ab\n"),
    ],
)
def test_a_line_and_its_echo(data, line, echo):
    events, echoed, _ = typed(data)
    assert events == [Entered(line)]
    assert echoed == echo


@pytest.mark.parametrize(
    ("before", "behind", "line"),
    [
        (b"a\x1b", b"bc\n", "abc"),
        (b"a\x1b", b"[b\n", "a[b"),
        (b"a\x1b\x1b", b"b\n", "ab"),
        # The rest of a sequence that has begun is on its way, however slow the line is.
        (b"a\x1b[1;", b"5Cb\n", "ab"),
    ],
)
def test_what_follows_the_escape_key_is_text(before, behind, line):
    editor = LineEditor()
    assert editor.feed(before) == []
    editor.rest()
    assert editor.feed(behind) == [Entered(line)]


@pytest.mark.parametrize("begun", [b"\x1b", b"\x1b[", b"\x1b[1;", b"\x1bO"])
def test_control_characters_are_no_part_of_a_sequence(begun):
    events, _, _ = typed(b"a" + begun + b"\rb" + begun + b"\x7fc\rd" + begun + b"\x03")
    assert events == [Entered("a"), Entered("c"), Interrupt()]


def test_a_character_in_two_reads():
    editor = LineEditor()
    assert editor.feed("ж".encode()[:1]) == []
    assert editor.feed("ж".encode()[1:] + b"\n") == [Entered("ж")]


def test_windows_line_ends_are_one():
    events, _, _ = typed(b"a\r\nb\r\n")
    assert events == [Entered("a"), Entered("b")]


def test_a_secret_echoes_only_the_line_end():
    events, echoed, _ = typed(b"sec\x7fret\n", hidden=True)
    assert events == [Entered("seret")]
    assert echoed == "\n"


def test_control_c_drops_the_line():
    events, echoed, editor = typed(b"half\x03")
    assert events == [Interrupt()]
    assert editor.empty
    assert echoed == "half^C\n"


def test_control_d_only_counts_on_an_empty_line():
    events, _, _ = typed(b"a\x04\n\x04")
    assert events == [Entered("a"), EndOfLineInput()]


def test_the_end_gives_the_last_line_without_its_line_end():
    editor = LineEditor()
    editor.feed(b"/leave")
    assert editor.feed(b"") == [Entered("/leave"), InputClosed()]


def test_a_line_has_an_end_even_when_nobody_ends_it():
    events, _, _ = typed(b"x" * 20_000 + b"\n")
    assert len(events[0].text) == 8000
