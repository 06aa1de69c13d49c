"""Makes `tui/video/ascii_coverage.py`: `python -m tests.video.make_ascii_coverage`.

Draws printable ASCII in DejaVu Sans Mono, large, one advance wide and twice that high with the
font's line centred in it, and averages the ink over each part of the cell.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tui.video.geometry import PARTS_ACROSS, PARTS_DOWN

FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf"
PART_PX = 32
TARGET = Path(__file__).resolve().parents[2] / "tui" / "video" / "ascii_coverage.py"
HEADER = '''"""Ink of printable ASCII over the parts of a cell, as a common font draws it.

Measured from DejaVu Sans Mono by `tests/video/make_ascii_coverage.py`, and kept here because the
machine this runs on may have no font: one line for each character from `!` to `~`, one letter for
each part of the cell (row by row), `A` for no ink up to `z` for full.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from tui.video.geometry import Coverage

_LEVELS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_INK: Final = (
'''
FOOTER = ''')


def ascii_coverage() -> dict[str, Coverage]:
    """Covered share of each part of the cell, for `!` to `~`."""
    level = {letter: at / (len(_LEVELS) - 1) for at, letter in enumerate(_LEVELS)}
    return {
        chr(0x21 + at): np.array([level[letter] for letter in ink], np.float32)
        for at, ink in enumerate(_INK)
    }
'''
LEVELS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def ink(path: str = FONT) -> list[str]:
    """One line of letters for each character."""
    width, height = PARTS_ACROSS * PART_PX, PARTS_DOWN * PART_PX
    size = 10.0
    for _ in range(8):
        size *= width / ImageFont.truetype(path, size).getlength("M")
    font = ImageFont.truetype(path, size)
    ascent, descent = font.getmetrics()
    lines = []
    for code in range(0x21, 0x7F):
        image = Image.new("L", (width, height))
        ImageDraw.Draw(image).text((0, (height - ascent - descent) / 2), chr(code), 255, font)
        parts = np.asarray(image, float).reshape(PARTS_DOWN, PART_PX, PARTS_ACROSS, PART_PX)
        levels = np.rint(parts.mean((1, 3)) / 255 * (len(LEVELS) - 1)).astype(int)
        lines.append("".join(LEVELS[level] for level in levels.ravel()))
    return lines


def source(path: str = FONT) -> str:
    """The module's text."""
    return HEADER + "".join(f'    "{line}",\n' for line in ink(path)) + FOOTER


if __name__ == "__main__":
    TARGET.write_text(source(*sys.argv[1:]))
