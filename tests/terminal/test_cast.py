"""Asciicasts: what draws is kept, questions and modes are not, and players show the same screen."""

from __future__ import annotations

import json
from pathlib import Path

import pyte
import pytest

from tui.terminal.cast import CastFile, drawing

DRAWN = (
    "\x1b[2J\x1b[1;1H\x1b[38;2;200;40;40;1mHello\x1b[0m\x1b[3;4H\N{GREEK SMALL LETTER ALPHA}\x1b[K"
)
ASKED = (
    "\x1b[6n",
    "\x1b[c",
    "\x1b[>c",
    "\x1b[>0q",
    "\x1b[?2026$p",
    "\x1b[?u",
    "\x1b[>1u",
    "\x1b[16t",
    "\x1b[?1000h",
    "\x1b[?2004h",
    "\x1b]11;?\x07",
    "\x1b]10;?\x1b\\",
    "\x1b]52;c;c2VjcmV0\x07",
    "\x1bP+q544e\x1b\\",
    "\x1b_Gi=31,a=q;AAAA\x1b\\",
    "\x1b(B",
    "\x1bc",
)


@pytest.mark.parametrize("question", ASKED)
def test_what_a_terminal_would_answer_or_keep_is_left_out(question: str) -> None:
    assert drawing(f"a{question}b") == ("ab", "")


def test_what_draws_is_kept_and_a_sequence_cut_in_two_is_put_together() -> None:
    assert drawing(DRAWN) == (DRAWN, "")
    for cut in range(len(DRAWN)):
        first, rest = drawing(DRAWN[:cut])
        second, left = drawing(rest + DRAWN[cut:])
        assert (first + second, left) == (DRAWN, "")
    whole = "\x1b]11;?\x1b\\x"
    for cut in range(1, len(whole)):
        first, rest = drawing(whole[:cut])
        assert first + drawing(rest + whole[cut:])[0] == "x"


def test_a_player_shows_the_same_screen(tmp_path: Path) -> None:
    now_s, size = 10.0, (20, 4)
    path = tmp_path / "call.cast"
    cast = CastFile(str(path), lambda: size, "standup", clock=lambda: now_s)
    cast.write("".join(ASKED) + DRAWN)
    now_s, size = 10.5, (30, 4)
    cast.write("\x1b[4;1Hwider")
    cast.close()
    cast.close()
    head, *lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert (head["version"], head["term"]["cols"], head["title"]) == (3, 20, "standup")
    assert [line[:2] for line in lines[1:]] == [[0.5, "r"], [0.0, "o"], [0.0, "x"]]
    assert lines[1][2] == "30x4"
    screen = pyte.Screen(20, 4)
    stream = pyte.Stream(screen)
    for _, kind, data in lines:
        if kind == "o":
            stream.feed(data)
    assert [row.rstrip() for row in screen.display] == ["Hello", "", "   α", "wider"]
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        CastFile(str(path), lambda: size, "standup")
