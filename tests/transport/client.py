"""A participant for the tests: a transport, its receiver, and its events as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from tests.transport.media import Recorder
from tests.transport.serving import Rig
from tui.domain.ids import ParticipantId
from tui.ports.transport import Transport
from tui.ports.transport_events import JoinedSession, MediaConnected, Reconnected, TransportEvent

E = TypeVar("E", bound=TransportEvent)


class Client:
    def __init__(self, transport: Transport, identity: ParticipantId) -> None:
        self.transport = transport
        self.identity = identity
        self.media = Recorder()
        self.events: list[TransportEvent] = []
        self.joined: JoinedSession | None = None
        self._news = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def join(
        cls, rig: Rig, room: str, identity: ParticipantId, *, moderator: bool = False
    ) -> Client:
        client = cls(rig.transport(), identity)
        document = rig.document(room, identity, moderator=moderator)
        client.joined = await client.transport.join(document, client.media)
        client.follow()
        return client

    def follow(self) -> None:
        """Read events from now on."""
        self._reading = asyncio.create_task(self._read())

    @property
    def id(self) -> ParticipantId:
        """What the transport calls us, since we last joined."""
        assert self.joined is not None
        back = [event.joined for event in self.events if isinstance(event, Reconnected)]
        return [self.joined, *back][-1].local.id

    async def ready(self) -> None:
        """Wait until what others send can arrive; joining does not wait for that."""
        await self.next(MediaConnected)

    async def next(
        self,
        kind: type[E],
        true: Callable[[E], bool] = lambda _event: True,
        *,
        after: int = 0,
        timeout_s: float = 15.0,
    ) -> E:
        """The first event of this kind, from `after` on, for which `true` holds."""
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    for event in self.events[after:]:
                        if isinstance(event, kind) and true(event):
                            return event
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no {kind.__name__} for {self.identity}: {self.events}") from None

    async def close(self) -> None:
        await self.transport.leave()
        if self._reading is not None:
            await asyncio.wait_for(self._reading, 5)

    async def _read(self) -> None:
        async for event in self.transport.events():
            self.events.append(event)
            self._news.set()
