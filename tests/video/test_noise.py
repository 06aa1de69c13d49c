"""Noise is left alone, motion is drawn, and nothing that was left undrawn stays."""

from __future__ import annotations

import numpy as np
import pytest

from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.governor.ladder import LADDER, Rung, look_on
from tui.video import noise
from tui.video.delta import CALM_SETTLE_PICTURES, SETTLE_PICTURES, ShownCells
from tui.video.drawing import drawing_for
from tui.video.noise import LEAST, LEAST_REFINED, MOST
from tui.widgets.tile_strip import CellSurface

ROWS, COLUMNS = 18, 40


def scene(glyphs: GlyphSet) -> np.ndarray:
    """Gradients and a few hard edges."""
    across, down = (1, 2) if glyphs is GlyphSet.HALF else (4, 8)
    y, x = np.mgrid[0 : ROWS * down, 0 : COLUMNS * across] / [[[ROWS * down]], [[COLUMNS * across]]]
    picture = np.stack([80 + 90 * x, 70 + 80 * y, 150 - 60 * x * y], axis=-1)
    picture[(x > 0.6) & (y > 0.5)] = (40, 90, 60)
    return picture


def noisy(picture: np.ndarray, sigma: float, rng: np.random.Generator) -> np.ndarray:
    return np.clip(picture + rng.normal(0, sigma, picture.shape) + 0.5, 0, 255).astype(np.uint8)


def redrawn(shown: ShownCells, picture: np.ndarray) -> float:
    """Share of cells drawn for a picture, without the sweep that sends cells as they are."""
    shown.sweep(0)
    change = shown.change_to(picture)
    shown.wrote(change)
    return float(change.redrawn.mean())


@pytest.mark.parametrize("sigma", [1.0, 3.0, 6.0, 10.0])
@pytest.mark.parametrize("glyphs", [GlyphSet.BLOCK, GlyphSet.ALL])
def test_a_still_scene_stays_still_whatever_the_sensor(glyphs: GlyphSet, sigma: float) -> None:
    rng = np.random.default_rng(1)
    shown = ShownCells(ROWS, COLUMNS, drawing_for(Look(glyphs)))
    still = scene(glyphs)
    shares = [redrawn(shown, noisy(still, sigma, rng)) for _ in range(40)]
    assert shares[0] == 1
    assert np.mean(shares[5:]) < 0.01


def test_the_limit_follows_the_noise_and_not_the_motion() -> None:
    rng = np.random.default_rng(2)
    quiet = ShownCells(ROWS, COLUMNS, drawing_for(Look(GlyphSet.ALL)))
    loud = ShownCells(ROWS, COLUMNS, drawing_for(Look(GlyphSet.ALL)))
    moving = ShownCells(ROWS, COLUMNS, drawing_for(Look(GlyphSet.ALL)))
    still = scene(GlyphSet.ALL)
    for at in range(60):
        redrawn(quiet, noisy(still, 1, rng))
        redrawn(loud, noisy(still, 9, rng))
        redrawn(moving, noisy(np.roll(still, 3 * at, axis=1), 1, rng))
    assert quiet.limit == LEAST_REFINED < LEAST
    assert LEAST < loud.limit <= MOST
    assert moving.limit < 1.5 * LEAST
    assert ShownCells(ROWS, COLUMNS, drawing_for(Look(GlyphSet.BLOCK))).limit == LEAST


@pytest.mark.parametrize("glyphs", [GlyphSet.HALF, GlyphSet.ALL])
def test_what_moved_away_leaves_no_trail(glyphs: GlyphSet) -> None:
    """A bar crosses the picture; afterwards every cell shows the scene, as near as noise allows."""
    rng = np.random.default_rng(3)
    shown = ShownCells(ROWS, COLUMNS, drawing_for(Look(glyphs)))
    still = scene(glyphs)
    width = still.shape[1]
    for at in range(20):
        picture = still.copy()
        picture[:, at * width // 20 : at * width // 20 + width // 10] = (250, 240, 30)
        redrawn(shown, noisy(picture, 1, rng))
    for _ in range(SETTLE_PICTURES + 1):
        redrawn(shown, noisy(still, 1, rng))
    off = shown.difference(noisy(still, 1, rng))
    assert off.max() <= shown.limit


@pytest.mark.parametrize("best", [Look(GlyphSet.ALL), Look(GlyphSet.HALF, ColourDepth.INDEXED)])
@pytest.mark.parametrize("rung", [rung for rung in LADDER if not rung.still])
def test_a_trail_is_gone_within_a_second_on_every_rung(rung: Rung, best: Look) -> None:
    rng = np.random.default_rng(4)
    look = look_on(rung, best)
    drawing = drawing_for(look)
    surface = CellSurface(COLUMNS, ROWS, drawing)
    still = scene(look.glyphs)
    width = still.shape[1]

    def draws(picture: np.ndarray) -> None:
        surface.put(noisy(picture, 1, rng), doubt=0)
        change = surface.shown.change_to(surface.picture.pixels)
        surface.shown.wrote(change)

    for at in range(8):
        picture = still.copy()
        # Hardly brighter than what is behind it: on a low rung all of it may stay undrawn.
        picture[:, at * width // 8 : at * width // 8 + width // 10] += 22
        draws(picture)
    for _ in range(round(rung.fps)):
        draws(still)
    off = surface.shown.difference(surface.picture.pixels)
    least = max(surface.shown.limit / 3, surface.shown.noise.floor)
    assert np.mean(off > least) < 0.01, f"{off.max():.1f}"


def test_a_lasting_small_error_is_drawn_in_the_end() -> None:
    """Too small to draw at once, gone after the sweep went round."""
    shown = ShownCells(ROWS, COLUMNS, drawing_for(Look(GlyphSet.ALL)))
    still = scene(GlyphSet.ALL).astype(np.uint8)
    redrawn(shown, still)
    shifted = still + np.uint8(3)
    assert redrawn(shown, shifted) < 0.1
    for _ in range(CALM_SETTLE_PICTURES):
        redrawn(shown, shifted.copy())
    assert not shown.difference(shifted).any()


@pytest.mark.parametrize("depth", [ColourDepth.TRUECOLOR, ColourDepth.INDEXED])
def test_tolerance_zero_draws_every_change(depth: ColourDepth) -> None:
    shown = ShownCells(ROWS, COLUMNS, drawing_for(Look(GlyphSet.ALL, depth, 0)))
    still = scene(GlyphSet.ALL).astype(np.uint8)
    redrawn(shown, still)
    changed = still.copy()
    changed[8 * 5 + 3, 4 * 7 + 2, 1] += 1
    shown.sweep(0)
    assert np.argwhere(shown.change_to(changed).redrawn).tolist() == [[5, 7]]


@pytest.mark.parametrize("count", [1, 2, 5, 1638])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_the_calmest_figure_is_the_percentile_that_numpy_finds(count: int, kind: type) -> None:
    figures = np.random.default_rng(count).integers(0, 256, (1, count)).astype(kind)
    assert noise._calmest(figures) == pytest.approx(float(np.percentile(figures, noise._CALM)))
