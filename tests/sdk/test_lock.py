"""Moderators who are programs: they lock a session, and let in who knocks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from cellcall import Calls, CallsError, ErrorCode

from tests.fakes.world import FakeWorld
from tests.sdk.rig import MEDIA, logged_in
from tui.domain.settings import AppSettings
from tui.server.embedded import EmbeddedServer
from tui.server.serve_config import ServeConfig
from tui.service.rest import RestService


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    made = EmbeddedServer(ServeConfig(port=0))
    await made.start()
    yield made
    await made.stop()


async def test_who_knocks_is_let_in_or_not(server: EmbeddedServer) -> None:
    service = RestService(AppSettings(server=server.url))
    code = (await server.links.for_many("standup")).code

    def knock(name: str) -> asyncio.Task[str]:
        return asyncio.create_task(service.become_guest("standup", code, name, lambda: None))

    async with asyncio.timeout(20), Calls(engine="here") as calls:
        await calls.init({"server": server.url})
        token = server.issue_call_token("ana", "Ana", "standup", moderator=True)
        assert (await calls.join_session(token, media=MEDIA)).error is None
        await calls.lock_session()
        knocking = [knock(name) for name in ("Bo", "Cy", "Cy")]
        while len(calls.snapshot.knocks) < 3:
            await asyncio.sleep(0.01)
        with pytest.raises(CallsError) as refused:
            await calls.admit("Cy")
        assert refused.value.code == ErrorCode.VALIDATION, "there are two of them"
        await calls.admit("Bo")
        assert await knocking[0]
        first, second = (one.id for one in calls.snapshot.knocks if one.name == "Cy")
        await calls.refuse(first)
        await calls.admit(second)
        told = await asyncio.gather(*knocking[1:], return_exceptions=True)
        assert sorted(isinstance(one, CallsError) for one in told) == [False, True]
        await calls.unlock_session()
        assert await knock("Dee")
    await service.aclose()


async def test_without_a_call_there_is_nobody_to_let_in() -> None:
    async with logged_in(FakeWorld()) as calls:
        for ask in (calls.lock_session(), calls.admit("Bo"), calls.refuse("Bo")):
            with pytest.raises(CallsError) as refused:
                await ask
            assert refused.value.code == ErrorCode.NO_SESSION
