"""A locked session: who knocks is let in by a moderator or not, and nobody comes in otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.transport.client import Client
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId
from tui.domain.join import LiveKitJoin
from tui.domain.settings import AppSettings
from tui.ports.transport_events import LockTold
from tui.server.embedded import EmbeddedServer
from tui.server.serve_config import ServeConfig
from tui.service.rest import RestService
from tui.service.room_admin import TwirpRoomAdmin
from tui.transport.livekit.transport import LiveKitTransport

SESSION = "standup"


class Door:
    """A running server with a moderator in the session, and whoever comes by a link for many."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.server = server
        self.service = RestService(AppSettings(server=server.url))
        self.waits: list[str] = []
        self.inside: list[Client] = []

    async def join(self, token: str, *, moderator: bool = False) -> Client:
        client = Client(LiveKitTransport(make_room_admin=TwirpRoomAdmin), ParticipantId("x"))
        document = LiveKitJoin(self.server.ws_url, token, moderator)
        client.joined = await client.transport.join(document, client.media)
        client.follow()
        self.inside.append(client)
        return client

    def token(self, uid: str, *, moderator: bool = False) -> str:
        return self.server.issue_call_token(uid, uid.title(), SESSION, moderator=moderator)

    async def knock(self, name: str) -> str:
        link = await self.server.links.for_many(SESSION)
        return await self.service.become_guest(
            SESSION, link.code, name, lambda: self.waits.append(name)
        )


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    server = EmbeddedServer(ServeConfig(port=0))
    await server.start()
    made = Door(server)
    try:
        yield made
    finally:
        for client in made.inside:
            await client.close()
        await made.service.aclose()
        await server.stop()


async def test_nobody_new_comes_in_who_is_not_let_in(door: Door) -> None:
    bo_token = door.token("bo")
    ana = await door.join(door.token("ana", moderator=True), moderator=True)
    bo = await door.join(bo_token)
    moderator = ana.transport.moderator
    assert moderator is not None
    await moderator.lock(on=True)
    await bo.next(LockTold, lambda told: told.locked)

    with pytest.raises(CallsError) as refused:
        await door.join(door.token("chi"))
    assert "locked" in refused.value.description
    await door.inside.pop().close()  # who was in may come back
    await door.join(bo_token)

    turned_away = asyncio.create_task(door.knock("Eve"))
    told = await ana.next(LockTold, lambda told: [one.name for one in told.knocks] == ["Eve"])
    assert not turned_away.done()
    await moderator.answer(told.knocks[0].id, let_in=False)
    with pytest.raises(CallsError) as refused:
        await turned_away
    assert refused.value.code == "ERR_NOT_LET_IN"
    assert door.waits == ["Eve"]

    let_in = asyncio.create_task(door.knock("Gast"))
    told = await ana.next(LockTold, lambda told: [one.name for one in told.knocks] == ["Gast"])
    await moderator.answer(told.knocks[0].id, let_in=True)
    guest = await door.join(await let_in)
    assert guest.joined is not None
    assert guest.joined.local.name == "Gast"
    with pytest.raises(CallsError) as refused:
        await moderator.answer(told.knocks[0].id, let_in=True)
    assert refused.value.code == ErrorCode.NO_SESSION

    waits = asyncio.create_task(door.knock("Late"))
    await ana.next(LockTold, lambda told: [one.name for one in told.knocks] == ["Late"])
    await moderator.lock(on=False)
    assert await waits
    chi = await door.join(door.token("chi"))
    assert chi.joined is not None
    assert {one.name for one in chi.joined.others} == {"Ana", "Bo", "Gast"}
