"""A row as `tmux capture-pane -e` prints it, in the subset that is shared.

tmux says what changed in the looks, we say all of them at each change. Lines it draws in the old
character set of VT100 (between SO and SI) become the characters they look like.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from tui.domain.terminal_text import (
    ATTRIBUTES,
    MAX_MARKS,
    MAX_ROW_BYTES,
    PLAIN,
    TRUE_COLOUR,
    CellStyle,
    is_shareable,
    styled,
    width_of,
)

_TOKEN: Final = re.compile(
    r"\x1b\[(?P<style>[0-9;:]*)m|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[\[()][^a-zA-Z]*[a-zA-Z0-9]"
    r"|(?P<lines>[\x0e\x0f])|(?P<text>[^\x1b\x0e\x0f]+)|\x1b"
)
_LINES: Final = str.maketrans(
    "`afgjklmnopqrstuvwxyz{|}~",
    "◆▒°±┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·",
)
"""From 0x60 on, as terminfo(5) lists `acsc`."""
_OFF: Final = {
    22: ("bold", "dim"),
    23: ("italic",),
    24: ("underline",),
    27: ("reverse",),
    29: ("strike",),
}


def row_of(captured: str, columns: int) -> str:
    """A captured row, of at most so many cells."""
    pieces = _pieces(captured, columns)
    row = _joined(pieces)
    if len(row.encode()) > MAX_ROW_BYTES:  # the looks change with each cell
        row = "".join(text for text, _ in pieces)
    while len(row.encode()) > MAX_ROW_BYTES:
        row = row[: len(row) * 3 // 4]
    return row


def _pieces(captured: str, columns: int) -> list[tuple[str, CellStyle]]:
    style, drawing, cells = PLAIN, False, 0
    pieces: list[tuple[str, CellStyle]] = []
    for found in _TOKEN.finditer(captured):
        if (change := found["style"]) is not None:
            style = _changed(style, change)
        elif found["lines"]:
            drawing = found["lines"] == "\x0e"
        elif text := found["text"]:
            kept, cells = _fitting(text.translate(_LINES) if drawing else text, cells, columns)
            if kept:
                pieces.append((kept, style))
    while pieces and pieces[-1][1] == PLAIN:
        bare = pieces[-1][0].rstrip(" ")
        pieces[-1:] = [(bare, PLAIN)] if bare else []
        if bare:
            break
    return pieces


def _joined(pieces: list[tuple[str, CellStyle]]) -> str:
    row, before = "", PLAIN
    for text, style in pieces:
        row, before = row + styled(text, style, before), style
    return row


def _fitting(text: str, cells: int, columns: int) -> tuple[str, int]:
    """What of a text may be shared and fits, and how many cells there are with it."""
    if text.isascii() and text.isprintable():
        text = text[: columns - cells]
        return text, cells + len(text)
    kept: list[str] = []
    marks = 0
    for character in text:
        width = width_of(character)
        marks = 0 if width else marks + 1
        if not is_shareable(character):
            continue
        if cells + width > columns:
            break
        if width or (marks <= MAX_MARKS and (kept or cells)):
            kept.append(character)
            cells += width
    return "".join(kept), cells


def _changed(style: CellStyle, words: str) -> CellStyle:
    """The looks after one more `ESC[…m`; what is not in the subset changes nothing."""
    if ":" in words:  # an underline's kind, a colour in ISO 8613-6's form
        words = re.sub(r"4:[1-9]", "4", words).replace("4:0", "24").replace("::", ":")
        words = words.replace(":", ";")
    numbers = [int(word) if word else 0 for word in words.split(";")]
    at = 0
    while at < len(numbers):
        number, rest = numbers[at], numbers[at + 1 :]
        at += 1
        if number == 0:
            style = PLAIN
        elif number in ATTRIBUTES:
            style = replace(style, **{ATTRIBUTES[number]: True})
        elif number in _OFF:
            style = replace(style, **dict.fromkeys(_OFF[number], False))
        elif number in (38, 48) and rest[:1] == [5]:
            style, at = _coloured(style, number, rest[1] & 255 if rest[1:] else None), at + 2
        elif number in (38, 48) and rest[:1] == [2]:
            red, green, blue = (one & 255 for one in (*rest[1:4], 0, 0, 0)[:3])
            colour = TRUE_COLOUR | red << 16 | green << 8 | blue
            style, at = _coloured(style, number, colour), at + 4
        elif number in (39, 49):
            style = _coloured(style, number, None)
        elif 30 <= number < 38 or 40 <= number < 48:
            style = _coloured(style, number, number % 10)
        elif 90 <= number < 98 or 100 <= number < 108:
            style = _coloured(style, number - 60, number % 10 + 8)
    return style


def _coloured(style: CellStyle, number: int, colour: int | None) -> CellStyle:
    if 30 <= number < 40:
        return replace(style, foreground=colour)
    return replace(style, background=colour)
