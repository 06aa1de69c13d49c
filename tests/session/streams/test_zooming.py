"""Looking closely: letters can be read, the part stays inside, and it follows what moves."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.fakes.people import camera, screen
from tests.video.vt import Screen
from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.domain.media import PlanarFrame
from tui.domain.zoom import Zoom, ZoomStep
from tui.session.streams.zooming import Zooming
from tui.video.drawing import drawing_for
from tui.video.glyphs import glyph_table
from tui.video.terminal_picture import TerminalPicture

WORDS = "the quick brown fox jumps over the lazy dog while five boxing wizards vex 0123456789"
FONT = ImageFont.load_default_imagefont()
LETTER = (6, 12)
"""Pixels of a character and the line it stands in; the font is 6 x 11."""
COLUMNS, ROWS = 160, 48


def desktop(size: tuple[int, int] = (1920, 1080)) -> tuple[PlanarFrame, list[str]]:
    """A page of known words, dark on light, and its lines."""
    per_line = size[0] // LETTER[0]
    lines = [(WORDS * 8)[start : start + per_line] for start in range(size[1] // LETTER[1])]
    page = Image.new("L", size, 225)
    for number, line in enumerate(lines):
        ImageDraw.Draw(page).text((0, number * LETTER[1]), line, fill=25, font=FONT)
    luma = np.asarray(page, np.float32) * 219 / 255 + 16
    return grey(luma.astype(np.uint8)), lines


def grey(luma: np.ndarray, stride: int = 0) -> PlanarFrame:
    height, width = luma.shape
    padded = np.pad(luma, ((0, 0), (0, stride)))
    colour = bytes([128]) * ((width + 1) // 2 * ((height + 1) // 2))
    half = (width + 1) // 2
    return PlanarFrame(width, height, padded.tobytes(), colour, colour, width + stride, half)


def in_cells(rgb: bytes, size: tuple[int, int], glyphs: GlyphSet) -> np.ndarray:
    """What a terminal shows, in raster pixels, grey."""
    picture = TerminalPicture(
        COLUMNS, ROWS, drawing_for(Look(glyphs, ColourDepth.TRUECOLOR, 0)), synchronized=False
    )
    assert picture.raster_size == size
    terminal = Screen(COLUMNS, ROWS)
    terminal.feed(
        picture.bytes_for(np.frombuffer(rgb, np.uint8).reshape(size[1], size[0], 3)).decode()
    )
    table = glyph_table(glyphs)
    masks = dict(zip(table.characters, table.masks, strict=True))
    parts = masks[" "].size
    across, down = (4, 8) if parts == 32 else (1, 2) if parts == 2 else (4, parts // 4)
    shown = np.zeros((ROWS * down, COLUMNS * across), np.float32)
    for y, line in enumerate(terminal.cells):
        for x, (character, above, below) in enumerate(line):
            mask = masks[character].reshape(down, across)
            colours = [np.mean(one if one is not None else (0, 0, 0)) for one in (above, below)]
            shown[y * down : (y + 1) * down, x * across : (x + 1) * across] = (
                mask * colours[0] + (1 - mask) * colours[1]
            )
    return shown


def templates() -> dict[str, np.ndarray]:
    made = {}
    for character in sorted(set(WORDS)):
        image = Image.new("L", LETTER, 225)
        ImageDraw.Draw(image).text((0, 0), character, fill=25, font=FONT)
        made[character] = np.asarray(image, np.float32)
    return made


@pytest.mark.parametrize("glyphs", [GlyphSet.OCTANT, GlyphSet.HALF])
def test_a_desktop_at_full_size_can_be_read_in_cells(glyphs: GlyphSet) -> None:
    frame, lines = desktop()
    size = (COLUMNS, ROWS * 2) if glyphs is GlyphSet.HALF else (COLUMNS * 4, ROWS * 8)
    zooming, known = Zooming(), templates()
    zooming.look(Zoom(screen("bo"), ZoomStep.FULL, x=0.5, y=0.5))
    rgb = zooming.drawn(screen("bo"), frame, size)
    assert rgb is not None
    shown = in_cells(rgb, size, glyphs)
    # Back to dots: what a reader's eye takes for one pixel of the page.
    dots = size[0] // 2, size[1] // 2
    by = shown.shape[0] // dots[1], shown.shape[1] // dots[0]
    page = shown.reshape(dots[1], by[0], dots[0], by[1]).mean((1, 3))
    left, top, width, height = Zoom(screen("bo"), ZoomStep.FULL).part((1920, 1080), dots)
    assert (width, height) == dots
    read = right = 0
    for line in range(-(-top // LETTER[1]), (top + height) // LETTER[1]):
        for column in range(-(-left // LETTER[0]), (left + width) // LETTER[0]):
            x, y = column * LETTER[0] - left, line * LETTER[1] - top
            cell = page[y : y + LETTER[1], x : x + LETTER[0]]
            best = min(known, key=lambda one: float(((known[one] - cell) ** 2).sum()))
            read += 1
            right += best == lines[line][column]
    assert read > 40
    assert right / read >= 0.98


def test_a_part_stays_inside_and_moves_by_half_of_itself() -> None:
    zooming = Zooming()
    frame = grey(np.zeros((200, 400), np.uint8), stride=8)
    zooming.look(Zoom(camera("bo"), ZoomStep.FULL))
    assert zooming.drawn(camera("ana"), frame, (80, 40)) is None
    assert len(zooming.drawn(camera("bo"), frame, (80, 40)) or b"") == 80 * 40 * 3
    assert Zoom(camera("bo"), ZoomStep.FULL).part((400, 200), (40, 20)) == (180, 90, 40, 20)
    assert Zoom(camera("bo"), ZoomStep.HALF).part((400, 200), (40, 20)) == (160, 80, 80, 40)
    zooming.move(1, -1)
    assert zooming.zoom is not None
    assert zooming.zoom.part((400, 200), (40, 20)) == (200, 80, 40, 20)
    for _ in range(40):
        zooming.move(1, 1)
        assert zooming.drawn(camera("bo"), frame, (81, 41)) is not None
    assert zooming.zoom.part((400, 200), (40, 20)) == (360, 180, 40, 20)


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (4, 16383)])
def test_odd_pictures_are_drawn(size: tuple[int, int]) -> None:
    zooming = Zooming()
    zooming.look(Zoom(camera("bo"), ZoomStep.FULL, follows=True))
    frame = grey(np.zeros((size[1], size[0]), np.uint8))
    for _ in range(2):
        zooming.came(camera("bo"), frame)
        drawn = zooming.drawn(camera("bo"), frame, (64, 32))
        assert drawn is None if min(size) < 4 else len(drawn or b"") == 64 * 32 * 3


def test_it_follows_what_changes_and_keeps_the_newest_picture() -> None:
    zooming = Zooming()
    zooming.look(Zoom(screen("bo"), ZoomStep.FULL, follows=True))
    still = np.full((320, 640), 100, np.uint8)
    zooming.came(screen("bo"), grey(still))
    typed = still.copy()
    typed[256:288, 512:544] = 200
    zooming.came(screen("bo"), grey(typed))
    assert zooming.zoom is not None and zooming.newest is not None
    assert (zooming.zoom.x, zooming.zoom.y) == pytest.approx((528 / 640, 272 / 320))
    assert zooming.newest.y == typed.tobytes()
    zooming.came(screen("bo"), grey(255 - typed))  # another page: nothing to go to
    assert (zooming.zoom.x, zooming.zoom.y) == pytest.approx((528 / 640, 272 / 320))
    zooming.move(-1, 0)
    assert not zooming.zoom.follows
    zooming.look(None)
    assert zooming.newest is None
