"""What the transport tells before it is said that we are in: kept until then, but for the line.

While we join, only that we have to wait in a lobby is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Final

from tui.domain.happenings import InLobby
from tui.ports.transport import (
    Disconnected,
    MediaConnected,
    MediaMissing,
    Reconnected,
    Reconnecting,
    Transport,
    TransportEvent,
    WaitingToBeLetIn,
)
from tui.session.outlet import Happened

_OF_THE_LINE: Final = (
    MediaConnected,
    MediaMissing,
    Reconnecting,
    Reconnected,
    Disconnected,
    WaitingToBeLetIn,
)


class EarlyEvents:
    """Reads events from `async with` to its end.

    Args:
        transport: Of the call.
        happened: Says what happened.
    """

    def __init__(self, transport: Transport, happened: Happened):
        self._transport = transport
        self._happened = happened
        self._reading: asyncio.Task[None] | None = None
        self._kept: list[TransportEvent] = []

    async def __aenter__(self) -> None:
        self._reading = asyncio.create_task(self._read(), name="early events")

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def in_turn(self, said: asyncio.Event) -> AsyncIterator[TransportEvent]:
        """What was kept and everything after it, those of people not before it is said we are in.

        Args:
            said: Set once that was said; by whoever takes the events.
        """
        held: list[TransportEvent] = []
        async for event in self._and_later():
            if not said.is_set() and not isinstance(event, _OF_THE_LINE):
                held.append(event)  # nobody is said to come or to go before we are in
                continue
            yield event
            while said.is_set() and held:
                yield held.pop(0)

    async def _and_later(self) -> AsyncIterator[TransportEvent]:
        for event in self._kept:
            yield event
        if not any(isinstance(event, Disconnected) for event in self._kept):
            async for event in self._transport.events():
                yield event

    async def _read(self) -> None:
        async for event in self._transport.events():
            if isinstance(event, WaitingToBeLetIn):
                self._happened(InLobby())
            else:
                self._kept.append(event)
