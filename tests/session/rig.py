"""A joined session core with everything around it in the test's hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.fakes.world import FakeWorld
from tui.domain.announcements import Announcement
from tui.domain.device_choice import MediaChoice
from tui.domain.events import SessionEvent
from tui.domain.settings import AppSettings
from tui.engine.panel import FrontEndPanel
from tui.ports.handle import Update
from tui.session.calls import Calls

APP = AppSettings(server="http://127.0.0.1:1")
MEDIA = MediaChoice("test:bars", "test:tone=440", "null")


class Heard:
    """Every update of a session, with a way to wait for one."""

    def __init__(self, calls: Calls):
        self.updates: list[Update] = []
        self._changed = asyncio.Event()
        calls.outlet.subscribe(self._hear)

    def _hear(self, update: Update) -> None:
        self.updates.append(update)
        self._changed.set()

    @property
    def texts(self) -> list[str]:
        """Announcements as `category: text`."""
        return [
            f"{update.category}: {update.text}"
            for update in self.updates
            if isinstance(update, Announcement)
        ]

    @property
    def events(self) -> list[str]:
        """Names of documented events."""
        return [update.name for update in self.updates if isinstance(update, SessionEvent)]

    def payload(self, name: str) -> Any:
        """The payload of the last event of this name."""
        return next(
            update.payload
            for update in reversed(self.updates)
            if isinstance(update, SessionEvent) and update.name == name
        )

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until it holds; checked at every update."""
        async with asyncio.timeout(5):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def logged_in(world: FakeWorld) -> AsyncIterator[tuple[Calls, Heard]]:
    """`ana` is logged in."""
    calls = Calls(world.world())
    heard = Heard(calls)
    await calls.init(APP)
    await calls.login("ana", world.service.api_key)
    try:
        yield calls, heard
    finally:
        await calls.aclose()


@asynccontextmanager
async def joined(
    world: FakeWorld, *, media: MediaChoice = MEDIA, **settings: Any
) -> AsyncIterator[tuple[Calls, Heard]]:
    """`ana` is in the session `standup`, with her media published."""
    async with logged_in(world) as (calls, heard):
        result = await calls.join_session_by_id("standup", settings, FrontEndPanel(), media=media)
        assert result.error is None, result.error
        await heard.until(lambda: any(name == "microphone" for name, _ in world.transport.said))
        yield calls, heard
