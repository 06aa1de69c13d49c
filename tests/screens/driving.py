"""How the tests drive the app: a fake handle, a clock that stands still, keys only."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import fields
from typing import Any

from textual.pilot import Pilot

from tests.fakes.handle import ANA, NOW_MS, C, FakeHandle, people
from tui.app import CallApp
from tui.front.start import JoinTarget, StartPlan
from tui.front.taste import Taste
from tui.panel.card import Card
from tui.ports.handle import Handle
from tui.screens.card_screen import CardScreen
from tui.screens.supplies import Supplies

STANDUP = StartPlan(target=JoinTarget(session_id="4f2a-91"), settings={"title": "Standup"})
Driver = Pilot[int]


class StillClock:
    """Unix milliseconds that pass only when told."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS

    def __call__(self) -> int:
        return self.now_ms


def logged_in(*names: str) -> FakeHandle:
    """A handle with Ana logged in and `names` waiting in the call."""
    handle = FakeHandle(remotes=people(*names))
    handle.change(user=ANA)
    return handle


def make_app(handle: Handle, start: StartPlan = STANDUP, **options: Any) -> CallApp:
    """An app in which nothing moves by itself.

    Args:
        handle: Holds the session.
        start: What is known already.
        options: Fields of `Taste` and `Supplies`, and `found`.
    """
    options = {"clock": StillClock(), "new_session_id": lambda: "new-1", **options}

    def taken(kind: type[Any]) -> dict[str, Any]:
        return {f.name: options.pop(f.name) for f in fields(kind) if f.name in options}

    taste, supplies = Taste(**taken(Taste)), Supplies(**taken(Supplies))
    return CallApp(handle, start=start, taste=taste, supplies=supplies, **options)


@asynccontextmanager
async def running(
    app: CallApp, size: tuple[int, int] = (80, 24), *, notifications: bool = False
) -> AsyncIterator[Driver]:
    """The app without a terminal."""
    async with app.run_test(size=size, notifications=notifications) as pilot:
        await pilot.pause()
        yield pilot


async def until(
    pilot: Driver, holds: Callable[[], object], what: str = "", seconds: float = 5
) -> None:
    """Wait until `holds()`; fails with `what` and the screen's text after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not holds():
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"waited in vain for {what or holds}:\n{text_of(pilot.app)}")
        await pilot.pause(0.01)


@asynccontextmanager
async def in_call(
    app: CallApp, size: tuple[int, int] = (80, 24), *, notifications: bool = False
) -> AsyncIterator[Driver]:
    """The app, in the call."""
    async with running(app, size, notifications=notifications) as pilot:
        await until(pilot, lambda: app.call and app.call.snapshot.in_session, "the call")
        await pilot.pause()
        yield pilot


def card(app: CallApp) -> Card | None:
    """What is asked or told over the screen."""
    return app.screen.card if isinstance(app.screen, CardScreen) else None


def text_of(app: Any) -> str:
    """What is on screen, as text."""
    return "\n".join(
        strip.text.rstrip() for strip in app.screen._compositor.render_strips(app.size)
    )


def called(handle: FakeHandle, kind: type[C]) -> list[C]:
    """Shorthand."""
    return handle.called(kind)
