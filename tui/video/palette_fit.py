"""Glyph and colours for each cell when colours are few: 256, 16, or the terminal's own two."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.video.cells import Codes, new_codes, set_glyphs
from tui.video.fit import Blocks, FreeColours, error_measure, spread_of
from tui.video.geometry import PARTS_ACROSS, PARTS_DOWN
from tui.video.glyphs import SPACE, GlyphTable
from tui.video.palette import Palette

_BAYER: Final = (
    np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) / 16
    - 15 / 32
)
"""Ordered dither, -1/2 to 1/2, mean 0."""

MEAN_WEIGHT: Final = 48.0
"""Weight of an error of a cell's mean; an error of a single part has weight 1. A larger one looks
right from a distance and restless close by: 96 gains 0.4 dB there and costs 0.5 dB here."""
_DITHER: Final = {256: 0.0, 16: 24.0}
"""How far dither moves the means of neighbouring cells apart, where mixtures leave a large error.
With 256 colours it would gain 0.1 dB, and no two cells of a wall would share colours."""
EDGE_NEAR: Final = 4
"""How many palette colours are tried for each colour of an edge."""
_SHARES: Final = 64
"""Steps in which the share of one of two mixed colours is looked up."""


class PaletteColours:
    """Two colours of a palette and a glyph for each cell.

    A cell has two candidates. *Edge*: the glyph that fits best with free colours, and the pair of
    palette colours near those two that errs least together: `spread * |step error|^2 + MEAN_WEIGHT
    * |mean error|^2`, so that one colour's error may make up for the other's. *Mixture*: for cells
    without much inside, any two colours near the mean and a glyph that covers the right share of
    the cell, shades first. It is what dither is elsewhere, inside of one cell and standing still.

    Args:
        table: The glyph set.
        cell: (across, down) pixels of a cell.
        palette: The colours there are.
    """

    def __init__(self, table: GlyphTable, cell: tuple[int, int], palette: Palette) -> None:
        self._cell = cell
        self._free = FreeColours(table)
        self._numbers = table.fitted
        self._partner = table.partner
        self._rgb = palette.rgb.astype(np.float32)
        self._luma = self._rgb @ np.array([0.299, 0.587, 0.114], np.float32)  # BT.601
        self._palette = palette
        self._dither = _DITHER[len(palette.rgb)]
        coverage, spread = table.masks.mean(axis=1), spread_of(table.masks)
        self._coverage = coverage.astype(np.float32)
        self._spread = spread.astype(np.float32)
        shares = np.arange(_SHARES + 1) / _SHARES
        cost = MEAN_WEIGHT * (coverage - shares[:, None]) ** 2 + spread
        self._mixing = cost.argmin(axis=1)
        """The glyph that mixes two colours, by the share of the foreground."""
        self._pair = self._best_pairs(cost.min(axis=1))

    def _best_pairs(self, cost: NDArray[np.float64]) -> NDArray[np.uint8]:
        """For each colour of the palette's table, the two colours that mix it best."""
        near, rgb = self._palette.near, self._rgb
        wanted = self._palette.middles
        best = np.full(len(wanted), np.inf, np.float32)
        pairs = np.zeros((len(wanted), 2), np.uint8)
        for first in range(near.shape[1]):
            for second in range(first + 1):
                one, other = rgb[near[:, first]], rgb[near[:, second]]
                share, off = _mixed(wanted, one, other)
                error = MEAN_WEIGHT * off + cost[(share * _SHARES).astype(np.intp)] * (
                    (one - other) ** 2
                ).sum(axis=1)
                better = error < best
                best[better] = error[better]
                pairs[better, 0], pairs[better, 1] = near[better, first], near[better, second]
        return pairs

    def __call__(self, blocks: Blocks, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Codes:
        """Codes `(cells, CODE_BYTES)`."""
        if self._cell == (1, 2):
            blocks = _parts_of_halves(blocks)
        fitted = self._free.fit(blocks)
        mean, step = fitted.mean.T, fitted.step.T
        if self._dither:
            nearest = self._rgb[self._palette.near[self._palette.place(mean), 0]]
            # A field of a colour that the palette has stays as it is.
            strength = np.sqrt(((mean - nearest) ** 2).sum(axis=1)).clip(0, self._dither)
            mean += (strength * _BAYER[rows & 3, columns & 3])[:, None]
        glyph = self._numbers[fitted.best]
        front, back, error = self._edge(mean, step, glyph)
        mixed_front, mixed_back, mixing, mixed_error = self._mixture(mean, step, glyph)
        take = mixed_error < error
        codes = new_codes(len(blocks))
        codes[:, 0] = np.where(take, mixed_front, front)
        codes[:, 3] = np.where(take, mixed_back, back)
        glyphs = np.where(take, mixing, glyph)
        glyphs[codes[:, 0] == codes[:, 3]] = SPACE
        self._lighter_in_front(codes, glyphs)
        set_glyphs(codes, glyphs)
        return codes

    def _lighter_in_front(self, codes: Codes, glyphs: NDArray[np.integer]) -> None:
        """Neighbours that share two colours then share both in the same place, and save them."""
        partner = self._partner[glyphs]
        swap = (self._luma[codes[:, 0]] < self._luma[codes[:, 3]]) & (partner != glyphs)
        swap &= glyphs != SPACE
        codes[swap, 0], codes[swap, 3] = codes[swap, 3], codes[swap, 0]
        glyphs[swap] = partner[swap]

    def _edge(
        self,
        mean: NDArray[np.float32],
        step: NDArray[np.float32],
        glyph: NDArray[np.uint16],
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.float32]]:
        coverage, spread = self._coverage[glyph], self._spread[glyph]
        background = mean - step * coverage[:, None]
        fronts = self._palette.near[self._palette.place(background + step), :EDGE_NEAR]
        backs = self._palette.near[self._palette.place(background), :EDGE_NEAR]
        best = np.full(len(mean), np.inf, np.float32)
        front, back = fronts[:, 0].copy(), backs[:, 0].copy()
        error = np.empty_like(best)
        # sum over channels of (spread (f - b - step)^2 + weight (b + coverage (f - b) - mean)^2)
        for first in range(fronts.shape[1]):
            one = self._rgb[fronts[:, first]]
            one_step, one_mean = one - step, one * coverage[:, None] - mean
            for second in range(backs.shape[1]):
                other = self._rgb[backs[:, second]]
                off = one_step - other
                error = spread * np.einsum("ij,ij->i", off, off)
                off = one_mean + other * (1 - coverage)[:, None]
                error += MEAN_WEIGHT * np.einsum("ij,ij->i", off, off)
                better = error < best
                best[better] = error[better]
                front[better], back[better] = fronts[better, first], backs[better, second]
        return front, back, best

    def _mixture(
        self,
        mean: NDArray[np.float32],
        step: NDArray[np.float32],
        glyph: NDArray[np.uint16],
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.intp], NDArray[np.float32]]:
        pairs = self._pair[self._palette.place(mean)]
        front, back = pairs[:, 0], pairs[:, 1]
        one, other = self._rgb[front], self._rgb[back]
        share, _ = _mixed(mean, one, other)
        mixing = self._mixing[(share * _SHARES + 0.5).astype(np.intp)]
        across = one - other
        off = other + self._coverage[mixing][:, None] * across - mean
        # Against the edge: everything that the best glyph would have gained is lost.
        lost = self._spread[glyph] * (step**2).sum(axis=1)
        error = self._spread[mixing] * (across**2).sum(axis=1) + lost
        error += MEAN_WEIGHT * (off**2).sum(axis=1)
        return front, back, mixing, error


def _mixed(
    wanted: NDArray[np.float32], one: NDArray[np.float32], other: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The share of `one` in the mixture nearest to `wanted`, and the squared distance left."""
    across = one - other
    length = np.maximum((across**2).sum(axis=1), 1e-6)
    share = (((wanted - other) * across).sum(axis=1) / length).clip(0, 1)
    off = other + share[:, None] * across - wanted
    return share, (off**2).sum(axis=1)


_LUMA: Final = np.array([77, 150, 29], np.float32) / (256 * 255)  # BT.601


class Mono:
    """Light glyphs on a dark ground: whichever looks like the cell, blurred as an eye sees it.

    The densest glyph is the set's white: a cell full of Braille dots or letters is far from full
    of ink, and measured against ink everything but shadows would be drawn with that one glyph.

    Args:
        table: The glyph set; a fixed pair of colours needs both glyphs of each pair.
        cell: (across, down) pixels of a cell.
    """

    def __init__(self, table: GlyphTable, cell: tuple[int, int]) -> None:
        self._cell = cell
        self._white = float(table.masks.mean(axis=1).max())
        masks = table.masks.astype(np.float64)
        # The mean counts for more, or the grain of dense glyphs would speak against them.
        measured = masks @ (error_measure() + _MONO_MEAN / masks.shape[1] ** 2)
        # |x - m|^2 in that measure, less what all glyphs have in common, halved and negated.
        self._weights = np.ascontiguousarray(measured.T.astype(np.float32))
        self._fixed = ((measured * masks).sum(axis=1) / 2).astype(np.float32)
        self._dither = np.tile(_BAYER, (2, 1)).ravel() * _MONO_DITHER

    def __call__(self, blocks: Blocks, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> Codes:
        """Codes `(cells, CODE_BYTES)`."""
        if self._cell == (1, 2):
            blocks = _parts_of_halves(blocks)
        light = blocks.reshape(len(blocks), PARTS_DOWN * PARTS_ACROSS, 3) @ _LUMA
        wanted = (light + self._dither) * self._white
        codes = new_codes(len(blocks))
        set_glyphs(codes, (wanted @ self._weights - self._fixed).argmax(axis=1))
        return codes


_MONO_DITHER: Final = 0.4
"""Share of the range from black to white; without dither, flat parts are all of one glyph."""
_MONO_MEAN: Final = 400.0
"""What an error of a cell's mean counts, where one of a single part counts 1."""


def _parts_of_halves(blocks: Blocks) -> Blocks:
    """Cells of two pixels as cells of all parts."""
    parts = np.repeat(blocks.reshape(-1, 2, 1, 3), PARTS_DOWN // 2, axis=1)
    return np.repeat(parts, PARTS_ACROSS, axis=2).reshape(len(blocks), PARTS_DOWN, -1)
