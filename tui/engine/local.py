"""A handle on a session in this process: `--headless`, library use, tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TypeVar

from tui.domain.commands import Command
from tui.domain.ids import StreamId
from tui.domain.snapshot import Snapshot
from tui.engine.outbox import Answer, Outbox
from tui.engine.slots import MemoryPictures
from tui.ports.handle import EngineGone, Picture, Update
from tui.session.core import SessionCore
from tui.session.seat import Seat

R = TypeVar("R")


class LocalHandle:
    """A seat at a session that is here.

    Args:
        core: The session core; closed with this handle.
        pictures: The slots the core was built with.
    """

    def __init__(self, core: SessionCore, pictures: MemoryPictures):
        self.core = core
        self._seat = Seat(core)
        self._pictures = pictures
        self._outboxes: list[Outbox] = []

    async def do(self, command: Command[R], *, action: str = "") -> R:
        """See `Handle`."""
        return await self._seat.do(command, action=action)

    def snapshot(self) -> Snapshot:
        """See `Handle`."""
        return self.core.outlet.newest

    async def updates(self) -> AsyncIterator[Update]:
        """See `Handle`."""
        outbox = Outbox()
        outbox.put(self.snapshot())
        unsubscribe = self.core.outlet.subscribe(outbox.put)
        self._outboxes.append(outbox)
        try:
            while True:
                for update in await outbox.take():
                    if isinstance(update, Answer):
                        continue
                    yield update
                    if isinstance(update, EngineGone):
                        return
        finally:
            unsubscribe()
            self._outboxes.remove(outbox)

    def show_picture(self, stream: StreamId, width: int, height: int, fps: float = 0.0) -> None:
        """See `Handle`."""
        self._pictures.want(stream, width, height)
        self._seat.show_picture(stream, width, height, fps)

    def picture(self, stream: StreamId) -> Picture | None:
        """See `Handle`."""
        return self._pictures.newest(stream)

    async def close(self) -> None:
        """See `Handle`."""
        await self.core.aclose()
        for outbox in self._outboxes:
            outbox.put(EngineGone("The session was closed."))
