"""Pictures that follow one another and can be sought in: a file, or something drawn."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tui.domain.frozen import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class ClipPicture:
    """One picture, at the size that was asked for."""

    at_s: float
    """When it is due, from the clip's beginning [s]."""
    pixels: NDArray[np.uint8]
    """`(height, width, 3)`, RGB."""


class Clip(Protocol):
    """A clip. One thread at a time may use it."""

    label: str
    """For the screen, cleaned."""
    width: int
    """As it should be shown, rotation and pixel shape included [pixels]."""
    height: int
    fps: float
    duration_s: float
    """0 when unknown or endless [s]."""
    still: bool
    """There is one picture only."""

    def seek(self, to_s: float) -> None:
        """The next picture is the last one due at `to_s` or before, or near it."""

    def next_picture(self, width: int, height: int, *, not_before_s: float) -> ClipPicture | None:
        """The next picture, scaled to fill `width` x `height` pixels and cropped at the centre.

        Args:
            width: Of the result [pixels].
            height: Of the result [pixels].
            not_before_s: Pictures due before this are skipped: nobody would see them [s].

        Returns:
            None at the end.

        Raises:
            DeviceUnavailable: It can't be read any further.
        """

    def close(self) -> None:
        """Give back what it holds. Idempotent."""
