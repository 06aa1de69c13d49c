"""A shared terminal in a tile: its own characters and colours, cut to what fits.

Text can't be made smaller, so of a larger screen a part is shown: round the cursor, until somebody
looks elsewhere. Colours keep a floor of contrast: what is dark blue on a sender's white may be
unreadable on our black.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rich.color import Color
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.domain.terminal_text import TRUE_COLOUR, CellStyle, TerminalScreen, pieces

CONTRAST: Final = 3.0
"""WCAG 2.2 1.4.11 asks it of what must be made out; letters of a terminal are chosen by others."""


def _luminance(colour: ColorTriplet) -> float:
    red, green, blue = (
        one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4
        for one in (part / 255 for part in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: ColorTriplet, other: ColorTriplet) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def legible(ink: ColorTriplet, paper: ColorTriplet) -> ColorTriplet:
    """The ink, lighter or darker as far as the paper makes it necessary."""
    towards = 255 if _luminance(paper) < 0.18 else 0
    for step in range(11):
        mixed = ColorTriplet(*(round(part + (towards - part) * step / 10) for part in ink))
        if _contrast(mixed, paper) >= CONTRAST:
            return mixed
    return ColorTriplet(towards, towards, towards)


def _colour(number: int) -> Color:
    if number >= TRUE_COLOUR:
        return Color.from_rgb(number >> 16 & 255, number >> 8 & 255, number & 255)
    return Color.from_ansi(number)


@lru_cache(1024)
def rich_style(style: CellStyle, base: Style) -> Style:
    """A style of a row upon the tile's own, which says what nothing else does."""
    ink = base.color if style.foreground is None else _colour(style.foreground)
    paper = base.bgcolor if style.background is None else _colour(style.background)
    if style.reverse:
        ink, paper = paper, ink
    known = ink is not None and paper is not None and not (ink.is_default or paper.is_default)
    if ink is not None and paper is not None and known and not style.dim:
        before = ink.get_truecolor()
        after = legible(before, paper.get_truecolor(foreground=False))
        ink = ink if after == before else Color.from_triplet(after)
    return Style(
        color=ink,
        bgcolor=paper,
        bold=style.bold or None,
        dim=style.dim or None,
        italic=style.italic or None,
        underline=style.underline or None,
        strike=style.strike or None,
        reverse=(style.reverse and not known) or None,
    )


class TerminalView:
    """One terminal in a window of cells."""

    def __init__(self) -> None:
        self.screen: TerminalScreen | None = None
        self._looks_at: tuple[int, int] | None = None
        """Upper left cell; None: the cursor is followed."""

    def follow(self) -> None:
        """Show the part with the cursor in it from now on."""
        self._looks_at = None

    def move(self, across: int, down: int, width: int, height: int) -> bool:
        """Look further by half a window; whether there was anything more."""
        before = self.origin(width, height)
        x, y = before[0] + across * max(1, width // 2), before[1] + down * max(1, height // 2)
        self._looks_at = self._within(x, y, width, height)
        return self._looks_at != before

    def origin(self, width: int, height: int) -> tuple[int, int]:
        """Upper left cell of what a window of this size shows."""
        if self._looks_at is not None:
            return self._within(*self._looks_at, width, height)
        x, y = (self.screen.cursor if self.screen is not None else None) or (0, 0)
        # Whole windows from the left, so that a line that is typed does not run.
        return self._within(x - x % max(1, width // 2) - width // 2, y - height + 1, width, height)

    def _within(self, x: int, y: int, width: int, height: int) -> tuple[int, int]:
        screen = self.screen
        if screen is None:
            return 0, 0
        most = max(0, screen.columns - width), max(0, len(screen.rows) - height)
        return max(0, min(x, most[0])), max(0, min(y, most[1]))

    def strip(self, row: int, width: int, height: int, base: Style) -> Strip:
        """One row of the window."""
        blank = Strip.blank(width, base)
        if self.screen is None:
            return blank
        left, top = self.origin(width, height)
        y = top + row
        if y >= len(self.screen.rows):
            return blank
        segments = [
            Segment(text, rich_style(look, base)) for text, look in pieces(self.screen.rows[y])
        ]
        whole = Strip(segments).adjust_cell_length(max(self.screen.columns, left + width), base)
        if self.screen.cursor is not None and self.screen.cursor[1] == y:
            whole = _with_cursor(whole, self.screen.cursor[0])
        return whole.crop(left, left + width).adjust_cell_length(width, base)


def _with_cursor(strip: Strip, x: int) -> Strip:
    before, cell, after = strip.crop(0, x), strip.crop(x, x + 1), strip.crop(x + 1)
    return Strip.join([before, cell.apply_style(Style(reverse=True)), after])
