"""The shared terminals on the stage: their text goes to the tiles, and keys look at other parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tui.domain.ids import StreamId
from tui.domain.snapshot import Snapshot
from tui.domain.terminal_text import TerminalScreen
from tui.widgets.tile import Tile

WAYS: Final = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


class StageTerminals:
    """Keeps the newest text of each.

    Args:
        tiles: Those on show, by stream; the stage's own, which changes.
    """

    def __init__(self, tiles: Mapping[StreamId, Tile]) -> None:
        self._tiles = tiles
        self._screens: dict[StreamId, TerminalScreen] = {}

    def show(self, stream: StreamId, screen: TerminalScreen) -> None:
        """Draw this text from now on."""
        self._screens[stream] = screen
        if (tile := self._tiles.get(stream)) is not None:
            tile.put_terminal(screen)

    def follow(self, snapshot: Snapshot) -> None:
        """Forget those that ended; draw the others in tiles that are new."""
        shared = snapshot.terminals
        self._screens = {one: text for one, text in self._screens.items() if one in shared}
        for stream, screen in self._screens.items():
            tile = self._tiles.get(stream)
            if tile is not None and tile.terminal.screen is not screen:
                tile.put_terminal(screen)

    def look(self, stream: StreamId | None, words: str) -> str | None:
        """Look at a part of one, and what to say of it; None: `stream` is none."""
        tile = None if stream is None else self._tiles.get(stream)
        if tile is None or not tile.state.text:
            return None
        if words in ("", "follow"):
            tile.terminal.follow()
            tile.refresh_picture()
            return "The cursor is followed. Arrows show another part."
        if words in WAYS:
            return "" if tile.move_terminal(*WAYS[words]) else "There is nothing more that way."
        return "This is text, shown as it is: left, right, up, down, follow. /share read reads it."
