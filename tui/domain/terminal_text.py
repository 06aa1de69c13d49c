"""A terminal's screen as text: rows of characters with a strict subset of styles, and nothing else.

A row is its characters, and before each change of looks one `ESC[0;…m` that gives all of them anew,
so that any part of a row can be read without what came before it. Nothing else of a terminal's
language is in it: what comes of others is text with colours, and needs no emulator (ECMA-48 8.3.117
numbers the styles). Rows that hold anything else are refused, not mended.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from tui.domain.frozen import dataclass

MAX_COLUMNS: Final = 500
MAX_ROWS: Final = 200
"""Of a larger screen the upper left part is shared."""
MAX_PAST_ROWS: Final = 500
"""Kept of what has scrolled away at the top, and so the most that can be read back."""
MAX_ROW_BYTES: Final = 12_000
MAX_MARKS: Final = 8
"""Combining characters of one cell; a family of four with skins has seven."""
TRUE_COLOUR: Final = 1 << 24
"""Added to an RGB value; smaller ones are of the palette of 256."""
_JOINERS: Final = "\u200c\u200d"
_STYLE: Final = re.compile(r"\x1b\[([0-9;]{1,60})m")
_REFUSED: Final = frozenset(("Cc", "Cs", "Cf", "Zl", "Zp"))


class NotOfTheSubset(ValueError):
    """A row that holds more than text and styles, or too much of them."""


@dataclass(frozen=True, slots=True)
class CellStyle:
    """How some characters look."""

    foreground: int | None = None
    """Of the palette of 256, or RGB plus `TRUE_COLOUR`; None: the reader's own."""
    background: int | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False


PLAIN: Final = CellStyle()
ATTRIBUTES: Final = {
    1: "bold",
    2: "dim",
    3: "italic",
    4: "underline",
    7: "reverse",
    9: "strike",
}
"""By their number in a style."""


@dataclass(frozen=True, slots=True)
class TerminalScreen:
    """What a terminal shows at one moment."""

    columns: int
    rows: tuple[str, ...]
    """As the module says."""
    cursor: tuple[int, int] | None = None
    """Column and row from 0; None: it is not shown."""

    @property
    def plain_rows(self) -> tuple[str, ...]:
        """The rows without their looks and without spaces at the end."""
        return tuple(plain_row(row) for row in self.rows)


@dataclass(frozen=True, slots=True)
class ShownTerminal:
    """A shared terminal as it is to be seen."""

    serial: int
    """Another one with each change; 0: there is no such terminal."""
    screen: TerminalScreen
    past: tuple[str, ...] = ()
    """Rows that scrolled away before, without looks; as many as were asked for, and are kept."""


NO_SCREEN: Final = TerminalScreen(0, ())


def plain_row(row: str) -> str:
    """A row without its looks and without spaces at the end."""
    return _STYLE.sub("", row).rstrip()


def width_of(character: str) -> int:
    """Cells that a character takes: 0 for a mark upon the one before it, else 1 or 2."""
    if character < "\u0300":
        return 1
    if character in _JOINERS or unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def is_shareable(character: str) -> bool:
    """Whether a row may hold it: no control, no direction, no line of its own."""
    if " " <= character <= "~":
        return True
    return character in _JOINERS or unicodedata.category(character) not in _REFUSED


def checked_row(row: str, columns: int) -> str:
    """The row itself.

    Raises:
        NotOfTheSubset: It is none.
    """
    if len(row.encode("utf-8", "replace")) > MAX_ROW_BYTES:
        raise NotOfTheSubset(f"a row of more than {MAX_ROW_BYTES} bytes")
    cells = 0
    for text, _ in pieces(row):
        if text.isascii() and text.isprintable():
            cells += len(text)
            if cells > columns:
                raise NotOfTheSubset(f"more than {columns} cells")
            continue
        marks = 0
        for character in text:
            if not is_shareable(character):
                raise NotOfTheSubset(f"U+{ord(character):04X} in a row")
            marks = 0 if width_of(character) else marks + 1
            cells += not marks
            if marks > MAX_MARKS or cells > columns:
                raise NotOfTheSubset(f"more than {columns} cells, or {MAX_MARKS} marks on one")
    return row


def pieces(row: str) -> Iterator[tuple[str, CellStyle]]:
    """The parts of a row that look the same.

    Raises:
        NotOfTheSubset: A style that is none.
    """
    style, at = PLAIN, 0
    for found in _STYLE.finditer(row):
        if found.start() > at:
            yield row[at : found.start()], style
        style, at = _style(found[1]), found.end()
    if len(row) > at:
        yield row[at:], style


def styled(text: str, style: CellStyle, before: CellStyle) -> str:
    """Text in a style, as it goes on in a row that had another style before it."""
    if style == before:
        return text
    numbers = ["0", *(str(n) for n, name in ATTRIBUTES.items() if getattr(style, name))]
    for colour, base in ((style.foreground, 30), (style.background, 40)):
        if colour is None:
            continue
        if colour >= TRUE_COLOUR:
            rgb = (colour >> 16 & 255, colour >> 8 & 255, colour & 255)
            numbers.append(f"{base + 8};2;{rgb[0]};{rgb[1]};{rgb[2]}")
        elif colour < 16:
            numbers.append(str(base + colour if colour < 8 else base + 52 + colour))
        else:
            numbers.append(f"{base + 8};5;{colour}")
    return f"\x1b[{';'.join(numbers)}m{text}"


@lru_cache(512)
def _style(words: str) -> CellStyle:
    numbers = [int(word) if word and len(word) < 4 else -1 for word in words.split(";")]
    if numbers[0] != 0:
        raise NotOfTheSubset(f"a style that goes on from another one: {words[:20]}")
    chosen: dict[str, bool] = {}
    colours: dict[str, int] = {}
    at = 1
    while at < len(numbers):
        number = numbers[at]
        if number in ATTRIBUTES:
            chosen[ATTRIBUTES[number]] = True
            at += 1
            continue
        ground, base = ("background", 40) if number in _BACKGROUNDS else ("foreground", 30)
        colour, taken = _colour(numbers[at:], base)
        colours[ground] = colour
        at += taken
    return CellStyle(colours.get("foreground"), colours.get("background"), **chosen)


_BACKGROUNDS: Final = (*range(40, 49), *range(100, 108))


def _colour(numbers: Sequence[int], base: int) -> tuple[int, int]:
    """A colour at the beginning of these, and how many numbers it took."""
    first = numbers[0] - base
    if 0 <= first < 8:
        return first, 1
    if 60 <= first < 68:
        return first - 52, 1
    match numbers[1:]:
        case [5, index, *_] if first == 8 and 0 <= index < 256:
            return index, 3
        case [2, red, green, blue, *_] if first == 8 and all(
            0 <= one < 256 for one in (red, green, blue)
        ):
            return TRUE_COLOUR | red << 16 | green << 8 | blue, 5
        case _:
            raise NotOfTheSubset(f"no style: {numbers[0]}")
