"""Cells to terminal bytes: every cell written is one row of a matrix of words, zeros taken out.

A row of the matrix has room for everything a cell may need: a cursor step over cells left out,
colours, the glyph. What a cell does not need (no gap before it, a colour that is on already) is
zero, and zeros never reach the terminal, so thousands of cells cost a dozen NumPy operations.
Every number has its separator in the same 32-bit word, so a colour channel is one table look-up.
"""

from __future__ import annotations

import itertools
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.frozen import dataclass
from tui.domain.look import ColourDepth
from tui.video.cells import Codes, glyph_numbers, whole
from tui.video.glyphs import SPACE, GlyphTable

RESET: Final = "\x1b[m"
MAX_COLUMNS: Final = 999
"""The step over unchanged cells has three digits."""

Words = NDArray[np.uint32]


def _words(texts: list[str], width: int = 4) -> Words:
    """One row of 32-bit words for each text, zeros in front."""
    data = b"".join(text.encode().rjust(width, b"\0") for text in texts)
    return np.frombuffer(data, np.uint32).reshape(len(texts), width // 4)


_STEP: Final = _words(["", "\x1b[C", *(f"\x1b[{n}C" for n in range(2, MAX_COLUMNS + 1))], 8)
_COUNTS: Final = _words(["", *(f"\x1b[{n}b" for n in range(1, MAX_COLUMNS + 1))], 8)
_OPEN: Final = _words(["", "\x1b["])[:, 0]


@dataclass(frozen=True, slots=True, eq=False)
class _Spelling:
    """How the colours of one depth are written."""

    foreground: Words
    """Words before the foreground's numbers."""
    background: Words
    channels: tuple[int, ...]
    """Bytes of a colour in a code that are spelled."""
    inner: Words
    """By value: a number that another follows."""
    last: Words
    """By value: a colour's last number, when nothing follows it in the sequence."""
    more: Words
    """By value: a colour's last number, when the background follows."""
    background_last: Words


def _numbers(numbers: list[int], end: str) -> Words:
    return _words([f"{number}{end}" for number in numbers])[:, 0]


@cache
def _spelling(depth: ColourDepth) -> _Spelling:
    values = list(range(256))
    match depth:
        case ColourDepth.TRUECOLOR:
            return _Spelling(
                _words(["38;2;"], 8)[0], _words(["48;2;"], 8)[0], (0, 1, 2),
                _numbers(values, ";"), _numbers(values, "m"), _numbers(values, ";"),
                _numbers(values, "m"),
            )  # fmt: skip
        case ColourDepth.INDEXED:
            return _Spelling(
                _words(["38;5;"], 8)[0], _words(["48;5;"], 8)[0], (0,),
                _numbers(values, ";"), _numbers(values, "m"), _numbers(values, ";"),
                _numbers(values, "m"),
            )  # fmt: skip
        case ColourDepth.ANSI:
            # SGR 30-37 and 90-97; backgrounds are ten more.
            codes = [30 + n if n < 8 else 82 + n for n in range(16)]
            none = np.zeros(0, np.uint32)
            return _Spelling(
                none, none, (0,), none, _numbers(codes, "m"), _numbers(codes, ";"),
                _numbers([code + 10 for code in codes], "m"),
            )  # fmt: skip
        case ColourDepth.MONO:
            raise ValueError("cells without colours have no colour sequences")


@dataclass(frozen=True, slots=True)
class Row:
    """What to write for one row."""

    text: str
    """Empty when nothing is to be written."""
    first: int
    """The column of the first cell written."""
    end: int
    """The column the cursor is in afterwards."""


def encode_rows(
    codes: Codes,
    written: NDArray[np.bool_],
    table: GlyphTable,
    depth: ColourDepth,
    *,
    joined: bool = False,
    repeats: bool = False,
) -> list[Row]:
    """What to write, for each row.

    Args:
        codes: `(rows, columns, CODE_BYTES)`.
        written: `(rows, columns)`: which cells to write; the cursor steps over the others.
        table: The glyphs that `codes` number.
        depth: The depth `codes` were made for.
        joined: The rows are written one after the other and nothing in between, so that colours
            go on from row to row and the caller resets them at the end; otherwise each row begins
            with the colours unknown and ends with them reset.
        repeats: The terminal understands REP (`CSI n b`, the last character again).

    Returns:
        One for each row, to be written with the cursor at column `first`.

    Raises:
        ValueError: If there are more than 999 columns.
    """
    rows, columns = written.shape
    if columns > MAX_COLUMNS:
        raise ValueError(f"{columns} columns; expected {MAX_COLUMNS} or fewer")
    ys, xs = np.nonzero(written)
    count = len(ys)
    ends = np.searchsorted(ys, np.arange(rows + 1)).tolist()
    if not count:
        return [Row("", 0, 0)] * rows
    values = np.ascontiguousarray(codes[ys, xs])
    new_row = np.ones(count, np.bool_)
    new_row[1:] = ys[1:] != ys[:-1]
    step = np.zeros(count, np.intp)
    step[1:] = xs[1:] - xs[:-1] - 1
    step[new_row] = 0
    fresh = new_row
    if joined:
        fresh = np.zeros(count, np.bool_)
        fresh[0] = True
    glyphs = glyph_numbers(values)
    if depth is ColourDepth.MONO:
        out = np.empty((count, 3), np.uint32)
    else:
        how = _spelling(depth)
        out = _colours(values, glyphs, fresh, how, table)
    out[:, 0:2] = _STEP[step]
    out[:, -1] = table.utf8.view(np.uint32)[glyphs, 0]
    if repeats:
        _repeat(out, values, new_row | (step > 0), table)
    tail = "" if joined or depth is ColourDepth.MONO else RESET
    return _cut_into_rows(out, xs, ends, tail)


def _cut_into_rows(out: Words, xs: NDArray[np.intp], ends: list[int], tail: str) -> list[Row]:
    """The text of each row: its cells are those from one of `ends` to the next."""
    made: list[Row] = []
    for start, end in itertools.pairwise(ends):
        if start == end:
            made.append(Row("", 0, 0))
            continue
        text = out[start:end].tobytes().translate(None, b"\0").decode()
        made.append(Row(text + tail, int(xs[start]), int(xs[end - 1]) + 1))
    return made


def _repeat(out: Words, values: Codes, apart: NDArray[np.bool_], table: GlyphTable) -> None:
    """Write long runs of one cell as the cell and a count.

    Args:
        out: The matrix; what a run's later cells have in it is changed.
        values: The cells' codes.
        apart: Which of them do not stand right behind the one before.
        table: Their glyphs.
    """
    numbers = whole(values)
    starts = apart.copy()
    starts[1:] |= numbers[1:] != numbers[:-1]
    first = np.flatnonzero(starts)
    more = np.diff(np.append(first, len(starts))) - 1
    lengths = np.count_nonzero(table.utf8[glyph_numbers(values[first])], axis=1)
    counts = _COUNTS.view(np.uint8).reshape(len(_COUNTS), 8)
    worth = more * lengths > np.count_nonzero(counts[more], axis=1)
    for start, count in zip(first[worth].tolist(), more[worth].tolist(), strict=True):
        out[start + 1 : start + 1 + count] = 0
        out[start + 1, 0:2] = _COUNTS[count]


def _colours(
    values: Codes,
    glyphs: NDArray[np.uint16],
    fresh: NDArray[np.bool_],
    how: _Spelling,
    table: GlyphTable,
) -> Words:
    """The matrix with its colour sequences; cells in `fresh` know of no colour that is on."""
    count = len(values)
    wide = len(how.foreground) + len(how.channels)
    out = np.empty((count, 2 + 1 + 2 * wide + 1), np.uint32)
    fore = slice(3, 3 + wide)
    back = slice(fore.stop, fore.stop + wide)
    need_back = _changes(values[:, 3:6], fresh, np.ones(count, np.bool_))
    need_fore = _changes(values[:, 0:3], fresh, glyphs != SPACE)
    out[:, 2] = _OPEN[(need_fore | need_back).view(np.uint8)]
    *inner, last = how.channels
    at = fore.start + len(how.foreground)
    out[:, fore.start : at] = how.foreground
    for channel in inner:
        out[:, at + channel] = how.inner[values[:, channel]]
    ends = np.where(need_back, how.more[values[:, last]], how.last[values[:, last]])
    out[:, at + last] = ends
    out[~need_fore, fore] = 0
    at = back.start + len(how.background)
    out[:, back.start : at] = how.background
    for channel in inner:
        out[:, at + channel] = how.inner[values[:, 3 + channel]]
    out[:, at + last] = how.background_last[values[:, 3 + last]]
    out[~need_back, back] = 0
    return out


def _changes(
    colours: Codes, fresh: NDArray[np.bool_], uses: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Where a colour must be set: cells that use it and find another one on."""
    count = len(colours)
    number = colours[:, 0].astype(np.uint32)
    number |= colours[:, 1].astype(np.uint32) << 8
    number |= colours[:, 2].astype(np.uint32) << 16
    # The cell before it that used this kind of colour, in the same stretch.
    at = np.arange(count)
    user = np.where(uses, at, -1)
    before = np.empty(count, np.intp)
    before[0] = -1
    np.maximum.accumulate(user[:-1], out=before[1:])
    start = np.maximum.accumulate(np.where(fresh, at, 0))
    known = before >= start
    need: NDArray[np.bool_] = uses & ~(known & (number == number[np.maximum(before, 0)]))
    return need
