"""Refined colours leave less of the picture's error after the viewer's blur."""

from __future__ import annotations

import numpy as np
import pytest

from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.video.cells import Codes, glyph_numbers
from tui.video.delta import ShownCells
from tui.video.drawing import Drawing, drawing_for
from tui.video.glyphs import GlyphTable, glyph_table
from tui.video.noise import reduced
from tui.video.refinement import Refinement

REFINED = [GlyphSet.SEXTANT, GlyphSet.OCTANT, GlyphSet.ALL]
ROWS, COLUMNS = 9, 16


def drawing_of(glyphs: GlyphSet) -> Drawing:
    return drawing_for(Look(glyphs, ColourDepth.TRUECOLOR, 0))


def scene(seed: int) -> np.ndarray:
    """Soft stripes, a hard edge and a sensor's noise; no colour near 0 or 255."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0 : 8 * ROWS, 0 : 4 * COLUMNS]
    made = np.zeros((8 * ROWS, 4 * COLUMNS, 3))
    across, down, phase = rng.uniform(0.05, 0.5, 3)
    made[:] = 128 + 50 * np.sin(across * x + down * y + 6 * phase)[..., None] * (1, 0.8, 0.5)
    made[(x * rng.uniform(0.5, 2) + y) > 4 * COLUMNS] *= 0.6
    return np.clip(made + rng.normal(0, 2, made.shape) + 0.5, 0, 255).astype(np.uint8)


def plain_codes(picture: np.ndarray, drawing: Drawing) -> Codes:
    """Each cell by itself."""
    return drawing.codes_of(picture, slice(0, ROWS), slice(0, COLUMNS))


def shown(codes: Codes, table: GlyphTable) -> np.ndarray:
    """The picture that codes show, in parts."""
    rows, columns = codes.shape[:2]
    masks = table.masks[glyph_numbers(codes)][..., None].astype(float)
    front, back = (codes[..., None, at : at + 3].astype(float) for at in (0, 3))
    parts = masks * front + (1 - masks) * back
    return parts.reshape(rows, columns, 8, 4, 3).transpose(0, 2, 1, 3, 4).reshape(8 * rows, -1, 3)


def blur(count: int) -> np.ndarray:
    """The viewer's: half a cell's width, two parts."""
    apart = np.arange(count)[:, None] - np.arange(count)
    weights = np.exp(-(apart**2) / (2 * 2.0**2))
    return weights / weights.sum(axis=1, keepdims=True)


def from_a_distance(off: np.ndarray) -> float:
    """Mean square of an error that the viewer sees."""
    seen = blur(len(off)) @ off.transpose(2, 0, 1) @ blur(off.shape[1]).T
    return float((seen**2).mean())


@pytest.mark.parametrize("glyphs", REFINED)
def test_half_of_the_error_seen_from_a_distance_goes(glyphs: GlyphSet) -> None:
    drawing, gains = drawing_of(glyphs), []
    for seed in range(20):
        picture = scene(seed)
        plain = shown(plain_codes(picture, drawing), drawing.table) - picture
        refined = drawing.codes_of_whole(picture)
        off = shown(refined, drawing.table) - picture
        gains.append(from_a_distance(plain) / from_a_distance(off))
        assert (off**2).mean() < 1.15 * (plain**2).mean()  # 0.6 dB close by
    assert min(gains) > 1.1
    assert np.mean(gains) > 1.9


def test_steps_lead_to_the_colours_that_leave_nothing_over() -> None:
    """A lone wrong cell among perfect ones comes nearer with each step, and never goes past."""
    table = glyph_table(GlyphSet.OCTANT)
    codes = np.zeros((3, 3, 8), np.uint8)
    codes[..., 0:3], codes[..., 3:6] = 180, 60
    codes[..., 6] = table.characters.index("▌")
    picture = reduced(shown(codes, table).round().astype(np.uint8), 2)
    codes[1, 1, 0:3], codes[1, 1, 3:6] = 140, 100
    at, refine = np.array([1]), Refinement(table)
    front, back = [140], [100]
    for _ in range(20):
        codes[1, 1] = refine(picture, codes, np.ones((3, 3), bool), at, at)[0]
        front.append(int(codes[1, 1, 0]))
        back.append(int(codes[1, 1, 3]))
    assert front == sorted(front)
    assert back == sorted(back, reverse=True)
    assert (front[1], back[1]) != (140, 100)
    assert 175 <= front[-1] <= 180
    assert 60 <= back[-1] <= 65


@pytest.mark.parametrize("glyphs", REFINED)
def test_what_glyphs_show_exactly_stays(glyphs: GlyphSet) -> None:
    drawing = drawing_of(glyphs)
    rng = np.random.default_rng(4)
    picture = rng.integers(0, 256, (2 * ROWS, 2 * COLUMNS, 3)).repeat(4, 0).repeat(2, 1)
    picture[:, 0::4] = picture[:, 1::4] = picture[:, 2::4]  # two colours a cell, above and below
    picture[:, 3::4] = picture[:, 2::4]
    picture = picture.astype(np.uint8)
    refined = drawing.codes_of_whole(picture)
    assert refined.tolist() == plain_codes(picture, drawing).tolist()


def test_a_cell_that_nobody_knows_counts_for_nothing() -> None:
    picture, drawing = scene(7), drawing_of(GlyphSet.ALL)
    codes, known = plain_codes(picture, drawing), np.ones((ROWS, COLUMNS), bool)
    known[4, 5] = False
    other = codes.copy()
    other[4, 5, :6] = 255 - other[4, 5, :6]
    assert drawing.refinement is not None
    at, half = (np.array([4, 3]), np.array([6, 4])), reduced(picture, 2)
    one = drawing.refinement(half, codes, known, *at)
    assert one.tolist() == drawing.refinement(half, other, known, *at).tolist()
    known[4, 5] = True
    assert one.tolist() != drawing.refinement(half, other, known, *at).tolist()


def test_a_cell_drawn_alone_is_set_right_among_those_on_the_screen() -> None:
    """What a part of a surface draws is what the whole one would, its neighbours being known."""
    before, drawing = scene(1), drawing_of(GlyphSet.ALL)
    after = before.copy()
    after[8 * 4 : 8 * 5, 4 * 6 : 4 * 9] = scene(2)[8 * 4 : 8 * 5, 4 * 6 : 4 * 9]
    made = []
    for rows, columns in ((slice(None), slice(None)), (slice(4, 5), slice(6, 9))):
        cells = ShownCells(ROWS, COLUMNS, drawing)
        cells.wrote(cells.change_to(before))
        change = cells.change_to(after, rows, columns)
        assert change.redrawn.sum() == 3
        cells.wrote(change)
        made.append(cells.codes[4, 6:9].tolist())
    assert made[0] == made[1]


def test_unknown_terminals_get_no_dearer_pictures() -> None:
    for glyphs in GlyphSet:
        assert (drawing_of(glyphs).refinement is not None) == (glyphs in REFINED)
    assert drawing_for(Look(GlyphSet.ALL, ColourDepth.MONO)).refinement is None
    assert drawing_for(Look(GlyphSet.ALL, block=2)).refinement is None
