"""Cells to terminal bytes: every changed cell is one row of a byte matrix, zeros taken out.

A row of the matrix is a template with room for everything a cell may need: a cursor step over
cells left out, colours, the glyph. What a cell does not need (no gap before it, the same colour
as the cell before) is set to zero, and zeros never reach the terminal, so thousands of cells cost
a dozen NumPy operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.look import ColourDepth
from tui.video.half_block import HALF_BLOCK, RAMP, Codes

RESET: Final = "\x1b[0m"
MAX_COLUMNS: Final = 999
"""The step over unchanged cells has three digits."""
_STEP: Final = 6
"""Bytes of `ESC [ N N N C`."""


def _table(texts: list[str], width: int) -> NDArray[np.uint8]:
    """One row of ASCII bytes for each text, zeros in front."""
    return np.array([list(text.encode().rjust(width, b"\0")) for text in texts], np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class _Spelling:
    """How the cells of one colour depth are written."""

    template: NDArray[np.uint8]
    upper: tuple[tuple[int, int], ...]
    """(place in the template, channel) of the three-digit numbers of the upper colour."""
    lower: tuple[tuple[int, int], ...]
    upper_digits: NDArray[np.uint8]
    lower_digits: NDArray[np.uint8]
    upper_span: slice
    lower_span: slice


_DIGITS: Final = _table([str(value) for value in range(256)], 3)
_STEP_DIGITS: Final = _table([str(value) for value in range(MAX_COLUMNS + 1)], 3)
_RAMP_BYTES: Final = np.frombuffer(RAMP.encode(), np.uint8)


@cache
def _spelling(depth: ColourDepth) -> _Spelling:
    upper_digits, lower_digits = _DIGITS, _DIGITS
    numbers: tuple[int, ...]
    match depth:
        case ColourDepth.TRUECOLOR:
            upper, lower, numbers = "38;2;000;000;000", "48;2;000;000;000", (5, 9, 13)
        case ColourDepth.INDEXED:
            upper, lower, numbers = "38;5;000", "48;5;000", (5,)
        case ColourDepth.ANSI:
            upper, lower, numbers = "000", "000", (0,)
            # SGR 30-37 and 90-97; backgrounds are ten more.
            codes = [30 + n if n < 8 else 82 + n for n in range(16)]
            upper_digits = _table([str(code) for code in codes], 3)
            lower_digits = _table([str(code + 10) for code in codes], 3)
        case ColourDepth.MONO:
            raise ValueError("cells without colours have no colour sequences")
    text = f"\x1b[000C\x1b[{upper};{lower}m{HALF_BLOCK}"
    upper_at = _STEP + 2
    lower_at = upper_at + len(upper) + 1
    return _Spelling(
        np.frombuffer(text.encode(), np.uint8),
        tuple((upper_at + at, channel) for channel, at in enumerate(numbers)),
        tuple((lower_at + at, channel + len(numbers)) for channel, at in enumerate(numbers)),
        upper_digits,
        lower_digits,
        slice(upper_at, upper_at + len(upper)),
        slice(lower_at, lower_at + len(lower)),
    )


def encode_rows(codes: Codes, changed: NDArray[np.bool_], depth: ColourDepth) -> list[str]:
    """What to write, for each row, with the cursor at the row's first cell.

    Args:
        codes: `(rows, columns, channels)` as `half_block.cells_of` makes them.
        changed: `(rows, columns)`: which cells to write; the cursor steps over the others.
        depth: The depth `codes` were made for.

    Returns:
        One string per row; empty when nothing changed in it. Otherwise it ends with attributes
        reset and the cursor just after the last cell written.

    Raises:
        ValueError: If there are more than 999 columns.
    """
    rows, columns = changed.shape
    if columns > MAX_COLUMNS:
        raise ValueError(f"{columns} columns; expected {MAX_COLUMNS} or fewer")
    ys, xs = np.nonzero(changed)
    count = len(ys)
    if not count:
        return [""] * rows
    values = codes[ys, xs]
    first = np.ones(count, np.bool_)
    first[1:] = ys[1:] != ys[:-1]
    step = xs.copy()
    step[1:] = np.where(first[1:], xs[1:], xs[1:] - xs[:-1] - 1)
    if depth is ColourDepth.MONO:
        out = np.zeros((count, _STEP + 1), np.uint8)
        out[:, :_STEP] = np.frombuffer(b"\x1b[000C", np.uint8)
        out[:, _STEP] = _RAMP_BYTES[values[:, 0]]
    else:
        out = _spell(values, first, _spelling(depth))
    out[:, 2:5] = _STEP_DIGITS[step]
    out[step == 0, :_STEP] = 0
    kept = out != 0
    text = out[kept].tobytes().decode()
    per_cell = np.count_nonzero(kept, axis=1)
    if depth is not ColourDepth.MONO:
        per_cell -= len(HALF_BLOCK.encode()) - 1  # three bytes, one character
    ends = np.cumsum(np.bincount(ys, weights=per_cell, minlength=rows)).astype(int).tolist()
    tail = "" if depth is ColourDepth.MONO else RESET
    written: list[str] = []
    start = 0
    for end in ends:
        written.append(text[start:end] + tail if end > start else "")
        start = end
    return written


def _spell(values: Codes, first: NDArray[np.bool_], how: _Spelling) -> NDArray[np.uint8]:
    """Matrix of colour sequences and glyphs; `first` marks the first cell of each row."""
    count = len(values)
    out = np.empty((count, len(how.template)), np.uint8)
    out[:] = how.template
    for at, channel in how.upper:
        out[:, at : at + 3] = how.upper_digits[values[:, channel]]
    for at, channel in how.lower:
        out[:, at : at + 3] = how.lower_digits[values[:, channel]]
    half = values.shape[1] // 2
    same = np.zeros(values.shape, np.bool_)
    same[1:] = values[1:] == values[:-1]
    same[first] = False
    same_upper, same_lower = same[:, :half].all(axis=1), same[:, half:].all(axis=1)
    out[same_upper, how.upper_span] = 0
    out[same_lower, how.lower_span] = 0
    either = same_upper | same_lower
    out[either, how.upper_span.stop] = 0  # the semicolon between two colours
    both = same_upper & same_lower
    out[both, _STEP : _STEP + 2] = 0
    out[both, how.lower_span.stop] = 0
    return out
