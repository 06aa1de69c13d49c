"""A write of a picture stays within its limit, nothing appears in pieces, and the rest follows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.video.cells import Pixels
from tui.video.coarse import WIDTHS, block_width, coarse
from tui.video.drawing import drawing_for
from tui.widgets.tile_strip import CellSurface

COLUMNS, ROWS = 40, 9
looks = st.sampled_from(
    [
        Look(GlyphSet.HALF, ColourDepth.TRUECOLOR, 3.0),
        Look(GlyphSet.BLOCK, ColourDepth.TRUECOLOR, 3.0),
        Look(GlyphSet.HALF, ColourDepth.INDEXED, 3.0),
    ]
)


def noise(look: Look, seed: int) -> Pixels:
    across, down = (1, 2) if look.glyphs is GlyphSet.HALF else (4, 8)
    picture = np.random.default_rng(seed).integers(0, 256, (ROWS, COLUMNS, 3), np.uint8)
    return picture.repeat(down, axis=0).repeat(across, axis=1)


def write(surface: CellSurface) -> int:
    """One write of the app, of all of the surface; its bytes."""
    surface.begin_paint()
    assert surface.picture is not None
    before = surface.written
    for row in range(ROWS):
        surface.strip(row, 0, COLUMNS).render(None)  # type: ignore[arg-type]
    surface.end_paint((row, 0, COLUMNS) for row in range(ROWS))
    return surface.written - before


@settings(max_examples=30, deadline=None)
@given(looks, st.integers(1500, 12_000), st.integers(0, 1000))
def test_a_new_surface_is_whole_at_once_and_cheap(look: Look, limit: int, seed: int) -> None:
    surface = CellSurface(COLUMNS, ROWS, drawing_for(look))
    surface.limit_bytes = surface.whole_bytes = limit
    surface.put(noise(look, seed), doubt=0)
    assert write(surface) <= limit * 1.5  # 256 colours are dithered: blocks cost a little more
    assert surface.shown.known.all()


@settings(max_examples=20, deadline=None)
@given(looks, st.integers(800, 6000), st.integers(0, 1000))
def test_the_rest_follows_the_largest_change_first(look: Look, limit: int, seed: int) -> None:
    surface = CellSurface(COLUMNS, ROWS, drawing_for(look))
    picture = noise(look, seed)
    surface.put(noise(look, seed + 1), doubt=0)
    write(surface)
    surface.limit_bytes = surface.whole_bytes = limit
    left = []
    for _ in range(60):
        surface.put(picture, doubt=0)
        assert write(surface) <= limit * 1.3 + 200
        left.append(float(surface.shown.difference(picture).max()))
        if not surface.behind:
            break
    assert not surface.behind
    assert left == sorted(left, reverse=True)
    assert write(surface) < 500  # steps over what is right already


def test_without_limits_nothing_is_left_out() -> None:
    look = Look(GlyphSet.HALF, ColourDepth.TRUECOLOR, 3.0)
    surface = CellSurface(COLUMNS, ROWS, drawing_for(look))
    surface.put(noise(look, 1), doubt=0)
    assert write(surface) > 5000
    assert not surface.behind
    assert not surface.shown.difference(surface.picture.pixels).any()


def test_another_tolerance_keeps_what_is_known_and_other_colours_do_not() -> None:
    look = Look(GlyphSet.HALF, ColourDepth.TRUECOLOR, 3.0)
    surface = CellSurface(COLUMNS, ROWS, drawing_for(look))
    surface.put(noise(look, 1), doubt=0)
    write(surface)
    surface.use(drawing_for(Look(GlyphSet.HALF, ColourDepth.TRUECOLOR, 12.0)))
    assert surface.shown.known.all()
    surface.use(drawing_for(Look(GlyphSet.HALF, ColourDepth.INDEXED, 12.0)))
    assert not surface.shown.known.any()


@given(st.integers(1, 4000), st.integers(0, 100_000), st.sampled_from(ColourDepth))
def test_blocks_are_no_wider_than_they_must_be(cells: int, limit: int, depth: ColourDepth) -> None:
    width = block_width(cells, limit, depth)
    assert width in WIDTHS[1:]
    assert block_width(cells, limit + 1000, depth) <= width


@pytest.mark.parametrize("cell", [(1, 2), (4, 8)])
def test_blocks_change_only_the_cells_asked_for_and_keep_the_mean(cell: tuple[int, int]) -> None:
    across, down = cell
    picture = np.random.default_rng(3).integers(
        0, 256, (ROWS * down, COLUMNS * across, 3), np.uint8
    )
    cells = np.zeros((ROWS, COLUMNS), np.bool_)
    cells[2:5, 10:30] = True
    made = coarse(picture, cells, cell, 8)
    outside = ~cells.repeat(down, axis=0).repeat(across, axis=1)
    assert (made[outside] == picture[outside]).all()
    whole = coarse(picture, np.ones_like(cells), cell, 8)
    assert abs(float(whole.mean()) - float(picture.mean())) < 2
