"""Taking answers and typing apart: whatever comes in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.terminal.answers import AnswerFilter, parse_answers, parse_colour

ANSWERS = [
    b"\x1b[?62;4;22c",
    b"\x1b[>1;4000;41c",
    b"\x1bP>|kitty(0.40.1)\x1b\\",
    b"\x1bP1$r0;48:2::1:2:3m\x1b\\",
    b"\x1bP1+r524742=382f382f38\x1b\\",
    b"\x1b]4;7;rgb:e5e5/e5e5/e5e5\x1b\\",
    b"\x1b]11;rgb:0000/0000/0000\x07",
    b"\x1b_Gi=31;OK\x1b\\",
]
UNDERSTOOD = [b"\x1b[?2026;2$y", b"\x1b[12;40R"]
"""Textual asks for these itself, while it runs."""
KEYS = [b"a", b"\r", b"\x1b[A", b"\x1b[1;5C", b"\x1bOP", b"\x1b[<35;10;5M", "é".encode(), b"\x03"]
pieces = st.lists(
    st.tuples(st.just(True), st.sampled_from(ANSWERS))
    | st.tuples(st.just(False), st.sampled_from(KEYS)),
    max_size=12,
)


@given(st.binary(max_size=200))
def test_no_bytes_are_too_strange(data):
    answers = parse_answers(data)
    assert len(answers.typed) <= len(data)
    assert answers.any or answers.typed == data


@given(pieces)
def test_typing_comes_back_whole_and_in_order(sequence):
    answers = parse_answers(b"".join(data for _, data in sequence))
    assert answers.typed == b"".join(data for is_answer, data in sequence if not is_answer)
    assert answers.any == any(is_answer for is_answer, _ in sequence)


@pytest.mark.parametrize("answer", UNDERSTOOD)
def test_what_the_running_app_asks_for_gets_through(answer):
    assert parse_answers(b"a" + answer + b"b").typed == b"ab"
    assert AnswerFilter(clock_s=lambda: 0.0).feed(b"a" + answer + b"b") == b"a" + answer + b"b"


@given(pieces, st.data())
def test_late_answers_never_get_through_however_they_are_cut(sequence, data):
    stream = b"".join(piece for _, piece in sequence)
    late = AnswerFilter(clock_s=lambda: 0.0)
    got, at = b"", 0
    while at < len(stream):
        step = data.draw(st.integers(1, len(stream)))
        # ESC alone is the Escape key, so a read that ends right after one is not held back.
        while stream[at : at + step].endswith(b"\x1b"):
            step += 1
        chunk = stream[at : at + step]
        at += step
        if not late.active:
            break
        got += late.feed(chunk)
    if late.active:
        assert got == b"".join(piece for is_answer, piece in sequence if not is_answer)


def test_the_filter_ends_with_the_last_answer():
    late = AnswerFilter(clock_s=lambda: 0.0)
    assert late.feed(b"a\x1b]4;1;rgb:00/") == b"a"
    assert late.feed(b"00/00\x1b\\b") == b"b"
    assert late.active
    assert late.feed(b"c\x1b[?62cd") == b"cd"
    assert not late.active
    assert late.feed(b"\x1b[?62c") == b"\x1b[?62c"


def test_the_filter_ends_in_time_and_gives_back_what_it_held():
    now = [0.0]
    late = AnswerFilter(for_s=5.0, clock_s=lambda: now[0])
    assert late.feed(b"\x1b[") == b""
    now[0] = 6.0
    assert late.feed(b"A") == b"\x1b[A"


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("rgb:ffff/0000/8080", (255, 0, 128)),
        ("rgb:f/0/8", (255, 0, 136)),
        ("rgba:ff/00/80/ff", (255, 0, 128)),
        ("#ff0080", (255, 0, 128)),
        ("#ffff00008080", (255, 0, 128)),
        ("rgb:", None),
        ("red", None),
        ("#12", None),
    ],
)
def test_colours(text, colour):
    assert parse_colour(text) == colour


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (b"\x1bP1$r48:2:1:2:3m\x1b\\", True),
        (b"\x1bP1$r0;48:2::1:2:3m\x1b\\", True),
        (b"\x1bP1$r0;48;2;1;2;3m\x1b\\", True),
        (b"\x1bP1$r48:2:0:1:2:3m\x1b\\", True),
        (b"\x1bP1$r0;48;5;16m\x1b\\", False),
        (b"\x1bP1$r0m\x1b\\", False),
        (b"\x1bP0$r\x1b\\", None),
    ],
)
def test_whether_a_colour_of_24_bits_was_kept(answer, kept):
    assert parse_answers(answer).keeps_rgb is kept
