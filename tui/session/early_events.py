"""What the transport tells before it is said that we are in: kept until then, but for the line.

While we join, only that we have to wait in a lobby is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import InLobby
from tui.domain.join import TransportDocument
from tui.ports.transport import MediaReceiver, Transport
from tui.ports.transport_events import (
    Disconnected,
    JoinedSession,
    MediaConnected,
    MediaMissing,
    Reconnected,
    Reconnecting,
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
    """Joins, and has what was told before it is said that we are in.

    Args:
        transport: Of the call.
        happened: Says what happened.
    """

    def __init__(self, transport: Transport, happened: Happened):
        self._transport = transport
        self._happened = happened
        self._kept: list[TransportEvent] = []

    async def join(
        self, document: TransportDocument, receiver: MediaReceiver, over: asyncio.Event
    ) -> JoinedSession:
        """Join, and tell meanwhile what is to be told.

        Args:
            document: As `Transport.join` takes it.
            receiver: As `Transport.join` takes it.
            over: Set when the person does not want to any more: a lobby may take its time.

        Raises:
            CallsError: As `Transport.join`, or they left.
        """
        reading = asyncio.create_task(self._read(), name="early events")
        joining = asyncio.create_task(self._transport.join(document, receiver), name="join")
        leaving = asyncio.create_task(over.wait(), name="left while joining")
        try:
            await asyncio.wait({joining, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            given_up = not joining.done()
            for task in (reading, joining, leaving):
                task.cancel()
            await asyncio.gather(reading, joining, leaving, return_exceptions=True)
        if given_up:
            raise CallsError(ErrorCode.CONNECTION_FAILED, "You left while joining.")
        return joining.result()

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
