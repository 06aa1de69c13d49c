"""How large a picture is needed, as the session says it."""

from __future__ import annotations

from typing import Final

from tui.domain.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Want:
    """How one picture is needed."""

    width: int
    """In pixels; 0: not at all."""
    height: int
    fps: float = 0.0
    """Pictures a second; 0: all there are."""

    @property
    def disabled(self) -> bool:
        """Not at all."""
        return self.width <= 0 or self.height <= 0


NOTHING: Final = Want(0, 0)
