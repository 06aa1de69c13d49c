"""A shared terminal's messages: what arrives is what was sent, and nothing hostile arrives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.terminal_text import MAX_COLUMNS, NotOfTheSubset, TerminalScreen
from tui.wire.terminal_rows import MAX_UPDATE_BYTES, ScreenSoFar, changed, parse, whole

ROWS = st.lists(
    st.text(st.sampled_from("ab 漢é│😀"), max_size=10) | st.just("\x1b[0;1;38;5;200mbright\x1b[0m"),
    min_size=1,
    max_size=6,
)


@st.composite
def screens(draw: st.DrawFn) -> TerminalScreen:
    rows = tuple(draw(ROWS))
    place = st.tuples(st.integers(0, 29), st.integers(0, len(rows) - 1))
    return TerminalScreen(30, rows, draw(st.none() | place))


@given(st.lists(screens(), min_size=1, max_size=6), st.integers(0, 5))
def test_everybody_sees_the_last_screen(shown: list[TerminalScreen], joins: int) -> None:
    early, late, before = ScreenSoFar(), ScreenSoFar(), None
    for serial, screen in enumerate(shown):
        sent = whole(screen, 0) if before is None else changed(before, screen, serial)
        for message in sent:
            early.take(parse(message))
            late.take(parse(message))
        if serial == min(joins, len(shown) - 1):
            for message in whole(screen, serial):
                late.take(parse(message))
        before = screen
        assert early.screen == screen
    assert late.screen == shown[-1]


def test_a_large_screen_goes_in_several_messages() -> None:
    row = "漢" * 250 + "x" * 250
    screen = TerminalScreen(MAX_COLUMNS, (row,) * 200, (0, 199))
    sent = whole(screen, 7)
    assert len(sent) > 10
    assert max(map(len, sent)) <= MAX_UPDATE_BYTES
    so_far = ScreenSoFar()
    for message in sent:
        so_far.take(parse(message))
    assert so_far.screen == screen


def test_after_a_loss_nothing_is_shown_before_a_whole_screen() -> None:
    one, two, three = (TerminalScreen(9, (word, "")) for word in ("one", "two", "three"))
    so_far = ScreenSoFar()
    so_far.take(parse(whole(one, 0)[0]))
    changed(one, two, 1)  # lost on the way
    assert not so_far.take(parse(changed(two, three, 2)[0]))
    assert so_far.lost
    assert so_far.screen == one
    assert so_far.take(parse(whole(three, 2)[0]))
    assert not so_far.lost
    assert so_far.screen == three


def test_changes_before_a_whole_screen_are_not_shown() -> None:
    so_far = ScreenSoFar()
    one, two = TerminalScreen(9, ("one",)), TerminalScreen(9, ("two",))
    assert not so_far.take(parse(changed(one, two, 1)[0]))
    assert so_far.lost


GOOD = whole(TerminalScreen(20, ("\x1b[0;31mred\x1b[0m", "漢字 é", "x"), (3, 1)), 12)[0]


@given(st.integers(0, len(GOOD) - 1))
def test_no_cut_message_shows_more_than_was_sent(length: int) -> None:
    try:
        update = parse(GOOD[:length])
    except NotOfTheSubset:
        return
    whole_rows = dict(parse(GOOD).rows)
    assert all(whole_rows[y].startswith(row) for y, row in update.rows)


@given(st.binary(max_size=60), st.integers(0, len(GOOD)))
def test_any_bytes_are_read_or_refused(noise: bytes, at: int) -> None:
    for raw in (noise, GOOD[:at] + noise + GOOD[at:]):
        try:
            update = parse(raw)
        except NotOfTheSubset:
            continue
        assert update.columns <= MAX_COLUMNS
        assert all(y < update.height for y, _ in update.rows)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"1 ask",
        b"2 key 80 24 0 -1 -1\n",
        b"1 key 0 24 0 -1 -1\n",
        b"1 key 501 24 0 -1 -1\n",
        b"1 key 80 201 0 -1 -1\n",
        b"1 key 80 24 0 80 0\n",
        b"1 key 80 24 0 0 24\n",
        b"1 key 80 24 0 -1 3\n",
        b"1 key 80 24 9999999999 -1 -1\n",
        b"1 key 80 24 0 -1 -1\n24\tx",
        b"1 key 80 24 0 -1 -1\n-1\tx",
        b"1 key 80 24 0 -1 -1\nx",
        b"1 key 80 24 0 -1 -1\n0\tx\x1e",
        b"1 key 80 24 0 -1 -1\n0\t\x1b[2J",
        b"1 key 80 24 0 -1 -1\n0\t\xff",
        b"1 key 80 24 0 -1 -1\n\xd9\xa3\tx",
        b"1 key 2 24 0 -1 -1\n0\txxx",
        b"1 key 80 24 0 -1 -1\n0\t" + b"x" * MAX_UPDATE_BYTES,
    ],
)
def test_hostile_messages_are_refused(raw: bytes) -> None:
    with pytest.raises(NotOfTheSubset):
        parse(raw)
