"""The rungs between the best picture and none, and what a picture costs on each.

Fewer pictures first, then larger cells, then fewer colours, then stills, so that a face stays one:
at equal bytes blocks of two cells look better than fewer colours do (a face in blocks of true
colour 37 dB as it is viewed, in 256 colours 30; in blocks of 256 colours 28, in 16 colours 20).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.governor.contention import BUSY

STILL_EVERY_S: Final = 5.0
"""A still picture is renewed this often, and when somebody else begins to speak."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One way of drawing a tile."""

    fps: float
    """Pictures a second at most."""
    tolerance: float | None = None
    """As in `Look`; None: the renderer's own."""
    depth: ColourDepth | None = None
    """At most this many colours; None: what the terminal has."""
    glyphs: GlyphSet | None = None
    """This glyph set instead of the terminal's best; None: the best."""
    still: bool = False
    block: int = 1
    """As in `Look`."""


LADDER: Final = (
    Rung(15.0),
    Rung(10.0, 8.0),
    Rung(7.0, 12.0),
    Rung(5.0, 16.0),
    Rung(5.0, 16.0, glyphs=GlyphSet.HALF, block=2),
    Rung(2.0, 20.0, glyphs=GlyphSet.HALF, block=2),
    Rung(2.0, 24.0, ColourDepth.INDEXED, GlyphSet.HALF, block=2),
    Rung(1.0, 24.0, ColourDepth.INDEXED, GlyphSet.HALF, block=2),
    Rung(1 / STILL_EVERY_S, 24.0, ColourDepth.INDEXED, GlyphSet.HALF, still=True),
)
"""From the best to the least."""
BEST: Final = 0
LOW: Final = 4
STILLS: Final = len(LADDER) - 1
BUSIEST: Final = 3
"""A machine that is too busy, on whatever link, draws fewer pictures, never plainer ones."""
_RUNGS_WHEN_BUSY: Final = ((0.75, BUSIEST), (0.55, 2), (BUSY, 1))

_DEPTHS: Final = (
    ColourDepth.TRUECOLOR,
    ColourDepth.INDEXED,
    ColourDepth.ANSI,
    ColourDepth.MONO,
)
_CELL_BYTES: Final = {
    ColourDepth.TRUECOLOR: 41.0,
    ColourDepth.INDEXED: 26.0,
    ColourDepth.ANSI: 15.5,
    ColourDepth.MONO: 1.0,
}
"""A changed cell costs this much (spec ux 5.6, measured)."""
_IN_BLOCKS: Final = 0.45
"""The part of that which it costs in a block of two (measured)."""
_SETTLED_WITHIN_S: Final = 0.8
"""What moved and stopped leaves no trail for longer."""
_USUAL_CHANGE: Final = 0.3
"""The part of a picture that changes from one to the next, before it is measured."""


def rung_when_busy(share: float) -> int:
    """The best rung for whom waits for a processor for this share of the time it wants to run."""
    return next((rung for least, rung in _RUNGS_WHEN_BUSY if share >= least), BEST)


def look_on(rung: Rung, best: Look) -> Look:
    """The look of a rung on a terminal whose best look is `best`: never better than that."""
    depth = best.depth
    if rung.depth is not None and _DEPTHS.index(rung.depth) > _DEPTHS.index(depth):
        depth = rung.depth
    glyphs = best.glyphs if rung.glyphs is None else rung.glyphs
    if best.glyphs is GlyphSet.ASCII or (depth is ColourDepth.MONO and rung.glyphs is not None):
        glyphs = GlyphSet.ASCII
    settle = max(1, round(rung.fps * _SETTLED_WITHIN_S))
    return replace(
        best,
        glyphs=glyphs,
        depth=depth,
        tolerance=rung.tolerance,
        block=rung.block,
        settle=settle,
    )


def usual_bytes(cells: int, look: Look) -> float:
    """What a picture costs with this look, before it is measured [bytes]."""
    return cells * _cell_bytes(look) * _USUAL_CHANGE * _kept(look)


def bytes_with(measured: float, look: Look, other: Look) -> float:
    """What a picture that costs `measured` with `look` costs with `other` [bytes]."""
    ratio = _cell_bytes(other) / _cell_bytes(look)
    return measured * ratio * _kept(other) / _kept(look)


def whole_bytes(cells: int, look: Look) -> float:
    """What a picture costs when all of it must be drawn [bytes]."""
    return cells * _cell_bytes(look)


def _cell_bytes(look: Look) -> float:
    return _CELL_BYTES[look.depth] * (1.0 if look.block == 1 else _IN_BLOCKS)


def _kept(look: Look) -> float:
    """The part of the usual change that is left to draw with a tolerance."""
    return 1.0 / (1.0 + (look.tolerance or 0.0) / 16.0)
