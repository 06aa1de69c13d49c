"""Cells, their bytes and the delta: what is written makes the terminal show the picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.video.vt import Cell, Screen
from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.video.ansi import encode_rows
from tui.video.cells import Codes, fit_raster, glyph_numbers
from tui.video.delta import ShownCells
from tui.video.drawing import Drawing, drawing_for
from tui.video.raster import shrink_rgb
from tui.video.terminal_picture import TerminalPicture

RED, GREEN, BLUE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)
HALF = {depth: drawing_for(Look(GlyphSet.HALF, depth, 0)) for depth in ColourDepth}


def pixels(*rows: list[tuple[int, int, int]]) -> np.ndarray:
    return np.array(rows, np.uint8)


def codes_of(picture: np.ndarray, drawing: Drawing) -> Codes:
    rows, columns = len(picture) // drawing.cell[1], picture.shape[1] // drawing.cell[0]
    return drawing.codes_of(picture, slice(0, rows), slice(0, columns))


def texts(codes: Codes, written: np.ndarray, drawing: Drawing) -> list[str]:
    return [row.text for row in encode_rows(codes, written, drawing.table, drawing.look.depth)]


def cells(codes: Codes, drawing: Drawing) -> list[list[Cell]]:
    """What a terminal has that shows `codes`; a space's foreground is left out."""
    glyphs = glyph_numbers(codes)
    channels = 3 if drawing.look.depth is ColourDepth.TRUECOLOR else 1
    made = []
    for line, numbers in zip(codes.tolist(), glyphs.tolist(), strict=True):
        made.append([])
        for code, number in zip(line, numbers, strict=True):
            character = drawing.table.characters[number]
            above, below = tuple(code[:channels]), tuple(code[3 : 3 + channels])
            if drawing.look.depth is ColourDepth.MONO:
                made[-1].append((character, None, None))
            else:
                made[-1].append((character, None if character == " " else above, below))
    return made


def seen(screen: Screen) -> list[list[Cell]]:
    return [
        [(text, None if text == " " else above, below) for text, above, below in line]
        for line in screen.cells
    ]


def test_two_pixels_make_one_cell() -> None:
    codes = codes_of(pixels([RED, GREEN], [BLUE, GREEN]), HALF[ColourDepth.TRUECOLOR])
    assert codes[..., :6].tolist() == [[[255, 0, 0, 0, 0, 255], [0, 255, 0, 0, 255, 0]]]
    assert cells(codes, HALF[ColourDepth.TRUECOLOR]) == [[("▀", RED, BLUE), (" ", None, GREEN)]]


def test_golden_truecolor_row() -> None:
    drawing = HALF[ColourDepth.TRUECOLOR]
    codes = codes_of(
        pixels([RED, RED, RED, GREEN, BLUE], [BLUE, BLUE, GREEN, GREEN, GREEN]), drawing
    )
    written = np.ones((1, 5), bool)
    assert texts(codes, written, drawing) == [
        "\x1b[38;2;255;0;0;48;2;0;0;255m▀▀\x1b[48;2;0;255;0m▀ \x1b[38;2;0;0;255m▀\x1b[m"
    ]
    written[0, :2] = written[0, 3] = False
    (row,) = encode_rows(codes, written, drawing.table, drawing.look.depth)
    assert row.text == "\x1b[38;2;255;0;0;48;2;0;255;0m▀\x1b[C\x1b[38;2;0;0;255m▀\x1b[m"
    assert (row.first, row.end) == (2, 5)


def test_golden_rows_of_fewer_colours() -> None:
    written = np.ones((1, 2), bool)
    codes = np.zeros((1, 2, 8), np.uint8)
    codes[0, :, 0] = 196, 231
    codes[0, :, 3] = 16
    codes[0, :, 6] = HALF[ColourDepth.INDEXED].table.characters.index("▀")
    assert texts(codes, written, HALF[ColourDepth.INDEXED]) == [
        "\x1b[38;5;196;48;5;16m▀\x1b[38;5;231m▀\x1b[m"
    ]
    codes[0, :, 0] = 9, 15
    codes[0, :, 3] = 0
    assert texts(codes, written, HALF[ColourDepth.ANSI]) == ["\x1b[91;40m▀\x1b[97m▀\x1b[m"]
    ascii_mono = drawing_for(Look(GlyphSet.ASCII, ColourDepth.MONO))
    big = np.zeros((8, 8, 3), np.uint8)
    big[:, 4:] = 255
    (text,) = texts(codes_of(big, ascii_mono), written, ascii_mono)
    assert text[0] == " "
    assert text[1] in "@#M$&%B8W"


def test_runs_are_counted_where_that_is_understood() -> None:
    drawing = drawing_for(Look(GlyphSet.HALF, ColourDepth.TRUECOLOR, 0), repeats=True)
    codes = codes_of(pixels([RED] * 9 + [GREEN] * 3, [BLUE] * 3 + [RED] * 6 + [GREEN] * 3), drawing)
    (row,) = drawing.rows(codes, np.ones((1, 12), bool))
    assert row.text == (
        "\x1b[38;2;255;0;0;48;2;0;0;255m▀\x1b[2b"
        "\x1b[48;2;255;0;0m \x1b[5b\x1b[48;2;0;255;0m   \x1b[m"
    )
    assert row.end == 12


def test_nothing_changed_writes_nothing() -> None:
    codes = np.zeros((3, 4, 8), np.uint8)
    assert texts(codes, np.zeros((3, 4), bool), HALF[ColourDepth.TRUECOLOR]) == ["", "", ""]


def test_too_many_columns_is_an_error() -> None:
    with pytest.raises(ValueError, match="1000 columns"):
        texts(np.zeros((1, 1000, 8), np.uint8), np.ones((1, 1000), bool), HALF[ColourDepth.ANSI])


@pytest.mark.parametrize("depth", list(ColourDepth))
@pytest.mark.parametrize("glyphs", list(GlyphSet))
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(1, 5), st.integers(1, 4))
def test_deltas_make_the_terminal_show_the_last_picture(
    depth: ColourDepth, glyphs: GlyphSet, seed: int, columns: int, rows: int, colours: int
) -> None:
    """Random pictures, some cells lost on the way; the emulator ends with the last picture."""
    rng = np.random.default_rng(seed)
    drawing = drawing_for(Look(glyphs, depth, 0))
    across, down = drawing.cell
    screen = Screen(columns, rows)
    shown = ShownCells(rows, columns, drawing)
    palette = rng.integers(0, 256, (colours, 3))
    for _ in range(4):
        size = (rows * down // 2, columns * across)
        picture = palette[rng.integers(0, colours, size)].repeat(2, axis=0).astype(np.uint8)
        lost = int(rng.integers(0, rows))
        screen.feed(f"\x1b[{lost + 1};1H\x1b[m" + "~" * columns)
        shown.lost(lost, 0, columns)
        change = shown.change_to(picture)
        made = encode_rows(change.codes, change.written, drawing.table, depth)
        for row, one in enumerate(made):
            if one.text:
                screen.feed(f"\x1b[{row + 1};{one.first + 1}H{one.text}")
                assert screen.x == one.end
        shown.wrote(change)
        assert seen(screen) == cells(shown.codes, drawing)
        assert shown.known.all()
        assert not shown.difference(picture).any()


@pytest.mark.parametrize("depth", list(ColourDepth))
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(list(GlyphSet)))
def test_a_plain_terminal_shows_the_last_frame(
    depth: ColourDepth, seed: int, glyphs: GlyphSet
) -> None:
    """Frames, other looks and a cleared screen in any order, in a rectangle of the screen."""
    rng = np.random.default_rng(seed)
    columns, rows = (int(n) for n in rng.integers(1, 20, 2))
    left, top = (int(n) for n in rng.integers(0, 5, 2))
    screen = Screen(columns + left, rows + top)
    picture = TerminalPicture(
        columns, rows, drawing_for(Look(glyphs, depth, 0)), left=left, top=top
    )
    repeats = bool(seed % 2)
    picture.use(drawing_for(Look(glyphs, depth, 0), repeats=repeats))
    for _ in range(6):
        match int(rng.integers(0, 4)):
            case 0:
                look = Look(
                    list(GlyphSet)[rng.integers(0, 7)], list(ColourDepth)[rng.integers(0, 4)], 0
                )
                picture.use(drawing_for(look, repeats=repeats))
            case 1:
                screen.__init__(columns + left, rows + top)
                picture.forget()
        frame = rng.integers(0, 256, (30, 40, 3)).astype(np.uint8) // int(rng.integers(1, 200))
        raster = shrink_rgb(Image.fromarray(frame), *picture.raster_size)
        screen.feed(picture.bytes_for(raster).decode())
        part = [line[left:] for line in seen(screen)[top:]]
        assert part == cells(picture._shown.codes, picture.drawing)
        assert not screen.in_update
        assert (screen.foreground, screen.background) == (None, None)


def test_noise_is_left_alone_and_change_is_not() -> None:
    drawing = drawing_for(Look(GlyphSet.HALF, ColourDepth.TRUECOLOR, 6))
    shown = ShownCells(1, 3, drawing)
    first = np.full((2, 3, 3), 100, np.uint8)
    shown.wrote(shown.change_to(first))
    second = first.copy()
    second[:, 0] = 106
    second[:, 1] = 107
    second[:, 2] = 93
    assert shown.change_to(second).redrawn.tolist() == [[False, True, True]]


def test_noise_does_not_add_up() -> None:
    """A slow drift is compared with what is shown, not with the picture before."""
    shown = ShownCells(1, 1, drawing_for(Look(GlyphSet.HALF, ColourDepth.TRUECOLOR, 6)))
    for value in range(0, 200, 3):
        picture = np.full((2, 1, 3), value, np.uint8)
        shown.wrote(shown.change_to(picture))
        assert abs(int(shown.codes[0, 0, 0]) - value) <= 6


def test_every_cell_is_doubted_in_turn() -> None:
    shown = ShownCells(5, 2, HALF[ColourDepth.TRUECOLOR])
    shown.known[:] = True
    shown.sweep(3)
    assert shown.known.ravel().tolist() == [False] * 3 + [True] * 7
    shown.known[:] = True
    shown.sweep(3)
    shown.sweep(6)
    assert shown.known.ravel().tolist() == [False] * 2 + [True] + [False] * 7


def test_a_picture_of_another_size_is_stretched() -> None:
    rgb = bytes(RED + GREEN + BLUE + BLACK)
    out = fit_raster(rgb, 2, 2, 4, 4)
    assert out.shape == (4, 4, 3)
    assert out[0, 0].tolist() == list(RED)
    assert out[3, 3].tolist() == list(BLACK)
    with pytest.raises(ValueError, match="12 bytes of RGB for 3x2"):
        fit_raster(rgb, 3, 2, 4, 2)
