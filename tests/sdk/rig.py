"""A `Calls` on a session core in this process, with everything around it in the test's hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.fakes.world import FakeWorld
from tui.domain.device_choice import MediaChoice
from tui.engine.local import LocalHandle
from tui.ports.handle import Handle
from tui.sdk.calls import Calls
from tui.session.core import SessionCore

SERVER = "http://127.0.0.1:1"
MEDIA = MediaChoice("test:bars", "test:tone=440", "null")


def calls_in(world: FakeWorld, *, keep_login: bool = False) -> Calls:
    """Not yet initialised."""

    async def open_handle() -> Handle:
        return LocalHandle(SessionCore(world.world()), world.pictures)

    return Calls(engine=open_handle, keep_login=keep_login)


@asynccontextmanager
async def logged_in(world: FakeWorld, *, keep_login: bool = False) -> AsyncIterator[Calls]:
    """`ana` is logged in."""
    async with calls_in(world, keep_login=keep_login) as calls:
        await calls.init(server=SERVER)
        await calls.login("ana", world.service.api_key)
        yield calls


@asynccontextmanager
async def joined(world: FakeWorld, **settings: object) -> AsyncIterator[Calls]:
    """`ana` is in the session `standup`, drawn nowhere."""
    async with logged_in(world) as calls:
        world.transport.session_id = "standup"
        result = await calls.join_session_by_id("standup", settings, media=MEDIA)
        assert result.error is None
        yield calls
