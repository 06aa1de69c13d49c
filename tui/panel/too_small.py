"""What is shown in place of a call that has no room: how much it needs, and that it goes on."""

from __future__ import annotations

from typing import Final

from textual.content import Content
from textual.geometry import Size
from textual.widgets import Static

_COLUMNS: Final = 20
_ROWS: Final = 6


def is_too_small(size: Size) -> bool:
    """Whether nothing but a message fits."""
    return size.width < _COLUMNS or size.height < _ROWS


class TooSmall(Static):
    """The message; the looks show it below the smallest size alone."""

    def __init__(self) -> None:
        super().__init__(id="too-small", markup=False)

    def tell(self, size: Size) -> None:
        """Say it for this size [cells]."""
        self.update(
            Content(
                f"{size.width}x{size.height}: enlarge to {_COLUMNS}x{_ROWS}. "
                "The call goes on. m mic, l leave."
            )
        )
