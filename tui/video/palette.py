"""The fixed colours of terminals with 256 or 16 of them, and the nearest one to any colour."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.frozen import dataclass
from tui.domain.look import ColourDepth

Colour = tuple[int, int, int]

XTERM_16: Final[tuple[Colour, ...]] = (
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0),
    (0, 0, 238), (205, 0, 205), (0, 205, 205), (229, 229, 229),
    (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0),
    (92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255),
)  # fmt: skip
"""The 16 colours as xterm has them. Themes change them: a likeness, not a promise."""
_CUBE: Final = (0, 95, 135, 175, 215, 255)
_GREYS: Final = tuple(8 + 10 * step for step in range(24))

_BITS: Final = 5
"""Bits of each channel in the table of nearest colours."""
NEAR: Final = 12
"""How many nearest colours the table has."""


@dataclass(frozen=True, slots=True, eq=False)
class Palette:
    """Numbered colours."""

    rgb: NDArray[np.uint8]
    """`(256 or 16, 3)`, by palette number."""
    usable: NDArray[np.uint8]
    """Numbers a picture may use."""
    near: NDArray[np.uint8]
    """`(places, NEAR)`: the nearest usable numbers, nearest first."""
    middles: NDArray[np.float32]
    """`(places, 3)`: the colour each place stands for."""

    def place(self, colours: NDArray[np.floating] | NDArray[np.integer]) -> NDArray[np.intp]:
        """Where `(..., 3)` colours are in the table, clipped to 0-255."""
        level = np.clip(colours, 0, 255).astype(np.intp) >> 8 - _BITS
        found: NDArray[np.intp] = (
            level[..., 0] << 2 * _BITS | level[..., 1] << _BITS | level[..., 2]
        )
        return found


def palette_of(depth: ColourDepth, sixteen: tuple[Colour, ...] = XTERM_16) -> Palette | None:
    """The palette of a depth, or None where colours are free or there are none.

    Args:
        depth: How many colours the terminal shows.
        sixteen: Its first 16 colours.

    Raises:
        ValueError: If `sixteen` is not 16 colours.
    """
    if len(sixteen) != 16:
        raise ValueError(f"{len(sixteen)} colours of the palette; expected 16")
    match depth:
        case ColourDepth.INDEXED:
            return _palette_256()
        case ColourDepth.ANSI:
            return _made(np.array(sixteen), np.arange(16))
        case ColourDepth.TRUECOLOR | ColourDepth.MONO:
            return None


@lru_cache(maxsize=1)
def _palette_256() -> Palette:
    cube = [(r, g, b) for r in _CUBE for g in _CUBE for b in _CUBE]
    greys = [(level, level, level) for level in _GREYS]
    # The first 16 are the user's, so a picture uses only the others.
    return _made(np.array([*XTERM_16, *cube, *greys]), np.arange(16, 256))


def _made(rgb: NDArray[np.integer], usable: NDArray[np.integer]) -> Palette:
    middle = (np.arange(1 << _BITS) << 8 - _BITS) + ((1 << 8 - _BITS) - 1) / 2
    grid = np.stack(np.meshgrid(middle, middle, middle, indexing="ij"), axis=-1)
    grid = grid.reshape(-1, 3).astype(np.float32)
    known = rgb[usable].astype(np.float32)
    # |x - k|^2 without |x|^2, which is the same for every k.
    distance = (known**2).sum(axis=1) - 2 * (grid @ known.T)
    nearest = np.argpartition(distance, NEAR - 1, axis=1)[:, :NEAR]
    order = np.take_along_axis(distance, nearest, axis=1).argsort(axis=1, kind="stable")
    near = usable[np.take_along_axis(nearest, order, axis=1)].astype(np.uint8)
    return Palette(rgb.astype(np.uint8), usable.astype(np.uint8), near, grid)
