"""Coverage of glyphs that are geometry: how much of each part of a cell they fill.

A cell is a unit square with y down, cut into `PARTS_DOWN` x `PARTS_ACROSS` parts. Shapes are
polygons, clipped to each part exactly (Sutherland-Hodgman, then the shoelace formula), so an
eighth of a block over a quarter of a cell is one half and not a rounded pixel. Where a shape has a
Unicode name that describes it, the shape is read from the name; octants (Unicode 16, younger than
Python's tables) are in binary order of their bits, less the patterns encoded elsewhere.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

PARTS_ACROSS: Final = 4
PARTS_DOWN: Final = 8
PARTS: Final = PARTS_ACROSS * PARTS_DOWN

Point = tuple[float, float]
Polygon = list[Point]
Coverage = NDArray[np.float32]
"""`(PARTS,)`, row by row from the top, 0 to 1."""


def coverage_of(polygons: Iterable[Polygon]) -> Coverage:
    """Covered share of each part of the cell; the polygons must not overlap."""
    parts = np.zeros((PARTS_DOWN, PARTS_ACROSS))
    for polygon in polygons:
        for row in range(PARTS_DOWN):
            band = _between(polygon, 1, row / PARTS_DOWN, (row + 1) / PARTS_DOWN)
            for column in range(PARTS_ACROSS):
                part = _between(band, 0, column / PARTS_ACROSS, (column + 1) / PARTS_ACROSS)
                parts[row, column] += _area(part) * PARTS
    return parts.clip(0, 1).astype(np.float32).ravel()


def _between(polygon: Polygon, axis: int, low: float, high: float) -> Polygon:
    return _clip(_clip(polygon, lambda point: point[axis] - low), lambda point: high - point[axis])


def _clip(polygon: Polygon, inside: Callable[[Point], float]) -> Polygon:
    """The part where the linear function `inside` is not negative."""
    kept: Polygon = []
    for at, end in enumerate(polygon):
        start = polygon[at - 1]
        before, after = inside(start), inside(end)
        if (before < 0) != (after < 0):
            share = before / (before - after)
            kept.append(
                (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
            )
        if after >= 0:
            kept.append(end)
    return kept


def _area(polygon: Polygon) -> float:
    twice = sum(
        a[0] * b[1] - b[0] * a[1] for a, b in zip(polygon, polygon[1:] + polygon[:1], strict=True)
    )
    return abs(twice) / 2


def box(left: float, top: float, right: float, bottom: float) -> Polygon:
    """A rectangle."""
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


WHOLE: Final = box(0, 0, 1, 1)


def mosaic(bits: int, across: int, down: int) -> list[Polygon]:
    """Rectangles of a grid; bit 0 is the top left one, then row by row."""
    return [
        box(x / across, y / down, (x + 1) / across, (y + 1) / down)
        for y in range(down)
        for x in range(across)
        if bits >> (y * across + x) & 1
    ]


# ---- block elements, U+2580-259F
_QUARTERS: Final = {"UPPER LEFT": 1, "UPPER RIGHT": 2, "LOWER LEFT": 4, "LOWER RIGHT": 8}
_SHADES: Final = {"LIGHT": 0.25, "MEDIUM": 0.5, "DARK": 0.75}
_SHARES: Final = {"HALF": 4, "SEVEN": 7, "THREE": 3, "FIVE": 5, "ONE": 1}


def block_element(character: str) -> Coverage:
    """A character of the block elements, shades as their mean."""
    name = unicodedata.name(character)
    if name == "FULL BLOCK":
        return coverage_of([WHOLE])
    if name.endswith("SHADE"):
        return np.full(PARTS, _SHADES[name.split()[0]], np.float32)
    if name.startswith("QUADRANT"):
        bits = sum(bit for words, bit in _QUARTERS.items() if words in name)
        return coverage_of(mosaic(bits, 2, 2))
    side, *amount, _block = name.split()
    return coverage_of([_from_side(side, _eighths(amount))])


def _eighths(words: list[str]) -> float:
    match words:
        case ["HALF"]:
            return 1 / 2
        case [count, "QUARTER" | "QUARTERS"]:
            return _SHARES[count] / 4
        case [count, _]:
            return _SHARES[count] / 8
        case _:
            raise ValueError(f"no share in {words}")


def _from_side(side: str, share: float) -> Polygon:
    match side:
        case "UPPER":
            return box(0, 0, 1, share)
        case "LOWER":
            return box(0, 1 - share, 1, 1)
        case "LEFT":
            return box(0, 0, share, 1)
        case "RIGHT":
            return box(1 - share, 0, 1, 1)
        case _:
            raise ValueError(f"no side called {side}")


# ---- mosaics
def sextants() -> dict[str, Coverage]:
    """U+1FB00-1FB3B: the 2x3 patterns that are not block elements; digits in the name are parts."""
    made = {}
    for code in range(0x1FB00, 0x1FB3C):
        digits = unicodedata.name(chr(code)).rpartition("-")[2]
        bits = sum(1 << int(digit) - 1 for digit in digits)
        made[chr(code)] = coverage_of(mosaic(bits, 2, 3))
    return made


# 2x4 patterns that had a code before Unicode 16, or a name of their own in it.
_QUARTER_EIGHTHS: Final = (0x05, 0x0A, 0x50, 0xA0)
_OCTANTS_ELSEWHERE: Final = {
    0x1CEA8: 0x01, 0x1CEAB: 0x02, 0x1CEA3: 0x40, 0x1CEA0: 0x80,
    0x1FB82: 0x03, 0x1FB85: 0x3F, 0x1FBE6: 0x14, 0x1FBE7: 0x28,
}  # fmt: skip
_OCTANTS_AS_BLOCKS: Final = {0xC0, 0xFC}


def octants() -> dict[str, Coverage]:
    """The 2x4 patterns that are not block elements: U+1CD00-1CDE5 and eight others."""
    taken = {
        sum(pair for bit, pair in enumerate(_QUARTER_EIGHTHS) if pattern >> bit & 1)
        for pattern in range(16)
    }
    taken |= set(_OCTANTS_ELSEWHERE.values()) | _OCTANTS_AS_BLOCKS
    patterns = [bits for bits in range(256) if bits not in taken]
    codes = {0x1CD00 + at: bits for at, bits in enumerate(patterns)} | _OCTANTS_ELSEWHERE
    return {chr(code): coverage_of(mosaic(bits, 2, 4)) for code, bits in codes.items()}


def braille() -> dict[str, Coverage]:
    """U+2801-28FF as round dots in a 2x4 grid; the blank pattern is a space."""
    columns, rows = (0, 0, 0, 1, 1, 1, 0, 1), (0, 1, 2, 0, 1, 2, 3, 3)
    dots = [
        coverage_of([_dot((2 * x + 1) / 4, (2 * y + 1) / 8)])
        for x, y in zip(columns, rows, strict=True)
    ]
    return {
        chr(0x2800 + bits): np.sum(
            [dots[n] for n in range(8) if bits >> n & 1], axis=0, dtype=np.float32
        )
        for bits in range(1, 256)
    }


_DOT_RADIUS: Final = 0.15
"""Radius of a dot, in widths of a cell that is twice as high as it is wide."""


def _dot(x: float, y: float) -> Polygon:
    angles = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    return [(x + _DOT_RADIUS * np.cos(a), y + _DOT_RADIUS / 2 * np.sin(a)) for a in angles]


# ---- wedges, U+1FB3C-1FB6F
_ALONG: Final = {"LEFT": 0.0, "CENTRE": 0.5, "RIGHT": 1.0}
_DOWN: Final = {"UPPER": 0.0, "UPPER MIDDLE": 1 / 3, "LOWER MIDDLE": 2 / 3, "LOWER": 1.0}
_TRIANGLES: Final = {
    "UPPER": [(0.0, 0.0), (1.0, 0.0), (0.5, 0.5)],
    "RIGHT": [(1.0, 0.0), (1.0, 1.0), (0.5, 0.5)],
    "LOWER": [(1.0, 1.0), (0.0, 1.0), (0.5, 0.5)],
    "LEFT": [(0.0, 1.0), (0.0, 0.0), (0.5, 0.5)],
}


def _named_point(words: str) -> Point:
    down, _, along = words.rpartition(" ")
    return _ALONG[along], _DOWN[down]


def wedges() -> dict[str, Coverage]:
    """Diagonal cuts of a cell, read from names like `LOWER LEFT BLOCK DIAGONAL ... TO ...`."""
    made = {}
    for code in range(0x1FB3C, 0x1FB70):
        name = unicodedata.name(chr(code))
        if " TRIANGULAR " in name:
            sides = name.partition(" TRIANGULAR ")[0].split(" AND ")
            made[chr(code)] = coverage_of([_TRIANGLES[side] for side in sides])
            continue
        corner, _, line = name.partition(" BLOCK DIAGONAL ")
        start, end = (_named_point(words) for words in line.split(" TO "))
        made[chr(code)] = coverage_of([_beside(start, end, _named_point(corner))])
    return made


def _beside(start: Point, end: Point, corner: Point) -> Polygon:
    """The side of the line that has the corner; a line that ends in it has all of that side."""

    def side(point: Point) -> float:
        return (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (
            point[0] - start[0]
        )

    sign = 1.0 if side(corner) > 0 else -1.0
    return _clip(WHOLE, lambda point: sign * side(point))


# ---- box lines
_LINES: Final = "─━│┃┌┐└┘├┤┬┴┼╴╵╶╷╸╹╺╻"
_STROKE: Final = {"LIGHT": 1 / 8, "HEAVY": 1 / 4}
"""Widths of a stroke in widths of a cell; a cell is twice as high as it is wide."""
_ARMS: Final = {
    "UP": "u", "DOWN": "d", "LEFT": "l", "RIGHT": "r", "VERTICAL": "ud", "HORIZONTAL": "lr",
}  # fmt: skip


def lines() -> dict[str, Coverage]:
    """Straight strokes through the middle of the cell, and its two diagonals."""
    made = {}
    for character in _LINES:
        words = unicodedata.name(character).removeprefix("BOX DRAWINGS ").split()
        stroke = _STROKE[words[0]]
        arms = "".join(_ARMS[word] for word in words[1:] if word != "AND")
        made[character] = coverage_of(_strokes(arms, stroke))
    for character, (left, right) in {"╱": (1.0, 0.0), "╲": (0.0, 1.0)}.items():
        slope = _STROKE["LIGHT"] * 5**0.5 / 2  # vertical extent of a stroke along the diagonal
        band = [
            (0.0, left - slope / 2),
            (0.0, left + slope / 2),
            (1.0, right + slope / 2),
            (1.0, right - slope / 2),
        ]
        made[character] = coverage_of([band])
    return made


def _strokes(arms: str, stroke: float) -> list[Polygon]:
    across, down = stroke / 2, stroke / 4  # half a stroke, in widths and in heights
    boxes = [box(0.5 - across, 0.5 - down, 0.5 + across, 0.5 + down)]
    if "l" in arms:
        boxes.append(box(0, 0.5 - down, 0.5 - across, 0.5 + down))
    if "r" in arms:
        boxes.append(box(0.5 + across, 0.5 - down, 1, 0.5 + down))
    if "u" in arms:
        boxes.append(box(0.5 - across, 0, 0.5 + across, 0.5 - down))
    if "d" in arms:
        boxes.append(box(0.5 - across, 0.5 + down, 0.5 + across, 1))
    return boxes
