"""What stands on the terminal is not written again; what may not stand there, is."""

from __future__ import annotations

import io

from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tests.stage.test_tile_strip import COLUMNS, surface
from tui.widgets.shown_text import TRUSTED_S, ShownText

CONSOLE = Console(file=io.StringIO(), force_terminal=True, color_system=None)


class Shown:
    def __init__(self) -> None:
        self.now_s = 100.0
        self.shown = ShownText(lambda: self.now_s)

    def full(self, *rows: str) -> str:
        strips = [[Strip([Segment(text)])] for text in rows]
        return self.shown.text(LayoutUpdate(strips, Region(0, 0, 5, len(rows))), CONSOLE)

    def part(self, y: int, x: int, *words: str) -> str:
        """The words at (x, y), a segment each."""
        return self.shown.text(update(Strip([Segment(word) for word in words]), y, x), CONSOLE)


def update(strip: Strip, y: int, x: int) -> ChopsUpdate:
    end = x + strip.cell_length
    above: list[dict[int, Strip]] = [{} for _ in range(y)]
    return ChopsUpdate([*above, {x: strip}], [(y, x, end)], [*([] for _ in range(y)), [end]])


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


def test_of_a_row_only_the_words_are_written_that_changed() -> None:
    shown = Shown()
    assert shown.part(1, 2, "MIC off", "  ", "00:09") == "\x1b[2;3HMIC off  00:09"
    assert shown.part(1, 2, "MIC off", "  ", "00:10") == "\x1b[2;12H00:10"
    assert shown.part(1, 2, "MIC on ", "  ", "00:11") == "\x1b[2;3HMIC on \x1b[2;12H00:11"
    assert shown.part(1, 2, "MIC on", "  ", "00:11") == "\x1b[2;3HMIC on  00:11"
    shown.now_s += TRUSTED_S
    assert shown.part(1, 2, "MIC on", "  ", "00:13") == "\x1b[2;3HMIC on  00:13"


def test_behind_a_character_of_doubtful_width_a_row_is_one_piece() -> None:
    shown = Shown()
    assert shown.part(0, 0, "MIC off", " ⚠️ ", "00:09") == "\x1b[1;1HMIC off ⚠️ 00:09"
    assert shown.part(0, 0, "MIC off", " ⚠️ ", "00:10") == "\x1b[1;8H ⚠️ 00:10"


def test_words_go_before_pictures() -> None:
    shown, made = Shown(), surface()
    made.begin_paint()
    both = update(made.strip(0, 0, COLUMNS), 0, 0)
    both.chops.append({0: Strip([Segment("words")])})
    both.spans.append((1, 0, 5))
    both.chop_ends.append([5])
    text = shown.shown.text(both, CONSOLE, "|")
    assert text.startswith("\x1b[2;1Hwords|\x1b[1;1H")
    assert text.count("▀") == COLUMNS
    assert "|" not in shown.shown.text(both, CONSOLE, "|")
