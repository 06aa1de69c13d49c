"""Brings shared terminals to their tiles: the next screen is asked for when one is drawn."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Final

from tui.domain.commands.local import ReadTerminal
from tui.domain.errors import CallsError
from tui.domain.ids import StreamId
from tui.domain.snapshot import Snapshot
from tui.panel.ui import Ui
from tui.widgets.stage import Stage

EVERY_S: Final = 0.05
"""The most often that a terminal is drawn."""


class TerminalReader:
    """See the module.

    Args:
        ui: Whose call it is.
        stage: Has the tiles.
    """

    def __init__(self, ui: Ui, stage: Stage) -> None:
        self._ui = ui
        self._stage = stage
        self._reading: set[StreamId] = set()

    def follow(self, snapshot: Snapshot) -> None:
        """Read what is shared now."""
        local = snapshot.local
        for stream in snapshot.terminals:
            ours = local is not None and stream.participant == local.id
            if stream not in self._reading and not ours:
                self._reading.add(stream)
                self._ui.spawn(partial(self._read, stream))

    async def _read(self, stream: StreamId) -> None:
        serial = 0
        try:
            while True:
                read = ReadTerminal(stream.participant, serial)
                shown = await self._ui.handle.do(read)
                if not shown.serial:
                    return
                if shown.serial != serial:
                    serial = shown.serial
                    self._stage.show_terminal(stream, shown.screen)
                await asyncio.sleep(EVERY_S)
        except CallsError:
            return  # the call is over
        finally:
            self._reading.discard(stream)
