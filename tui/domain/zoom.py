"""How closely a picture is looked at: all of it, or a part that moves."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.ids import StreamId

Size = tuple[int, int]
"""Width and height [pixels]."""


class ZoomStep(StrEnum):
    """How many pixels of the picture one dot of a glyph stands for.

    A cell has 2 x 4 dots, as octants do; with half blocks, which have 1 x 2, each step shows
    everything twice as large.
    """

    FIT = "fit"
    """As many as it takes to show all of it."""
    HALF = "half"
    """Two in each direction."""
    FULL = "full"
    """One: small letters can be read."""


_PIXELS: Final = {ZoomStep.HALF: 2, ZoomStep.FULL: 1}


@dataclass(frozen=True, slots=True)
class Zoom:
    """A part of one stream's pictures."""

    stream: StreamId
    step: ZoomStep
    x: float = 0.5
    """Of its middle, as a share of the picture's width."""
    y: float = 0.5
    follows: bool = False
    """It goes where something changes."""

    def part(self, picture: Size, drawn: Size) -> tuple[int, int, int, int]:
        """Left, top, width and height of what is seen [pixels of the picture]; all even.

        Args:
            picture: Its size.
            drawn: In dots.
        """
        pixels = _PIXELS[self.step]
        width, height = (
            max(2, min(whole, wanted * pixels) & ~1)
            for whole, wanted in zip(picture, drawn, strict=True)
        )
        left = _inside(self.x * picture[0] - width / 2, picture[0] - width)
        top = _inside(self.y * picture[1] - height / 2, picture[1] - height)
        return left, top, width, height

    def moved(self, across: float, down: float) -> Zoom:
        """By these shares of the picture; it follows nothing any more."""
        return replace(
            self,
            x=max(0.0, min(1.0, self.x + across)),
            y=max(0.0, min(1.0, self.y + down)),
            follows=False,
        )


def _inside(at: float, most: int) -> int:
    return int(max(0, min(most, at))) & ~1
