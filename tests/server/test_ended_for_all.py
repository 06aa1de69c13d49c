"""A session that a moderator ended is over for those, too, whose connection was lost then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from livekit.protocol import models, rtc

from tests.server.conftest import ACCESS, Connect, Running, request
from tests.server.lk_client import LkClient, until
from tests.tokens import issued
from tests.transport.client import Client
from tui.domain.ids import ParticipantId
from tui.domain.join import LiveKitJoin
from tui.ports.transport_events import Disconnected, DisconnectReason, Reconnected, Reconnecting
from tui.transport.backoff import Backoff
from tui.transport.livekit.transport import LiveKitTransport


@pytest.fixture
async def ben(server: Running) -> AsyncIterator[Client]:
    backoff = Backoff(first_s=0.05, most_s=0.1, spread=lambda: 0.0)
    made = Client(LiveKitTransport(backoff=backoff, loopback_candidates=True), ParticipantId("ben"))
    document = LiveKitJoin(server.ws, issued(ACCESS, "ben", "demo", name="Ben"))
    made.joined = await made.transport.join(document, made.media)
    made.follow()
    await made.ready()
    yield made
    await made.close()


def lose(server: Running) -> None:
    """The server loses somebody, who will want to come back."""
    server.media._rooms._rooms["demo"].participants["ben"].leave(
        models.CONNECTION_TIMEOUT, action=rtc.LeaveRequest.RECONNECT, tell=True
    )


async def test_whoever_was_away_does_not_come_back_alone(
    server: Running, connect: Connect, ben: Client
) -> None:
    await connect(server, "ana")
    lose(server)
    server.media._rooms.end("demo", models.ROOM_DELETED)
    end = await ben.next(Disconnected)
    assert end.reason is DisconnectReason.SESSION_ENDED
    assert not [one for one in ben.events if isinstance(one, Reconnected)]
    assert server.present == {}, "no empty session was begun for them"


async def test_the_next_session_of_that_name_is_not_theirs(
    server: Running, connect: Connect, ben: Client
) -> None:
    await connect(server, "ana")
    lose(server)
    server.media._rooms.end("demo", models.ROOM_DELETED)
    await connect(server, "chi")
    assert (await ben.next(Disconnected)).reason is DisconnectReason.SESSION_ENDED
    assert server.present == {"demo": ["chi"]}
    await connect(server, "ben")  # anew, because they want to
    assert server.present == {"demo": ["chi", "ben"]}


async def test_whoever_comes_back_while_it_runs_is_back(
    server: Running, connect: Connect, ben: Client
) -> None:
    await connect(server, "ana")
    lose(server)
    await ben.next(Reconnecting)
    await ben.next(Reconnected)
    assert sorted(server.present["demo"]) == ["ana", "ben"]


async def test_who_takes_up_the_signalling_of_an_ended_session_is_told(
    server: Running, connect: Connect
) -> None:
    ana = await connect(server, "ana")
    token = issued(ACCESS, "ana", "demo")
    server.media._rooms.end("demo", models.ROOM_DELETED)
    await asyncio.wait_for(ana.closed.wait(), 10)
    ana.leave = None
    await ana.resume(server.ws, token)
    await until(lambda: ana.leave is not None, what="goodbye")
    assert ana.leave is not None
    assert (ana.leave.reason, ana.leave.action) == (
        models.ROOM_DELETED,
        rtc.LeaveRequest.DISCONNECT,
    )


async def test_validating_says_it_in_words(server: Running, connect: Connect) -> None:
    ana: LkClient = await connect(server, "ana")
    assert ana.join is not None
    server.media._rooms.end("demo", models.ROOM_DELETED)
    token = issued(ACCESS, "ana", "demo")
    path = f"/rtc/validate?access_token={token}"
    assert await request(server, "GET", f"{path}&again_in={ana.join.room.sid}") == (
        410,
        b"ended: the session was ended for everybody",
    )
    for other in ("", "RM_another"):
        assert (await request(server, "GET", f"{path}&again_in={other}"))[0] == 200
