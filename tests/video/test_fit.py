"""The fit finds what trying everything finds, for every glyph set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.video.make_ascii_coverage import FONT, source
from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.video.cells import glyph_numbers
from tui.video.drawing import drawing_for
from tui.video.fit import DISTANT, error_measure
from tui.video.geometry import PARTS, block_element
from tui.video.glyphs import FULL, SPACE, glyph_table
from tui.video.palette import XTERM_16, palette_of

FITTED = [glyphs for glyphs in GlyphSet if glyphs is not GlyphSet.HALF]


def random_blocks(seed: int, count: int) -> np.ndarray:
    """Noise, edges, gradients and flat cells."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 256, (count, 8, 4, 3))
    y, x = np.mgrid[0:8, 0:4]
    side = np.sign(np.cos(seed) * (x - 1.5) + np.sin(seed) * (y - 3.5))[None, ..., None]
    colours = rng.integers(40, 216, (2, count, 1, 1, 3))
    edges = np.where(side > 0, colours[0], colours[1])
    mix = rng.random((count, 1, 1, 1)) ** 3
    blocks = np.clip(edges * (1 - mix) + noise * mix, 0, 255)
    blocks[::5] = colours[0][::5]
    return blocks.astype(np.uint8).reshape(count, 8, 12)


def error_of(
    blocks: np.ndarray, masks: np.ndarray, front: np.ndarray, back: np.ndarray
) -> np.ndarray:
    """The measured error of cells drawn with a mask and two colours each, means aside."""
    shown = masks[..., None] * front[:, None] + (1 - masks[..., None]) * back[:, None]
    off = blocks.reshape(len(blocks), PARTS, 3) - shown
    off = off - off.mean(axis=1, keepdims=True)
    unseen = 0.5 * (1 - DISTANT) * (masks * (1 - masks)).sum(axis=1)
    plain = np.einsum("nic,ij,njc->n", off, error_measure(), off)
    return plain + unseen * ((front - back) ** 2).sum(axis=1)


@pytest.mark.parametrize("glyphs", FITTED)
@settings(max_examples=3, deadline=None)
@given(st.integers(0, 2**31))
def test_no_glyph_and_colours_fit_better(glyphs: GlyphSet, seed: int) -> None:
    """Brute force: every glyph, its best step found by a general solver, the mean kept."""
    blocks = random_blocks(seed, 20)
    table = glyph_table(glyphs)
    drawing = drawing_for(Look(glyphs, ColourDepth.TRUECOLOR, 0))
    at = np.arange(len(blocks))
    codes = drawing.codes(blocks, at * 0, at)
    front, back = (colours.astype(float) for colours in drawing.colours(codes))
    chosen = error_of(blocks, table.masks[glyph_numbers(codes)].astype(float), front, back)
    cells = blocks.reshape(len(blocks), PARTS, 3).astype(float)
    mean = cells.mean(axis=1)
    best = np.full(len(blocks), np.inf)
    clipped = np.zeros(len(blocks), bool)
    for mask in table.masks.astype(float):
        if np.ptp(mask) < 0.01:  # plain, or a shade: what is inside of the cell stays
            step = np.zeros((len(blocks), 3))
        else:
            centred = mask - mask.mean()
            inner = cells - mean[:, None]
            measure = error_measure()
            unseen = 0.5 * (1 - DISTANT) * (mask * (1 - mask)).sum()
            # d/ds of error_of for this mask, solved on the space of vectors without a mean
            project = np.eye(PARTS) - 1 / PARTS
            measure = project @ measure @ project
            step = np.einsum("i,ij,njc->nc", centred, measure, inner)
            step /= centred @ measure @ centred + unseen
        bottom = mean - step * mask.mean()
        error = error_of(blocks, np.tile(mask, (len(blocks), 1)), bottom + step, bottom)
        out = ((bottom < 0) | (bottom > 255) | (bottom + step < 0) | (bottom + step > 255)).any(1)
        clipped = np.where(error < best, out, clipped)
        best = np.minimum(best, error)
    # A colour beyond 0..255 is out of the closed form's reach, whoever asked for it.
    clipped |= (np.minimum(front, back) <= 0).any(1) | (np.maximum(front, back) >= 255).any(1)
    # Whole numbers for colours cost up to half a level for each of 96 values.
    assert (chosen[~clipped] <= best[~clipped] * 1.01 + 40).all()


@pytest.mark.parametrize("glyphs", list(GlyphSet))
def test_tables_have_no_glyph_twice(glyphs: GlyphSet) -> None:
    table = glyph_table(glyphs)
    assert table.characters[SPACE] == " "
    assert len(set(table.characters)) == len(table.characters) == len(table.masks)
    assert "█" not in table.characters or table.characters[FULL] == "█"
    keys = {np.rint(mask * 240).astype(int).tobytes() for mask in table.masks}
    assert len(keys) == len(table.masks)
    for number, other in enumerate(table.partner.tolist()):
        if other != number:
            assert np.abs(table.masks[number] + table.masks[other] - 1).max() < 1 / 240
            assert table.partner[other] == number
            assert not (number in table.fitted and other in table.fitted) or SPACE in (
                number,
                other,
            )
    for character, line in zip(table.characters, table.utf8, strict=True):
        assert line.tobytes().lstrip(b"\0").decode() == character


def test_the_counts_of_glyphs() -> None:
    """Unicode's own counts, blank and full and what is already a block element taken off."""
    counts = {glyphs: len(glyph_table(glyphs).characters) for glyphs in GlyphSet}
    assert counts[GlyphSet.HALF] == 4
    assert counts[GlyphSet.BLOCK] == 33  # all 32 of U+2580-259F, and the space
    assert counts[GlyphSet.SEXTANT] == 33 + 60
    assert counts[GlyphSet.OCTANT] == 33 + 230 + 8
    assert counts[GlyphSet.BRAILLE] == 256
    assert counts[GlyphSet.ASCII] == 95


def test_shapes_are_exact() -> None:
    assert block_element("▂").reshape(8, 4)[5:].tolist() == [[0] * 4, [1] * 4, [1] * 4]
    assert block_element("▏").reshape(8, 4)[0].tolist() == [0.5, 0, 0, 0]
    assert block_element("▟").reshape(8, 4)[0].tolist() == [0, 0, 1, 1]
    table = glyph_table(GlyphSet.ALL)
    shape = dict(zip(table.characters, table.masks, strict=True))
    assert shape["🬀"].mean() == pytest.approx(1 / 6)  # one part of 2x3
    assert shape["🬼"].mean() == pytest.approx(1 / 12)  # a triangle, half wide and a third high
    assert shape["🭀"].mean() == pytest.approx(1 / 4)
    assert shape["━"].mean() == pytest.approx(1 / 8)


def test_golden_cells() -> None:
    """One known edge in each set; colours are the two it was made of."""
    y, x = np.mgrid[0:8, 0:4]
    red, blue = np.array([200, 40, 40]), np.array([30, 60, 180])
    quarter = np.where(((x < 2) & (y < 4))[..., None], red, blue).astype(np.uint8)
    for glyphs, wanted in {
        GlyphSet.BLOCK: "▘▟",
        GlyphSet.SEXTANT: "▘▟",
        GlyphSet.OCTANT: "▘▟",
        GlyphSet.ALL: "▘▟",
    }.items():
        drawing = drawing_for(Look(glyphs, ColourDepth.TRUECOLOR, 0))
        code = drawing.codes_of(quarter, slice(0, 1), slice(0, 1))
        character = drawing.table.characters[glyph_numbers(code)[0, 0]]
        assert character in wanted
        colours = [code[0, 0, 0:3].tolist(), code[0, 0, 3:6].tolist()]
        assert colours == (
            [red.tolist(), blue.tolist()] if character == "▘" else [blue.tolist(), red.tolist()]
        )
    flat = np.full((8, 4, 3), 77, np.uint8)
    for glyphs in GlyphSet:
        drawing = drawing_for(Look(glyphs, ColourDepth.TRUECOLOR, 0))
        across, down = drawing.cell
        code = drawing.codes_of(flat[:down, :across].copy(), slice(0, 1), slice(0, 1))
        assert glyph_numbers(code)[0, 0] == SPACE
        assert code[0, 0, 3:6].tolist() == [77, 77, 77]


@pytest.mark.parametrize("depth", [ColourDepth.INDEXED, ColourDepth.ANSI])
@pytest.mark.parametrize("glyphs", [GlyphSet.ALL, GlyphSet.BLOCK])
def test_few_colours_mix_to_the_right_ones(depth: ColourDepth, glyphs: GlyphSet) -> None:
    """A flat field of any colour looks like that colour from a distance, far beyond the nearest
    colour of the palette."""
    palette = palette_of(depth)
    assert palette is not None
    known = palette.rgb[palette.usable].astype(float)
    rng = np.random.default_rng(5)
    drawing = drawing_for(Look(glyphs, depth, 0))
    mixed, nearest = [], []
    for colour in rng.integers(40, 210, (30, 3)):
        field = np.tile(colour.astype(np.uint8), (8 * 8, 8 * 4, 1))
        codes = drawing.codes_of(field, slice(0, 8), slice(0, 8))
        front, back = (part.astype(float) for part in drawing.colours(codes))
        share = drawing.table.masks.mean(axis=1)[glyph_numbers(codes)][..., None]
        shown = (front * share + back * (1 - share)).mean(axis=(0, 1))
        mixed.append(np.abs(shown - colour).max())
        nearest.append(np.sqrt(((known - colour) ** 2).sum(axis=1)).min())
    assert np.mean(mixed) < np.mean(nearest) / 2
    assert np.mean(mixed) < (10 if depth is ColourDepth.INDEXED else 20)


def test_256_colours_leave_the_first_16_alone() -> None:
    blocks = random_blocks(3, 400)
    at = np.arange(len(blocks))
    codes = drawing_for(Look(GlyphSet.ALL, ColourDepth.INDEXED, 0)).codes(blocks, at, at)
    used = glyph_numbers(codes) != SPACE
    assert codes[used, 0].min() >= 16
    assert codes[:, 3].min() >= 16


def test_another_palette_of_16_is_used() -> None:
    """Theme colours come from the terminal; a picture of one of them is drawn plain in it."""
    theme = (*XTERM_16[:3], (40, 44, 52), *XTERM_16[4:])
    drawing = drawing_for(Look(GlyphSet.BLOCK, ColourDepth.ANSI, 0), theme)
    field = np.tile(np.array([40, 44, 52], np.uint8), (8, 4, 1))
    code = drawing.codes_of(field, slice(0, 1), slice(0, 1))
    assert drawing.colours(code)[1][0, 0].tolist() == [40, 44, 52]
    with pytest.raises(ValueError, match="3 colours of the palette; expected 16"):
        palette_of(ColourDepth.ANSI, XTERM_16[:3])


@pytest.mark.parametrize(
    "glyphs", [GlyphSet.ASCII, GlyphSet.BRAILLE, GlyphSet.BLOCK, GlyphSet.HALF]
)
def test_mono_is_as_bright_as_the_picture(glyphs: GlyphSet) -> None:
    drawing = drawing_for(Look(glyphs, ColourDepth.MONO, 0))
    across, down = drawing.cell
    light = []
    for value in (0, 60, 120, 180, 255):
        field = np.full((4 * down, 4 * across, 3), value, np.uint8)
        codes = drawing.codes_of(field, slice(0, 4), slice(0, 4))
        light.append(drawing.table.masks.mean(axis=1)[glyph_numbers(codes)].mean())
    assert light == sorted(light)
    assert light[0] == 0
    assert light[-1] == drawing.table.masks.mean(axis=1).max()


def test_the_ascii_table_is_what_its_maker_makes() -> None:
    try:
        made = source(FONT)
    except OSError:
        pytest.skip("DejaVu Sans Mono is not installed (Debian: fonts-dejavu-core)")
    import tui.video.ascii_coverage as module

    # The maker's text is formatted like any other module's: compare the letters.
    text = Path(module.__file__).read_text()
    kept = [line.strip() for line in text.splitlines() if line.startswith('    "')]
    assert kept == [line.strip() for line in made.splitlines() if line.startswith('    "')]
