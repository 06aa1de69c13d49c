"""What stands on the terminal is not written again; what may not stand there, is."""

from __future__ import annotations

import io

from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui.widgets.shown_text import TRUSTED_S, ShownText

CONSOLE = Console(file=io.StringIO(), force_terminal=True, color_system=None)


class Shown:
    def __init__(self) -> None:
        self.now_s = 100.0
        self.shown = ShownText(lambda: self.now_s)

    def full(self, *rows: str) -> str:
        strips = [[Strip([Segment(text)])] for text in rows]
        return self.shown.text(LayoutUpdate(strips, Region(0, 0, 5, len(rows))), CONSOLE)

    def part(self, y: int, x: int, text: str) -> str:
        end = x + len(text)
        chops = [{} for _ in range(y)] + [{x: Strip([Segment(text)])}]
        return self.shown.text(
            ChopsUpdate(chops, [(y, x, end)], [[] for _ in range(y)] + [[end]]), CONSOLE
        )


def test_a_screen_drawn_twice_is_written_once() -> None:
    shown = Shown()
    assert shown.full("hello", "there") == "\x1b[1;1Hhello\x1b[2;1Hthere"
    assert shown.full("hello", "there") == ""
    assert shown.full("hello", "folks") == "\x1b[2;1Hfolks"


def test_what_was_written_over_is_written_again() -> None:
    shown = Shown()
    shown.full("hello", "there")
    assert shown.part(1, 2, "XY") == "\x1b[2;3HXY"
    assert shown.full("hello", "there") == "\x1b[2;1Hthere"
    assert shown.part(1, 2, "XY") == "\x1b[2;3HXY"


def test_old_text_and_a_doubted_terminal_are_written_again() -> None:
    shown = Shown()
    shown.full("hello")
    shown.now_s += TRUSTED_S
    assert shown.full("hello") == "\x1b[1;1Hhello"
    assert shown.full("hello") == ""
    shown.shown.forget()
    assert shown.full("hello") == "\x1b[1;1Hhello"
