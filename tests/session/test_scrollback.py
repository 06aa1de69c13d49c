"""What scrolled away in a shared terminal: which rows went up, how many are kept."""

from __future__ import annotations

import pytest

from tui.domain.terminal_text import MAX_PAST_ROWS, NO_SCREEN, TerminalScreen, plain_row
from tui.session import scrollback
from tui.session.scrollback import MISSING, Scrollback, rows_gone


def screen(*rows: str, height: int = 5, columns: int = 20) -> TerminalScreen:
    return TerminalScreen(columns, (*rows, *[""] * (height - len(rows))))


def kept(*screens: TerminalScreen) -> list[str]:
    scrollback = Scrollback()
    for one in screens:
        scrollback.follow(one)
    return list(scrollback.last(MAX_PAST_ROWS))


@pytest.mark.parametrize(
    ("before", "now", "gone"),
    [
        ("a b c d e", "a b c d e", 0),
        ("a b c d e", "b c d e f", 1),
        ("a b c d e", "d e f g h", 3),
        ("a b c d $", "c d x y $", 2),
        ("a b c d e", "a b c x y", 0),
        ("y y y y y", "y y y y y", 0),
        ("a b c d e", "v w x y z", None),
    ],
)
def test_rows_that_went_up_are_counted(before: str, now: str, gone: int | None) -> None:
    assert rows_gone(before.split(), now.split()) == gone


def test_looks_change_nothing() -> None:
    one = screen("\x1b[0;32m$\x1b[0m make", "b", "c", "d", "e")
    two = screen("b", "c", "d", "\x1b[0;1me", "f")
    assert kept(one, two) == ["$ make"]


def test_what_ran_by_unseen_is_marked_and_a_cleared_screen_is_not_kept() -> None:
    full, later = screen(*"abcde"), screen(*"vwxyz")
    assert kept(full, later) == [*"abcde", MISSING]
    assert kept(screen("$ clear"), screen("$")) == []
    assert kept(full, screen("$")) == []


def test_a_screen_of_no_rows_is_one_that_begins() -> None:
    assert kept(NO_SCREEN, NO_SCREEN, screen(*"abcde"), screen(*"bcdef")) == ["a"]


def test_another_size_begins_anew() -> None:
    assert kept(screen(*"abcde"), screen(*"bcdef", columns=30)) == []


def test_no_more_is_kept_than_can_be_read() -> None:
    rows = [str(number) for number in range(2000)]
    screens = [screen(*rows[at : at + 5]) for at in range(0, 1990, 3)]
    assert kept(*screens) == rows[1989 - MAX_PAST_ROWS : 1989][:MAX_PAST_ROWS]


def test_a_row_that_stays_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # Each row can be of 12 kB: of a whole screen of them, the call has not the time at each change.
    read: list[str] = []

    def counted(row: str) -> str:
        read.append(row)
        return plain_row(row)

    monkeypatch.setattr(scrollback, "plain_row", counted)
    rows = [f"\x1b[0;32m{number}" for number in range(200)]
    before = screen(*rows, height=200)
    kept_rows = Scrollback()
    for number in range(50):
        kept_rows.follow(before)
        before = screen(f"${number}", *rows[1:], height=200)
    assert len(read) == 200 + 49


def test_a_screen_of_equal_rows_is_given_up_after_some_guesses() -> None:
    before, now = ["y"] * 200, ["y", *(str(number) for number in range(199))]
    assert rows_gone(before, now) is None
    # Where it is not the same all over, any distance is found.
    rows = [str(number) for number in range(200)]
    assert rows_gone(rows, [*rows[150:], *("new",) * 150]) == 150
