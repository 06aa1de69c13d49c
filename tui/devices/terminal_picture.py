"""A terminal's screen as a picture, for clients that show no text of it: one glyph a cell.

Any font of the machine does: each character is put into its own cell, so that columns stand
whatever the font's widths are. Only rows that changed are drawn anew.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path
from typing import Final

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tui.devices.threaded_camera import planar
from tui.domain.media import PlanarFrame
from tui.domain.terminal_text import (
    NO_SCREEN,
    TRUE_COLOUR,
    CellStyle,
    TerminalScreen,
    pieces,
    width_of,
)

SIZE: Final = (1280, 720)
_INK: Final = (229, 229, 229)
_PAPER: Final = (12, 12, 12)
_BASE: Final = (
    (0, 0, 0), (205, 49, 49), (13, 188, 121), (229, 229, 16),
    (36, 114, 200), (188, 63, 188), (17, 168, 205), (229, 229, 229),
    (102, 102, 102), (241, 76, 76), (35, 209, 139), (245, 245, 67),
    (59, 142, 234), (214, 112, 214), (41, 184, 219), (255, 255, 255),
)  # fmt: skip
_FONTS: Final = (
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
    "/System/Library/Fonts/Menlo.ttc",
)

Colour = tuple[int, int, int]


def colour_of(number: int | None, default: Colour) -> Colour:
    """RGB of a colour of a row."""
    if number is None:
        return default
    if number >= TRUE_COLOUR:
        return number >> 16 & 255, number >> 8 & 255, number & 255
    if number < 16:
        return _BASE[number]
    if number >= 232:
        grey = (number - 232) * 10 + 8
        return grey, grey, grey
    red, green, blue = ((number - 16) // by % 6 for by in (36, 6, 1))
    return tuple(one * 40 + 55 if one else 0 for one in (red, green, blue))  # type: ignore[return-value]


@functools.cache
def _font_file() -> str:
    """A monospaced font of this machine; empty: there is none."""
    for path in _FONTS:
        if Path(path).exists():
            return path
    if (program := shutil.which("fc-match")) is None:
        return ""
    try:
        asked = subprocess.run(
            [program, "-f", "%{file}", "monospace"], capture_output=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return asked.stdout.decode(errors="replace").strip()


@functools.lru_cache(4)
def _font(pixels: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    try:
        return ImageFont.truetype(_font_file(), pixels)
    except OSError:
        return ImageFont.load_default(pixels)


class TerminalPicture:
    """Draws a screen, and again what changed of it."""

    def __init__(self) -> None:
        self._image = Image.new("RGB", SIZE, _PAPER)
        self._shown = NO_SCREEN

    def draw(self, screen: TerminalScreen, at_s: float) -> PlanarFrame:
        """The picture of a screen at this time [s]."""
        before = self._shown
        self._shown = screen
        height = max(1, len(screen.rows))
        cell = self._cell(max(1, screen.columns), height)
        draw = ImageDraw.Draw(self._image)
        same_size = (before.columns, len(before.rows)) == (screen.columns, height)
        if not same_size:
            draw.rectangle((0, 0, *SIZE), fill=_PAPER)
        cursors = {one[1] for one in (before.cursor, screen.cursor) if one is not None}
        for y, row in enumerate(screen.rows):
            if not same_size or row != before.rows[y] or y in cursors:
                self._row(draw, y, row, cell)
        if screen.cursor is not None:
            x, y = screen.cursor[0] * cell[0], screen.cursor[1] * cell[1]
            draw.rectangle((x, y, x + cell[0] - 1, y + cell[1] - 1), outline=_INK)
        frame = av.VideoFrame.from_ndarray(np.asarray(self._image), format="rgb24")
        return planar(frame, SIZE, at_s)

    @staticmethod
    def _cell(columns: int, rows: int) -> tuple[int, int]:
        """Width and height of a cell [pixels]; twice as high as wide, and at least a pixel."""
        width = max(1, min(SIZE[0] // columns, SIZE[1] // rows // 2))
        return width, max(1, min(width * 2, SIZE[1] // rows))

    def _row(self, draw: ImageDraw.ImageDraw, y: int, row: str, cell: tuple[int, int]) -> None:
        width, height = cell
        top = y * height
        draw.rectangle((0, top, SIZE[0], top + height - 1), fill=_PAPER)
        font, at = _font(max(4, int(height * 0.8))), 0
        for text, style in pieces(row):
            ink, paper = _colours(style)
            for character in text:
                cells = width_of(character)
                left = at * width
                if paper != _PAPER and cells:
                    right = left + cells * width - 1
                    draw.rectangle((left, top, right, top + height - 1), fill=paper)
                if character != " ":
                    back = left - width if not cells else left
                    draw.text((back, top), character, fill=ink, font=font)
                at += cells
            if style.underline:
                low = top + height - 2
                draw.line((0 if not at else (at - 1) * width, low, at * width - 1, low), fill=ink)


def _colours(style: CellStyle) -> tuple[Colour, Colour]:
    number = style.foreground
    if style.bold and number is not None and number < 8:
        number += 8
    ink, paper = colour_of(number, _INK), colour_of(style.background, _PAPER)
    if style.dim:
        ink = tuple((a + b) // 2 for a, b in zip(ink, paper, strict=True))  # type: ignore[assignment]
    return (paper, ink) if style.reverse else (ink, paper)
