"""A call of the testing kit behind our own screens: a real session, people who follow a script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from cellcall.testing import Mutes, RaisesHand, ScriptedCalls, Step, Talks, Writes, scripted_calls

from tests.screens.driving import Driver, until
from tui.domain.commands import Command
from tui.domain.ids import StreamId
from tui.domain.snapshot import Snapshot, User
from tui.ports.handle import Handle, Picture, Update

R = TypeVar("R")
TALKED_S = 12.0
PEOPLE = ("Bo Chen", "Chi Okafor", "Dee Park")
NOTES = "notes are at example.org/n"
SCRIPT = (
    Mutes("Chi Okafor", at_s=1),
    RaisesHand("Dee Park", at_s=2),
    Writes("Bo Chen", NOTES, at_s=3),
    Talks("Bo Chen", at_s=TALKED_S - 4, for_s=60),
)


class ScriptedHandle:
    """Implements `Handle` on scripted calls; they open when they are first asked something."""

    def __init__(self, calls: ScriptedCalls) -> None:
        self.calls = calls
        self._handle: Handle | None = None

    async def _opened(self) -> Handle:
        self._handle = await self.calls._line._opened()
        return self._handle

    async def do(self, command: Command[R], *, action: str = "") -> R:
        return await (await self._opened()).do(command, action=action)

    def snapshot(self) -> Snapshot:
        """Somebody is logged in from the beginning."""
        return replace(self.calls.snapshot, user=self.calls.get_logged_in_user())

    async def updates(self) -> AsyncIterator[Update]:
        async for update in (await self._opened()).updates():
            yield update

    def show_picture(self, stream: StreamId, width: int, height: int, fps: float = 0.0) -> None:
        if self._handle is not None:
            self._handle.show_picture(stream, width, height, fps)

    def picture(self, stream: StreamId) -> Picture | None:
        return None if self._handle is None else self._handle.picture(stream)

    async def close(self) -> None:
        await self.calls.close()


def scripted_handle(script: Sequence[Step] = SCRIPT, *, pictures: str = "bars") -> ScriptedHandle:
    """Ana Lopez in a call of four, who look like `pictures`."""
    ana = User("ana", "Ana Lopez")
    return ScriptedHandle(scripted_calls(user=ana, people=PEOPLE, pictures=pictures, script=script))


def pressing(handle: ScriptedHandle, *keys: str) -> Callable[[Driver], Awaitable[None]]:
    """Twelve seconds into the call, with something in every field of the status line."""

    async def run(pilot: Driver) -> None:
        app: Any = pilot.app
        await until(pilot, lambda: app.call and app.call.snapshot.in_session, "the call")
        await handle.calls.advance(TALKED_S)
        await until(pilot, lambda: NOTES in app.call.chat.log_view.plain, "the chat")
        app.clear_notifications()
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await handle.calls.drawn(pilot)

    return run
