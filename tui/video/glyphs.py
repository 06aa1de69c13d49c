"""The glyphs of each set: what to write, what each covers, and which one is its negative.

`glyph_table(set)` gives every glyph a number that cell codes hold. Number 0 is the space, which
shows the background alone. Two glyphs that cover the same parts are one (a sextant that is also a
quadrant), and a glyph that covers exactly what another leaves free is that one's *partner*: with
the colours swapped it is the same picture, so the fit tries only one of them and the writer takes
whichever needs fewer colours.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.frozen import dataclass
from tui.domain.look import GlyphSet
from tui.video.ascii_coverage import ascii_coverage
from tui.video.geometry import (
    PARTS,
    Coverage,
    block_element,
    braille,
    lines,
    octants,
    sextants,
    wedges,
)

SPACE: Final = 0
"""Number of the space in every table."""
FULL: Final = 1
"""Number of the full block, the space's partner, in every table that has it."""


@dataclass(frozen=True, slots=True, eq=False)
class GlyphTable:
    """One set's glyphs, by number."""

    characters: tuple[str, ...]
    masks: NDArray[np.float32]
    """`(glyphs, PARTS)`: covered share of each part of the cell."""
    partner: NDArray[np.uint16]
    """Number of the glyph that covers the rest; the glyph's own number where there is none."""
    fitted: NDArray[np.uint16]
    """Numbers a fit with two free colours has to try: one of each pair, no plain shades."""
    utf8: NDArray[np.uint8]
    """`(glyphs, 4)`: bytes to write, zeros in front."""


def _block() -> dict[str, Coverage]:
    return {chr(code): block_element(chr(code)) for code in range(0x2580, 0x25A0)}


def _glyphs(glyphs: GlyphSet) -> dict[str, Coverage]:
    match glyphs:
        case GlyphSet.ASCII:
            return ascii_coverage()
        case GlyphSet.HALF:
            return {character: block_element(character) for character in "█▀▄"}
        case GlyphSet.BLOCK:
            return _block()
        case GlyphSet.SEXTANT:
            return _block() | sextants()
        case GlyphSet.OCTANT:
            return _block() | octants()
        case GlyphSet.ALL:
            return _block() | sextants() | octants() | wedges() | lines()
        case GlyphSet.BRAILLE:
            return braille()


_FINE: Final = 240
"""Coverage is compared in steps of 1/240: exact for halves, thirds, quarters and eighths."""


@cache
def glyph_table(glyphs: GlyphSet) -> GlyphTable:
    """The table of a set; made once, a few tens of milliseconds for the largest."""
    numbers: dict[bytes, int] = {}
    characters: list[str] = []
    masks: list[Coverage] = []
    blank = {" ": np.zeros(PARTS, np.float32)}
    full = {"█": np.ones(PARTS, np.float32)} if "█" in (known := _glyphs(glyphs)) else {}
    for character, mask in (blank | full | known).items():
        key = _key(mask)
        if key not in numbers:
            numbers[key] = len(characters)
            characters.append(character)
            masks.append(mask)
    partner = [numbers.get(_key(1 - mask), number) for number, mask in enumerate(masks)]
    fitted = [
        number
        for number, mask in enumerate(masks)
        if number == SPACE or (partner[number] >= number and np.ptp(mask) > 1 / _FINE)
    ]
    return GlyphTable(
        tuple(characters),
        np.array(masks, np.float32),
        np.array(partner, np.uint16),
        np.array(fitted, np.uint16),
        np.array([list(c.encode().rjust(4, b"\0")) for c in characters], np.uint8),
    )


def _key(mask: Coverage) -> bytes:
    return np.rint(mask * _FINE).astype(np.uint8).tobytes()
