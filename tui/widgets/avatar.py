"""What a tile shows in place of a picture: initials on a colour of their own, and why.

The colour tells people apart at a glance and stays the same for a uid, in every call and on every
machine; nothing depends on it. White on it has a contrast of 7:1 or more, as the high-contrast
themes promise.
"""

from __future__ import annotations

import colorsys
import zlib
from functools import lru_cache
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style

from tui.widgets.tile_label import initials

_BADGE_COLUMNS, _BADGE_ROWS = 10, 3
_WORDS_FROM_ROWS: Final = 4
"""Tiles with fewer rows above the label have the words there only."""
_LEAST_CONTRAST: Final = 7.0


def avatar_row(
    name: str,
    uid: str,
    why: str,
    row: int,
    width: int,
    rows: int,
    ground: Style,
    *,
    badge: Style | None = None,
) -> list[Segment]:
    """One row of an avatar, exactly `width` cells.

    Args:
        name: Whose.
        uid: Gives the colour.
        why: There is no picture; a few words.
        row: From the top.
        width: Of the tile [cells].
        rows: Of the tile, without its label.
        ground: Of what is not the badge.
        badge: Of the badge; None: in the colour of the uid.
    """
    words = why if rows >= _WORDS_FROM_ROWS and cell_len(why) <= width else ""
    high = _BADGE_ROWS if rows >= _BADGE_ROWS + (2 if words else 0) else 1
    top = max(0, (rows - high - (2 if words else 0)) // 2)
    if top <= row < top + high:
        across = min(width, _BADGE_COLUMNS)
        text = initials(name) if row == top + high // 2 else ""
        middle = _centred(text, across)
        left = (width - across) // 2
        return [
            Segment(" " * left, ground),
            Segment(middle, badge or badge_style(uid)),
            Segment(" " * (width - across - left), ground),
        ]
    if words and row == min(rows - 1, top + high + 1):
        return [Segment(_centred(words, width), ground)]
    return [Segment(" " * width, ground)]


PLAIN_BADGE: Final = Style(bold=True, reverse=True)
"""In themes of the terminal's own colours."""
BADGE_OF_16: Final = Style(color="bright_white", bgcolor="blue", bold=True)
"""Where there are 16 colours: this pair can be read on every common palette of them."""


@lru_cache(maxsize=256)
def badge_style(uid: str) -> Style:
    """White, bold, on the colour of a uid."""
    red, green, blue = uid_colour(uid)
    return Style(color="#ffffff", bgcolor=f"#{red:02x}{green:02x}{blue:02x}", bold=True)


def uid_colour(uid: str) -> tuple[int, int, int]:
    """Red, green, blue: a hue by the uid, as light as white letters allow."""
    hue = (zlib.crc32(uid.encode("utf-8", "replace")) % 360) / 360
    for lightness in range(45, 9, -1):
        parts = colorsys.hls_to_rgb(hue, lightness / 100, 0.55)
        red, green, blue = (round(part * 255) for part in parts)
        shown = ((red, green, blue), _in_256(red, green, blue))
        if all(_contrast_to_white(*one) >= _LEAST_CONTRAST for one in shown):
            return red, green, blue
    return 40, 40, 40


def _in_256(red: int, green: int, blue: int) -> tuple[int, int, int]:
    """What a terminal of 256 colours shows of it."""
    nearest = Color.from_rgb(red, green, blue).downgrade(ColorSystem.EIGHT_BIT)
    return tuple(nearest.get_truecolor())  # type: ignore[return-value]


def _contrast_to_white(*rgb: int) -> float:
    """WCAG 2.2 contrast ratio of white letters."""
    linear = [
        part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb
    ]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def _centred(text: str, width: int) -> str:
    return set_cell_size(" " * max(0, (width - cell_len(text)) // 2) + text, width)
