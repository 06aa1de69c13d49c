"""A joined session core with everything around it in the test's hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from tests.fakes.world import FakeWorld
from tui.domain.device_choice import MediaChoice
from tui.domain.happenings import Happening
from tui.domain.happenings.table import announcement, sdk_events
from tui.domain.settings import AppSettings
from tui.domain.snapshot import Levels, Snapshot
from tui.ports.handle import EngineGone, Update
from tui.session.core import SessionCore

APP = AppSettings(server="http://127.0.0.1:1")
MEDIA = MediaChoice("test:bars", "test:tone=440", "null")


class Heard:
    """Every update of a session, with a way to wait for one."""

    def __init__(self, calls: SessionCore):
        self.core = calls
        self.updates: list[Update] = []
        self._changed = asyncio.Event()
        calls.outlet.subscribe(self._hear)

    def _hear(self, update: Update) -> None:
        self.updates.append(update)
        self._changed.set()

    @property
    def happenings(self) -> list[Happening]:
        """What happened."""
        apart = (Snapshot, Levels, EngineGone)
        return [one for one in self.updates if not isinstance(one, apart)]

    @property
    def texts(self) -> list[str]:
        """Announcements as `category: text`."""
        told = [announcement(one, at_ms=0) for one in self.happenings]
        return [f"{one.category}: {one.text}" for one in told if one is not None]

    @property
    def events(self) -> list[str]:
        """Names of documented events."""
        return [event.name for one in self.happenings for event in sdk_events(one)]

    def payload(self, name: str) -> Any:
        """The payload of the last event of this name."""
        fired = [event for one in self.happenings for event in sdk_events(one)]
        return next(event.payload for event in reversed(fired) if event.name == name)

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until it holds; checked at every update."""
        async with asyncio.timeout(5):
            while not condition():
                self._changed.clear()
                await self._changed.wait()


@asynccontextmanager
async def logged_in(world: FakeWorld) -> AsyncIterator[tuple[SessionCore, Heard]]:
    """`ana` is logged in."""
    calls = SessionCore(world.world())
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
) -> AsyncIterator[tuple[SessionCore, Heard]]:
    """`ana` is in the session `standup`, with her media published."""
    async with logged_in(world) as (calls, heard):
        await calls.join_session_by_id("standup", settings, media)
        await heard.until(lambda: any(name == "microphone" for name, _ in world.transport.said))
        yield calls, heard
