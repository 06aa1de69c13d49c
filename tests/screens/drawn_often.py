"""Draws every scripted screen some times, in random order, and prints what came of each (TST-T1).

    python -m tests.screens.drawn_often SEED ROUNDS

A round starts the screens before a call anew, and a call, whose panels and cards it opens and
closes in another order each time. On standard output: a JSON object, hashes by the screen's name.
"""

from __future__ import annotations

import tests.conftest  # noqa: F401  # isort: skip  # takes out of the environment what changes a pixel

import asyncio
import json
import random
import sys
from collections import defaultdict
from collections.abc import Awaitable, Callable
from functools import partial
from hashlib import sha256
from typing import Any, Final

import pytest

from tests.fakes.handle import FakeHandle
from tests.screens.driving import Driver, logged_in, make_app, running, until
from tests.screens.scripted_call import pressing, scripted_handle
from tests.screens.test_snapshots import lobby_handle, scripted_app
from tests.settled import settle_presses
from tui.domain.commands.account import ListCalls
from tui.front.start import Entrance, JoinTarget, StartPlan

Drawn = defaultdict[str, list[str]]

PANELS: Final = {
    # Keys that lead from the call to a panel or card, and back. The leader's card is none of them:
    # it goes by itself after some seconds, which a slow machine needs to draw it.
    "call": ((), ()),
    "chat": (("c",), ("escape", "escape")),
    "people": (("p",), ("p",)),
    "devices": (("s",), ("s",)),
    "events": (("e",), ("e",)),
    "help": (("question_mark",), ("escape",)),
    "leave": (("l",), ("escape",)),
    "menu": (("p", "enter"), ("escape", "p")),
    "command": (("colon", "u", "n"), ("escape", "escape")),
    "react": (("g",), ("escape",)),
}

LAYOUTS: Final = {
    # The same letter twice would count as one key that is held, on a machine that is fast enough.
    "tile": (),
    "sidebar": ("w",),
    "spotlight": ("colon", *"layout", "space", *"spotlight", "enter"),
}


def keep(drawn: Drawn, name: str, app: Any) -> None:
    """Add the hash of what the app shows now."""
    drawn[name].append(sha256(app.export_screenshot().encode()).hexdigest()[:16])


async def draw_call(drawn: Drawn, order: random.Random) -> None:
    """A call without pictures, and all that lies in it and over it."""
    handle = scripted_handle(pictures="none")
    app = scripted_app(handle)
    async with running(app) as pilot:
        # What waited in the chat is read, and the banner of the missing camera put away.
        await pressing(handle, "c", "escape", "escape", "escape")(pilot)
        for name in order.sample(sorted(PANELS), len(PANELS)):
            there, back = PANELS[name]
            for key in there:
                await pilot.press(key)
            await still(pilot)
            keep(drawn, name, app)
            for key in back:
                await pilot.press(key)
            await until(pilot, lambda: app.focused is app.call, f"the call after {name}")


async def draw_pictures(drawn: Drawn, order: random.Random) -> None:
    """A call in which everybody shows a picture, in one of the layouts."""
    handle = scripted_handle(pictures="bars")
    app = scripted_app(handle)
    layout = order.choice(sorted(LAYOUTS))
    async with running(app) as pilot:
        await pressing(handle, *LAYOUTS[layout])(pilot)
        keep(drawn, f"pictures, {layout}", app)


async def draw_sign_in(drawn: Drawn, order: random.Random) -> None:
    """The first screen of somebody new."""
    app = make_app(FakeHandle(), StartPlan())
    async with running(app) as pilot:
        await until(pilot, lambda: app.focused, "a field")
        await still(pilot)
        keep(drawn, "sign-in", app)


async def draw_lobby(drawn: Drawn, order: random.Random) -> None:
    """The list of sessions."""
    handle = lobby_handle()
    app = make_app(handle, StartPlan())
    async with running(app) as pilot:
        await until(pilot, lambda: handle.called(ListCalls), "the list")
        await pilot.press("escape")
        await still(pilot)
        keep(drawn, "lobby", app)


async def draw_green_room(drawn: Drawn, order: random.Random) -> None:
    """Before a call, the server has answered."""
    target = JoinTarget(session_id="standup")
    app = make_app(logged_in("Bo Chen"), StartPlan(target=target, entrance=Entrance()))
    async with running(app) as pilot:
        await until(pilot, lambda: app.focused and app.focused.id == "join-now", "the room")
        await until(pilot, lambda: "45 ms" in app.export_screenshot().replace("&#160;", " "))
        await still(pilot)
        keep(drawn, "green room", app)


async def still(pilot: Driver) -> None:
    """Wait until three screens in turn are alike, whose text cursors do not blink."""
    before, alike = "", 0
    while alike < 2:
        for field in pilot.app.screen.query("Input, TextArea"):
            field.cursor_blink = False  # type: ignore[attr-defined]
        now = pilot.app.export_screenshot()
        before, alike = now, alike + 1 if now == before else 0
        await pilot.pause(0.1)


SCREENS: Final[tuple[Callable[[Drawn, random.Random], Awaitable[None]], ...]] = (
    draw_call,
    draw_pictures,
    draw_sign_in,
    draw_lobby,
    draw_green_room,
)


def main(seed: int, rounds: int) -> None:
    """See the module."""
    drawn: Drawn = defaultdict(list)
    order = random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        settle_presses(patch)
        for _ in range(rounds):
            for draw in order.sample(SCREENS, len(SCREENS)):
                asyncio.run(partial(draw, drawn, order)())  # type: ignore[arg-type]
    print(json.dumps(drawn))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
