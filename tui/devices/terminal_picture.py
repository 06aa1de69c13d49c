"""A terminal's screen as a picture, for clients that show no text of it: one glyph a cell.

Any font of the machine does: each character is put into its own cell, so that columns stand
whatever the font's widths are. Only rows that changed are drawn anew.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tui.devices.threaded_camera import planar
from tui.domain.media import PlanarFrame
from tui.domain.terminal_text import (
    NO_SCREEN,
    PLAIN,
    TRUE_COLOUR,
    CellStyle,
    TerminalScreen,
    pieces,
    width_of,
)

SIZE: Final = (1280, 720)
_LEAST: Final = (6, 12)
"""Of a cell [pixels]: smaller letters can't be read."""
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
        before, screen = self._shown, _legible_part(screen)
        self._shown = screen
        height = max(1, len(screen.rows))
        cell = _cell(max(1, screen.columns), height)
        same_size = (before.columns, len(before.rows)) == (screen.columns, height)
        if not same_size:
            self._image.paste(_PAPER, (0, 0, *SIZE))
        cursors = {one[1] for one in (before.cursor, screen.cursor) if one is not None}
        for y, row in enumerate(screen.rows):
            if not same_size or row != before.rows[y] or y in cursors:
                self._row(y, row, cell, screen.columns)
        if screen.cursor is not None:
            x, y = screen.cursor[0] * cell[0], screen.cursor[1] * cell[1]
            box = (x, y, x + cell[0] - 1, y + cell[1] - 1)
            ImageDraw.Draw(self._image).rectangle(box, outline=_INK)
        frame = av.VideoFrame.from_ndarray(np.asarray(self._image), format="rgb24")
        return planar(frame, SIZE, at_s)

    def _row(self, y: int, row: str, cell: tuple[int, int], columns: int) -> None:
        width, height = cell
        self._image.paste(_PAPER, (0, y * height, SIZE[0], (y + 1) * height))
        at = 0
        for text, style in pieces(row):
            for cluster, cells in _clusters(text):
                if at + cells > columns:
                    return
                if cluster != " " or style != PLAIN:
                    glyph = _glyph(cluster, (cells * width, height), style)
                    self._image.paste(glyph, (at * width, y * height))
                at += cells


def _legible_part(screen: TerminalScreen) -> TerminalScreen:
    """What of it can be drawn in letters that can be read: the left part, the cursor's rows."""
    columns, rows = SIZE[0] // _LEAST[0], SIZE[1] // _LEAST[1]
    if screen.columns <= columns and len(screen.rows) <= rows:
        return screen
    x, y = screen.cursor or (0, 0)
    top = max(0, y - rows + 1)
    cursor = (x, y - top) if screen.cursor is not None and x < columns else None
    part = screen.rows[top : top + rows]
    return TerminalScreen(min(screen.columns, columns), part, cursor)


def _cell(columns: int, rows: int) -> tuple[int, int]:
    """Width and height of a cell [pixels]; about twice as high as wide."""
    width = min(SIZE[0] // columns, SIZE[1] // rows // 2)
    return width, min(width * 2, SIZE[1] // rows)


def _clusters(text: str) -> Iterator[tuple[str, int]]:
    """Characters with the marks upon them, and the cells they take."""
    cluster, cells = "", 0
    for character in text:
        width = width_of(character)
        if width and cluster:
            yield cluster, cells
            cluster, cells = "", 0
        cluster, cells = cluster + character, cells or width
    if cells:
        yield cluster, cells


@functools.lru_cache(4096)
def _glyph(cluster: str, size: tuple[int, int], style: CellStyle) -> Image.Image:
    (width, height), (ink, paper) = size, _colours(style)
    image = Image.new("RGB", size, paper)
    draw = ImageDraw.Draw(image)
    draw.text((0, 0), cluster, fill=ink, font=_font(int(height * 0.8)))
    for drawn, low in ((style.underline, height - 2), (style.strike, height // 2)):
        if drawn:
            draw.line((0, low, width - 1, low), fill=ink)
    return image


def _colours(style: CellStyle) -> tuple[Colour, Colour]:
    number = style.foreground
    if style.bold and number is not None and number < 8:
        number += 8
    ink, paper = colour_of(number, _INK), colour_of(style.background, _PAPER)
    if style.dim:
        ink = tuple((a + b) // 2 for a, b in zip(ink, paper, strict=True))  # type: ignore[assignment]
    return (paper, ink) if style.reverse else (ink, paper)
