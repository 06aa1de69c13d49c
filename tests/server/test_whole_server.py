"""REST and the real media side together: what one learns, the other tells."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import pytest
from websockets.exceptions import InvalidStatus

from tests.server.lk_client import LkClient
from tui.domain.errors import CallsError
from tui.domain.settings import AppSettings
from tui.ports.service import JoinDocument
from tui.server.embedded import EmbeddedServer
from tui.server.http.listener import ServeError
from tui.server.serve_config import ServeConfig
from tui.service.rest import RestService
from tui.service.room_admin import TwirpRoomAdmin


@dataclass
class Person:
    service: RestService
    auth_token: str
    document: JoinDocument
    client: LkClient
    admin: TwirpRoomAdmin


Join = Callable[[str], Awaitable[Person]]


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    one = EmbeddedServer(ServeConfig(port=0, open_users=True))
    await one.start()
    yield one
    await one.stop()


@pytest.fixture
async def join(server: EmbeddedServer) -> AsyncIterator[Join]:
    people: list[Person] = []

    async def make(uid: str) -> Person:
        service = RestService(AppSettings(server=server.url))
        auth_token = await service.create_auth_token(uid, server.api_key)
        call_token = await service.create_call_token(auth_token, "daily stand-up")
        document = await service.resolve_call_token(auth_token, call_token)
        admin = TwirpRoomAdmin(document.transport.url, document.transport.token)
        person = Person(service, auth_token, document, LkClient(), admin)
        people.append(person)
        await person.client.connect(document.transport.url, document.transport.token)
        return person

    yield make
    for person in people:
        await person.client.close()
        await person.admin.aclose()
        await person.service.aclose()


async def settled(ask: Callable[[], Awaitable[bool]]) -> bool:
    """Whether the answer becomes yes within ten seconds."""
    try:
        async with asyncio.timeout(10):
            while not await ask():
                await asyncio.sleep(0.02)
    except TimeoutError:
        return False
    return True


async def test_a_join_shows_in_the_session_list_and_the_call_log(
    server: EmbeddedServer, join: Join
) -> None:
    ana = await join("ana")
    bob = await join("bob")
    assert not ana.document.transport.moderator and not bob.document.transport.moderator
    assert ana.client.join is not None and bob.client.join is not None
    assert json.loads(ana.client.join.participant.metadata) == {"role": "moderator"}
    assert not bob.client.join.participant.metadata
    assert ana.client.join.room.name == "daily stand-up"

    async def both_are_listed() -> bool:
        (session,) = await ana.service.running_sessions(ana.auth_token)
        return session.participants == ("ana", "bob")

    assert await settled(both_are_listed)
    await bob.client.close()

    async def bob_is_gone() -> bool:
        (session,) = await ana.service.running_sessions(ana.auth_token)
        return session.participants == ("ana",)

    assert await settled(bob_is_gone)
    (call,) = (await bob.service.call_log(bob.auth_token)).calls
    assert (call.status, call.participants) == ("ongoing", ("ana", "bob"))


async def test_only_the_moderator_removes_and_ends(server: EmbeddedServer, join: Join) -> None:
    ana = await join("ana")
    bob = await join("bob")
    session_id = ana.document.session_id
    for forbidden in (bob.admin.remove(session_id, "ana"), bob.admin.end(session_id)):
        with pytest.raises(CallsError) as caught:
            await forbidden
        assert caught.value.code == "ERROR_NOT_PERMITTED"
    with pytest.raises(CallsError) as caught:
        await ana.admin.end("another session")
    assert caught.value.code == "ERROR_NOT_PERMITTED"
    with pytest.raises(CallsError) as caught:
        await ana.admin.remove(session_id, "nobody")
    assert caught.value.code == "ERROR_NO_SESSION"
    await ana.admin.remove(session_id, "bob")
    await asyncio.wait_for(bob.client.closed.wait(), 10)
    await ana.admin.end(session_id)
    await asyncio.wait_for(ana.client.closed.wait(), 10)

    async def it_is_over() -> bool:
        return await ana.service.running_sessions(ana.auth_token) == ()

    assert await settled(it_is_over)
    (call,) = (await bob.service.call_log(bob.auth_token)).calls
    assert call.status == "ended"
    # Who moderated it does not moderate the next session of that name.
    await bob.client.connect(bob.document.transport.url, bob.document.transport.token)
    with pytest.raises(CallsError) as caught:
        await ana.admin.remove(session_id, "bob")
    assert caught.value.code == "ERROR_NOT_PERMITTED"


async def test_the_removed_stay_out_until_they_are_let_in(
    server: EmbeddedServer, join: Join
) -> None:
    ana, bob = await join("ana"), await join("bob")
    session_id = ana.document.session_id
    await ana.admin.remove(session_id, "bob")
    await asyncio.wait_for(bob.client.closed.wait(), 10)
    with pytest.raises(InvalidStatus) as refused:
        await LkClient().connect(bob.document.transport.url, bob.document.transport.token)
    assert refused.value.response.status_code == 403
    with pytest.raises(CallsError) as caught:
        await bob.admin.readmit(session_id, "bob")
    assert caught.value.code == "ERROR_NOT_PERMITTED"
    await ana.admin.readmit(session_id, "bob")
    again = LkClient()
    await again.connect(bob.document.transport.url, bob.document.transport.token)
    assert again.join is not None
    await again.close()


async def test_whoever_signed_out_does_not_come_back_by_a_call_token(
    server: EmbeddedServer, join: Join
) -> None:
    ana = await join("ana")
    where = ana.document.transport
    await ana.service.logout(ana.auth_token)
    assert ana.client.leave is None, "who is in a call stays in it"
    with pytest.raises(InvalidStatus) as refused:
        await LkClient().connect(where.url, where.token)
    assert refused.value.response.status_code == 401
    assert "signed out" in (refused.value.response.body or b"").decode()


async def test_stopping_says_goodbye_and_leaves_nothing(server: EmbeddedServer, join: Join) -> None:
    ana = await join("ana")
    began = asyncio.get_running_loop().time()
    await server.stop()
    assert asyncio.get_running_loop().time() - began < 3
    await asyncio.wait_for(ana.client.closed.wait(), 5)
    assert ana.client.leave is not None
    with pytest.raises(CallsError) as caught:
        await ana.service.me(ana.auth_token)
    assert caught.value.code == "NETWORK_ERROR"


async def test_a_udp_port_in_use_is_told(server: EmbeddedServer) -> None:
    other = EmbeddedServer(ServeConfig(port=0, udp_port=server.udp_port))
    with pytest.raises(ServeError, match=f"UDP port {server.udp_port}"):
        await other.start()
    assert other.udp_port == 0
