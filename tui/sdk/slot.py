"""The place in a panel where a handle goes, and where there may be none.

A panel stands in an app before a call and after it, and may show one call after another, of one
`Calls` or of several. What draws a call wants one handle for as long as it lives: this is it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

from tui.domain.commands import Command
from tui.domain.ids import StreamId
from tui.domain.snapshot import Snapshot
from tui.engine.outbox import Answer, Outbox
from tui.ports.handle import EngineGone, Handle, Picture, Update
from tui.sdk.refusals import no_session

R = TypeVar("R")


class HandleSlot:
    """A `Handle` that passes everything on to the one that is in it."""

    def __init__(self) -> None:
        self._handle: Handle | None = None
        self._passing: asyncio.Task[None] | None = None
        self._outboxes: list[Outbox] = []

    def put(self, handle: Handle) -> None:
        """Pass on to this one from now on."""
        self.clear()
        self._handle = handle
        self._passing = asyncio.create_task(self._pass_on(handle), name="panel updates")

    def clear(self) -> None:
        """Pass on to none. Idempotent."""
        self._handle = None
        passing, self._passing = self._passing, None
        if passing is not None:
            passing.cancel()

    async def _pass_on(self, handle: Handle) -> None:
        async for update in handle.updates():
            # That an engine is gone is told by whoever holds it; another one may come.
            if not isinstance(update, EngineGone):
                for outbox in self._outboxes:
                    outbox.put(update)

    async def do(self, command: Command[R], *, action: str = "") -> R:
        """See `Handle`. `ERROR_NO_SESSION` while there is none."""
        if self._handle is None:
            raise no_session()
        return await self._handle.do(command, action=action)

    def snapshot(self) -> Snapshot:
        """See `Handle`."""
        return self._handle.snapshot() if self._handle is not None else Snapshot()

    async def updates(self) -> AsyncIterator[Update]:
        """See `Handle`; it never ends by itself."""
        outbox = Outbox()
        outbox.put(self.snapshot())
        self._outboxes.append(outbox)
        try:
            while True:
                for update in await outbox.take():
                    if not isinstance(update, Answer):
                        yield update
        finally:
            self._outboxes.remove(outbox)

    def show_picture(self, stream: StreamId, width: int, height: int, fps: float = 0.0) -> None:
        """See `Handle`."""
        if self._handle is not None:
            self._handle.show_picture(stream, width, height, fps)

    def picture(self, stream: StreamId) -> Picture | None:
        """See `Handle`."""
        return self._handle.picture(stream) if self._handle is not None else None

    async def close(self) -> None:
        """Hold none any more; whose it is closes it."""
        self.clear()
