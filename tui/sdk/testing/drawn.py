"""Waiting until an app shows what it is going to show, for a snapshot of it.

Pictures come to their tiles a few times a second, by the machine's clock. Nothing of what they show
depends on it, so that the same screen comes of it in the end; this waits for that.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from tui.panel.call_panel import CallPanel
from tui.widgets.tile import Tile

_EVERY_S: Final = 0.1
_SAME: Final = 4
"""So many screens alike, one after another: longer than a tile waits for its next picture."""
_AT_MOST_S: Final = 60.0


async def drawn(pilot: Pilot[Any]) -> None:
    """Wait until every tile has its picture and the screen no longer changes.

    Toasts are put away, and text cursors stop blinking: both are up to the machine.

    Raises:
        TimeoutError: It still changes after a minute: something in the app moves by itself.
    """
    app = pilot.app
    before, same = "", 0
    async with asyncio.timeout(_AT_MOST_S):
        while same < _SAME:
            await pilot.pause(_EVERY_S)
            for panel in app.screen.query(CallPanel):
                panel.clear_toasts()
            for field in app.screen.query("Input, TextArea"):
                if isinstance(field, Input | TextArea):
                    field.cursor_blink = False
            now = app.export_screenshot()
            same = same + 1 if now == before and _complete(app.screen.query(Tile)) else 0
            before = now


def _complete(tiles: Any) -> bool:
    """Each tile has its picture, made for the size it has now."""
    return all(
        (picture := tile.picture) is not None
        and (picture.width, picture.height) == tile.picture_size_for(*tile.size)
        for tile in tiles
        if tile.state.wants_video and tile.size
    )
