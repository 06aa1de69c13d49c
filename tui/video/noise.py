"""How much two pictures of the same cell may differ without anything having moved.

Cells are compared by the means of their upper and lower half (blocks of 4x4 pixels), in which a
sensor's noise nearly cancels and every change that can be seen from a distance shows, and, at a
weight, by what is left inside of the halves, where a mouth's edge moves. What noise does to these
figures is learnt from the source: between one picture and the next the calmest cells differ by
nothing else.

Why not a fixed limit: 640x480 from a good camera has noise of 1 or 2 (of 255), from a cheap one in
a dim room 10 and more. Why the calmest cells: motion makes a cell differ, never agree.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tui.video.cells import Pixels

LEAST: Final = 6.0
"""Smaller differences of a half of a cell nobody sees in a moving picture [0-255]."""
LEAST_REFINED: Final = 5.5
"""The same where colours are refined: what is left undrawn is then most of the error. Harness, all
glyphs, 160x48: 0.1 dB of the still scene and 0.45 of moving ones for 4 to 6 % more bytes."""
MOST: Final = 16.0
"""Noise beyond this is drawn: it would hide motion."""
_INNER: Final = 0.5
"""Weight of differences inside of a half."""
_SPREADS: Final = 4.5
"""A cell's difference is the largest of six; noise stays below this many standard deviations."""
_CALM: Final = 20
"""Percentile of the cells taken for calm."""
_RISE: Final = 1.03
_FALL: Final = 0.8
"""The level follows within these factors a picture: a pan must not raise it."""

Blocks = NDArray[np.uint8]
"""`(rows, down, columns, across * 3)`."""


def reduction(cell: tuple[int, int]) -> int:
    """Pixels in a row that are compared as one, for a cell of (across, down) pixels."""
    return 2 if cell == (4, 8) else 1


def reduced(picture: Pixels, by: int) -> Pixels:
    """Means of `by` x `by` pixels."""
    return np.asarray(Image.fromarray(picture).reduce(by))


def differences(one: Blocks, other: Blocks, cell: tuple[int, int]) -> NDArray[np.float32]:
    """How far cells are apart, `(rows, columns)` [0-255].

    Args:
        one: Cells of `cell` = (down, across) pixels.
        other: The same cells.
        cell: (1, 2): two halves as they are; (2, 4): halves of 2x2 pixels; any other size: 0 for
            cells that are equal and 1 for those that are not.
    """
    down, across = cell
    # Unsigned bytes: the difference is the larger minus the smaller.
    if (down, across) == (2, 1):
        apart = np.maximum(one, other) - np.minimum(one, other)
        return np.asarray(apart.max(axis=(1, 3)), np.float32)
    if (down, across) != (4, 2):
        return np.asarray((one != other).any(axis=(1, 3)), np.float32)
    halves, inner = _apart(one, other)
    figure: NDArray[np.float32] = np.maximum(np.abs(halves).max(axis=0), _INNER * np.sqrt(inner))
    return figure


def _apart(one: Blocks, other: Blocks) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Differences of the halves' means `(6, rows, columns)`, and the mean square inside of them."""
    rows, _, columns, _ = one.shape
    apart = np.subtract(one, other, dtype=np.int16)
    # Plane by plane: sums over short last axes are slow.
    parts = apart.reshape(rows, 2, 2, columns, 2, 3).transpose(1, 5, 2, 4, 0, 3)
    parts = parts.astype(np.float32).reshape(6, 4, rows, columns)
    halves = parts.sum(axis=1)
    halves *= 0.25
    square = np.einsum("ijkl,ijkl->kl", parts, parts)
    square -= 4 * np.einsum("ikl,ikl->kl", halves, halves)
    square *= 1 / 24
    return halves, np.maximum(square, 0, out=square)


def _calmest(figures: NDArray[np.floating] | NDArray[np.uint8]) -> float:
    """Their `_CALM`th percentile, between two figures by interpolation.

    `np.percentile` gives the same and takes 0.1 ms for it, a tenth of a picture's comparing.
    """
    at = (figures.size - 1) * _CALM / 100
    low = int(at)
    high = min(low + 1, figures.size - 1)
    pair = np.partition(figures.reshape(-1), (low, high))
    below, above = float(pair[low]), float(pair[high])
    return below + (above - below) * (at - low)


class NoiseLevel:
    """The noise of one source, learnt from its pictures.

    Args:
        least: Differences up to this are left alone whatever the noise [0-255].
    """

    def __init__(self, least: float = LEAST) -> None:
        self._least = least
        self._spread: float | None = None
        """Standard deviation of the difference of two halves' means, by noise alone."""

    @property
    def limit(self) -> float:
        """Differences up to this are taken for noise."""
        return max(self._least, self.floor)

    @property
    def floor(self) -> float:
        """What noise alone makes of a difference, nearly always."""
        return min(_SPREADS * (self._spread or 0.0), MOST)

    def learn(self, before: Blocks, now: Blocks) -> None:
        """Two pictures in a row."""
        if before.shape[1] != 4:
            apart = np.maximum(before, now) - np.minimum(before, now)
            calm = _calmest(apart.max(axis=(1, 3))) / 1.6
        else:
            _, inner = _apart(before, now)
            # White noise is half as strong in the mean of four; three of four parts are free.
            calm = math.sqrt(_calmest(inner) * 4 / 3) / 2
        if calm == 0:
            return  # the same picture again, or one without noise
        old = self._spread or calm
        self._spread = min(max(calm, old * _FALL), old * _RISE)
