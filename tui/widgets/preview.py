"""Our own picture before a call: a tile without its label, which would name nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Container

from tui.domain.ids import NOBODY, TrackSource
from tui.domain.look import Look
from tui.domain.participant import Participant, Stream
from tui.ports.handle import Picture
from tui.widgets.tile import Tile
from tui.widgets.tile_state import TileState

_WE: Final = Participant(
    NOBODY, "Your camera", is_local=True, streams=(Stream(TrackSource.CAMERA),)
)
_FPS: Final = 5
"""Enough to see that one is in the picture, and little for a slow link."""


class Preview(Container):
    """Asks for pictures while it is on show.

    Args:
        picture: The newest picture of nobody (`""`).
        want_picture: Told which are wanted: width and height [pixels]; 0x0: none.
        look: How it is drawn; None: as the terminal surely shows.
    """

    DEFAULT_CSS = """
    Preview { width: 32; height: 10; overflow: hidden; display: none; }
    Preview > Tile { width: 32; height: 11; }
    """

    def __init__(
        self,
        *,
        picture: Callable[[], Picture | None],
        want_picture: Callable[[int, int], None],
        look: Look | None = None,
    ) -> None:
        super().__init__(id="preview")
        self._source = picture
        self._want_picture = want_picture
        self._tile = Tile(TileState(_WE, 0), look=look)
        self._tile.can_focus = False
        self._wanted = (0, 0)

    def compose(self) -> ComposeResult:
        """Only the tile."""
        yield self._tile

    def on_mount(self) -> None:
        """Look for pictures."""
        self.set_interval(1 / _FPS, self._draw)

    def on_unmount(self, _event: events.Unmount) -> None:
        """Nobody looks any more."""
        self._want(0, 0)

    def _draw(self) -> None:
        if not self.display:
            self._want(0, 0)
            return
        self._want(*self._tile.picture_size_for(*self._tile.size))
        picture = self._source()
        if picture is not None and picture.serial != self._tile.picture_serial:
            self._tile.put_picture(picture)

    def _want(self, width: int, height: int) -> None:
        if (width, height) != self._wanted:
            self._wanted = (width, height)
            self._want_picture(width, height)
