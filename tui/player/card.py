"""The test card: what a person looks at to choose glyphs and colours.

From the top: colour bars, hues, a grey ramp, six skin tones lit from the left, fine rings and a
head, and a bar that sweeps along the bottom: seen broken, updates are not synchronized.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from tui.domain.look import GlyphSet
from tui.ports.clips import ClipPicture
from tui.video.glyphs import glyph_table

FPS: Final = 15.0
_LAP_S: Final = 4.0
_BARS: Final = (
    (191, 191, 191), (191, 191, 0), (0, 191, 191), (0, 191, 0),
    (191, 0, 191), (191, 0, 0), (0, 0, 191), (0, 0, 0),
)  # fmt: skip
_SKINS: Final = (
    (255, 219, 190), (236, 188, 150), (206, 150, 108),
    (172, 115, 78), (122, 77, 50), (74, 46, 32),
)  # fmt: skip
Picture = NDArray[np.uint8]


class CardClip:
    """The card as a clip without an end."""

    label = "test card"
    width = 640
    height = 400
    fps = FPS
    duration_s = 0.0
    still = False

    def __init__(self) -> None:
        self._number = 0

    def seek(self, to_s: float) -> None:
        """Any moment is as good as another."""
        self._number = round(max(0.0, to_s) * FPS)

    def next_picture(self, width: int, height: int, *, not_before_s: float) -> ClipPicture:
        """The card, and the bar where it is then."""
        self._number = max(self._number, int(not_before_s * FPS))
        at_s = self._number / FPS
        self._number += 1
        made = _still_part(width, height).copy()
        sweep = made[height - height // 8 :]
        side = max(1, width // 24)
        left = int((at_s / _LAP_S) % 1.0 * max(1, width - side))
        sweep[:, left : left + side] = 255
        return ClipPicture(at_s, made)

    def close(self) -> None:
        """Nothing is held."""


@lru_cache(maxsize=2)
def _still_part(width: int, height: int) -> Picture:
    made = np.zeros((height, width, 3), np.uint8)
    across = np.arange(width) / max(1, width - 1)
    eighth = max(1, height // 8)
    bars = np.array(_BARS, np.uint8)
    made[:eighth] = bars[np.minimum((across * len(bars)).astype(int), len(bars) - 1)]
    made[eighth : 2 * eighth] = _hues(across)
    made[2 * eighth : 3 * eighth] = np.rint(across * 255)[:, None]
    made[3 * eighth : 4 * eighth] = _skins(across)
    middle = made[4 * eighth : height - eighth]
    if middle.size:
        middle[:] = _rings_and_head(width, len(middle))
    return made


def _hues(across: NDArray[np.float64]) -> NDArray[np.float64]:
    offsets = np.array([0, 2, 4]) / 6
    wheel = np.abs((across[:, None] + offsets) % 1.0 * 6 - 3) - 1
    return np.asarray(np.clip(wheel, 0, 1) * 255)


def _skins(across: NDArray[np.float64]) -> NDArray[np.float64]:
    place = across * len(_SKINS)
    tone = np.minimum(place.astype(int), len(_SKINS) - 1)
    light = 1.15 - 0.5 * (place - tone)
    return np.asarray(np.clip(np.array(_SKINS)[tone] * light[:, None], 0, 255))


def _rings_and_head(width: int, height: int) -> Picture:
    """Rings that get finer outwards on the left, a head on the right, on a cool ground."""
    scale = 2  # drawn larger and shrunk, so that edges are smooth
    image = Image.new("RGB", (width * scale, height * scale), (34, 44, 58))
    draw = ImageDraw.Draw(image)
    radius = min(width * scale / 4, height * scale / 2) * 0.95
    x, y = width * scale * 0.25, height * scale / 2
    for ring in range(9, 0, -1):
        outer = radius * (ring / 9) ** 0.5
        shade = (235, 235, 225) if ring % 2 else (20, 20, 25)
        draw.ellipse((x - outer, y - outer, x + outer, y + outer), fill=shade)
    x, size = width * scale * 0.75, radius
    draw.ellipse((x - size, y + size * 0.55, x + size, y + size * 2.2), fill=(62, 96, 140))
    draw.ellipse((x - size * 0.6, y - size, x + size * 0.6, y + size * 0.45), fill=(56, 36, 26))
    draw.ellipse((x - size * 0.5, y - size * 0.8, x + size * 0.5, y + size * 0.7), fill=_SKINS[1])
    for eye in (-0.2, 0.2):
        at, up, r = x + size * eye, y - size * 0.15, size * 0.06
        draw.ellipse((at - r, up - r, at + r, up + r), fill=(30, 30, 40))
    draw.arc(
        (x - size * 0.25, y, x + size * 0.25, y + size * 0.4),
        20, 160, fill=(150, 60, 60), width=max(1, round(size * 0.06)),
    )  # fmt: skip
    draw.line((width * scale / 2, 0, width * scale / 2, height * scale), fill=(200, 200, 80))
    shrunk = image.resize((width, height), Image.Resampling.BOX)
    return np.asarray(shrunk)


def captions(columns: int) -> tuple[str, ...]:
    """A line of every glyph set: whatever shows as a box or a gap had better not be used."""
    lines: list[str] = []
    for glyphs in (GlyphSet.HALF, GlyphSet.BLOCK, GlyphSet.SEXTANT, GlyphSet.OCTANT, GlyphSet.ALL):
        known = [c for c in glyph_table(glyphs).characters if not c.isspace()]
        if glyphs is GlyphSet.ALL:
            # What it has besides the others.
            known = [c for c in known if 0x1FB3C <= ord(c) <= 0x1FB6F] or known
        if glyphs in (GlyphSet.SEXTANT, GlyphSet.OCTANT):
            first = 0x1FB00 if glyphs is GlyphSet.SEXTANT else 0x1CD00
            known = [c for c in known if ord(c) >= first]
        room = max(4, min(28, columns - 12))
        step = max(1, len(known) // room)
        lines.append(f"{glyphs:<8} {''.join(known[::step][:room])}|"[: max(1, columns - 1)])
    return tuple(lines)
