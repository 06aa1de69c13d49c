"""Cells, their bytes and the delta: what is written makes the terminal show the picture."""

from __future__ import annotations

import numpy as np
import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.domain.look import ColourDepth
from tui.video.ansi import encode_rows
from tui.video.delta import ShownCells
from tui.video.half_block import RAMP, cells_of, fit_raster

RED, GREEN, BLUE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)


def pixels(*rows: list[tuple[int, int, int]]) -> np.ndarray:
    return np.array(rows, np.uint8)


def test_two_pixels_make_one_cell() -> None:
    codes = cells_of(pixels([RED, GREEN], [BLUE, BLACK]), ColourDepth.TRUECOLOR)
    assert codes.tolist() == [[[255, 0, 0, 0, 0, 255], [0, 255, 0, 0, 0, 0]]]


def test_golden_truecolor_row() -> None:
    codes = cells_of(
        pixels([RED, RED, RED, BLUE], [BLUE, BLUE, GREEN, GREEN]), ColourDepth.TRUECOLOR
    )
    changed = np.ones((1, 4), bool)
    assert encode_rows(codes, changed, ColourDepth.TRUECOLOR) == [
        "\x1b[38;2;255;0;0;48;2;0;0;255m▀▀\x1b[48;2;0;255;0m▀\x1b[38;2;0;0;255m▀\x1b[0m"
    ]
    changed[0, :2] = changed[0, 3] = False
    assert encode_rows(codes, changed, ColourDepth.TRUECOLOR) == [
        "\x1b[2C\x1b[38;2;255;0;0;48;2;0;255;0m▀\x1b[0m"
    ]


def test_golden_rows_of_fewer_colours() -> None:
    picture = pixels([RED, (250, 250, 250)], [BLACK, BLACK])
    changed = np.ones((1, 2), bool)
    indexed = cells_of(picture, ColourDepth.INDEXED)
    assert encode_rows(indexed, changed, ColourDepth.INDEXED) == [
        "\x1b[38;5;196;48;5;16m▀\x1b[38;5;231m▀\x1b[0m"
    ]
    ansi = cells_of(picture, ColourDepth.ANSI)
    assert encode_rows(ansi, changed, ColourDepth.ANSI) == ["\x1b[91;40m▀\x1b[97m▀\x1b[0m"]
    mono = cells_of(pixels([BLACK, (255, 255, 255)], [BLACK, (255, 255, 255)]), ColourDepth.MONO)
    assert encode_rows(mono, changed, ColourDepth.MONO) == [" @"]


def test_nothing_changed_writes_nothing() -> None:
    codes = np.zeros((3, 4, 6), np.uint8)
    assert encode_rows(codes, np.zeros((3, 4), bool), ColourDepth.TRUECOLOR) == ["", "", ""]


def test_too_many_columns_is_an_error() -> None:
    with pytest.raises(ValueError, match="1000 columns"):
        encode_rows(np.zeros((1, 1000, 6), np.uint8), np.ones((1, 1000), bool), ColourDepth.ANSI)


def test_256_colours_are_the_nearest_of_cube_and_greys() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (2, 300, 3)).astype(np.uint8)
    levels = [0, 95, 135, 175, 215, 255]
    palette = [(r, g, b) for r in levels for g in levels for b in levels]
    palette += [(8 + 10 * n,) * 3 for n in range(24)]
    known = np.array(palette)
    codes = cells_of(picture, ColourDepth.INDEXED).astype(int)
    for x in range(300):
        for half in (0, 1):
            wanted = ((known - picture[half, x]) ** 2).sum(axis=1)
            assert wanted[codes[0, x, half] - 16] == wanted.min()


@pytest.mark.parametrize("depth", list(ColourDepth))
@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 6), st.integers(1, 4))
def test_deltas_make_the_terminal_show_the_last_picture(
    depth: ColourDepth, seed: int, columns: int, rows: int, colours: int
) -> None:
    """Random pictures, some cells lost on the way; the emulator ends with the last picture."""
    rng = np.random.default_rng(seed)
    screen = pyte.Screen(columns + 1, rows)
    stream = pyte.Stream(screen)
    shown = ShownCells(rows, columns, depth, tolerance=0)
    palette = rng.integers(0, 256, (colours, 3))
    for _ in range(4):
        picture = palette[rng.integers(0, colours, (rows * 2, columns))].astype(np.uint8)
        codes = cells_of(picture, depth)
        lost = int(rng.integers(0, rows))
        stream.feed(f"\x1b[{lost + 1};1H" + "#" * columns)
        shown.lost(lost, 0, columns)
        changed = shown.changed(codes)
        for row, text in enumerate(encode_rows(codes, changed, depth)):
            stream.feed(f"\x1b[{row + 1};1H{text}")
        shown.wrote(codes, slice(None), slice(None), changed)
    if depth is ColourDepth.MONO:
        wanted = ["".join(RAMP[code] for code in line) for line in codes[..., 0].tolist()]
        assert [line[:columns] for line in screen.display] == wanted
    elif depth is ColourDepth.TRUECOLOR:
        for y in range(rows):
            for x in range(columns):
                cell = screen.buffer[y][x]
                assert (cell.data, cell.fg + cell.bg) == ("▀", codes[y, x].tobytes().hex())
    else:
        # One code, one colour: pyte names them, so compare which cells are equal.
        names: dict[int, str] = {}
        for y in range(rows):
            for x in range(columns):
                cell = screen.buffer[y][x]
                assert cell.data == "▀"
                assert names.setdefault(int(codes[y, x, 0]), cell.fg) == cell.fg


def test_noise_is_left_alone_and_change_is_not() -> None:
    shown = ShownCells(1, 3, ColourDepth.TRUECOLOR, tolerance=6)
    first = np.full((1, 3, 6), 100, np.uint8)
    shown.wrote(first, slice(None), slice(None), shown.changed(first))
    second = first.copy()
    second[0, 0, 2] = 106
    second[0, 1, 5] = 107
    second[0, 2, 0] = 93
    assert shown.changed(second).tolist() == [[False, True, True]]


def test_noise_does_not_add_up() -> None:
    """A slow drift is compared with what is shown, not with the picture before."""
    shown = ShownCells(1, 1, ColourDepth.TRUECOLOR, tolerance=6)
    for value in range(0, 200, 3):
        codes = np.full((1, 1, 6), value, np.uint8)
        shown.wrote(codes, slice(None), slice(None), shown.changed(codes))
        assert abs(int(shown.codes[0, 0, 0]) - value) <= 6


def test_every_row_is_doubted_in_turn() -> None:
    shown = ShownCells(5, 2, ColourDepth.TRUECOLOR)
    shown.known[:] = True
    shown.doubt_next_rows(2)
    assert shown.known.all(axis=1).tolist() == [False, False, True, True, True]
    shown.known[:] = True
    shown.doubt_next_rows(2)
    shown.doubt_next_rows(2)
    assert shown.known.all(axis=1).tolist() == [False, True, False, False, False]


def test_a_picture_of_another_size_is_stretched() -> None:
    rgb = bytes(RED + GREEN + BLUE + BLACK)
    out = fit_raster(rgb, 2, 2, 4, 2)
    assert out.shape == (4, 4, 3)
    assert out[0, 0].tolist() == list(RED)
    assert out[3, 3].tolist() == list(BLACK)
    with pytest.raises(ValueError, match="12 bytes of RGB for 3x2"):
        fit_raster(rgb, 3, 2, 4, 2)
