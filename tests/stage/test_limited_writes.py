"""A write of a picture stays within its limit, nothing appears in pieces, and the rest follows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.governor.ladder import LADDER, Rung, look_on
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


def moved(width: int, height: int, at: float, grain: np.random.Generator) -> Pixels:
    """A bright head on a dark wall, under a camera's noise."""
    y, x = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    wall = np.stack([90 + 60 * x, 80 + 50 * y, 110 + 40 * (1 - x)], -1)
    head = ((x - at) / 0.12) ** 2 + ((y - 0.5) / 0.3) ** 2
    picture = np.where(head[..., None] < 1, np.array([225.0, 180.0, 150.0]), wall)
    return np.clip(picture + grain.normal(0, 1.5, (height, width, 1)), 0, 255).astype(np.uint8)


def painted(surface: CellSurface) -> None:
    surface.begin_paint()
    for row in range(surface.rows):
        surface.emit(surface.picture, row, 0, surface.columns)
    surface.end_paint([(row, 0, surface.columns) for row in range(surface.rows)])


@pytest.mark.parametrize("rung", LADDER, ids=map(str, range(len(LADDER))))
@pytest.mark.parametrize("limit", [None, 900])
def test_what_moved_and_stopped_leaves_no_trail_after_a_second(
    rung: Rung, limit: int | None
) -> None:
    drawing = drawing_for(look_on(rung, Look(GlyphSet.BLOCK)))
    surface, anew = CellSurface(40, 11, drawing), CellSurface(40, 11, drawing)
    surface.limit_bytes = limit
    size, grain = surface.raster_size, np.random.default_rng(1)
    for step in range(12):
        surface.put(moved(*size, 0.2 + 0.05 * step, grain))
        painted(surface)
    for _ in range(max(1, int(min(rung.fps, 15)))):
        surface.put(moved(*size, 0.75, grain))
        for _ in range(1 if limit is None else 3):  # the rest of one that was cut short
            painted(surface)
    anew.put(moved(*size, 0.75, np.random.default_rng(2)))
    painted(anew)
    left = np.abs(surface.shown._shown.astype(int) - anew.shown._shown.astype(int))
    assert not surface.behind
    assert left.max() < 48, "the head is more than 70 brighter than the wall"
    assert left.mean() < 3


def test_a_tile_drawn_anew_does_not_go_on_with_a_picture_that_was_cut_short() -> None:
    """A new focus did so: over a slow link its mark came behind two pictures."""
    look = Look(GlyphSet.HALF, ColourDepth.TRUECOLOR, 3.0)
    surface = CellSurface(COLUMNS, ROWS, drawing_for(look))
    surface.put(noise(look, 1), doubt=0)
    write(surface)
    surface.limit_bytes = surface.whole_bytes = 2000
    surface.put(noise(look, 2), doubt=0)
    write(surface)
    assert surface.behind
    steps = len(f"\x1b[{COLUMNS}C") * ROWS
    assert write(surface) == steps
    surface.begin_paint()
    surface.end_paint([(0, 4, 7)])  # a toast came and went
    assert steps < write(surface) < 400
    assert surface.behind
    surface.put(surface.picture.pixels, doubt=0)
    assert write(surface) > 1000
