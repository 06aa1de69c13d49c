"""How pictures are drawn: which glyphs, how many colours, how much change is worth a byte.

Plain values that the terminal's capabilities, the governor, the quality menu, the command line and
the renderer (`tui.video`) share.
"""

from __future__ import annotations

from enum import StrEnum

from tui.domain.frozen import dataclass


class ColourDepth(StrEnum):
    """How many colours the terminal shows."""

    TRUECOLOR = "truecolor"
    INDEXED = "256"
    ANSI = "16"
    MONO = "mono"


class GlyphSet(StrEnum):
    """Which characters a picture may be made of."""

    ASCII = "ascii"
    """Printable ASCII, by the coverage of a real font."""
    HALF = "half"
    """The upper half block."""
    BLOCK = "block"
    """Block elements, U+2580-259F: every terminal draws them."""
    SEXTANT = "sextant"
    """`BLOCK` and 2x3 mosaics, Unicode 13."""
    OCTANT = "octant"
    """`BLOCK` and 2x4 mosaics, Unicode 16."""
    ALL = "all"
    """Sextants, octants, wedges and box lines too."""
    BRAILLE = "braille"
    """2x4 dots, U+2800-28FF."""


@dataclass(frozen=True, slots=True)
class Look:
    """How one tile is drawn now. Replaced whole, so a change is one assignment."""

    glyphs: GlyphSet = GlyphSet.HALF
    depth: ColourDepth = ColourDepth.TRUECOLOR
    tolerance: float | None = None
    """Change of half a cell's mean that is left undrawn [0-255]; None: the renderer's own, which
    follows the source's noise; 0: none, every change is drawn."""
    block: int = 1
    """Cells side by side that are drawn as one, in blocks about square."""
    settle: int = 12
    """A cell whose source stands still shows what it should within this many pictures."""
