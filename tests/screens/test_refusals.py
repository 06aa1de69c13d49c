"""A Jitsi room that does not let us in, in the app."""

from __future__ import annotations

from typing import Any

from tests.fakes.handle import FakeHandle
from tests.front.refusals import REFUSALS, ROOM, WRONG_PASSWORD
from tests.screens.driving import card, make_app, running, text_of, until
from tui.domain.commands.call import JoinJitsi
from tui.domain.errors import exit_code_of
from tui.panel.dialog import Dialog


async def test_why_is_said_and_trying_again_is_offered() -> None:
    handle, errors = FakeHandle(), [error for error, _ in REFUSALS]

    async def refuse(_: Any) -> None:
        raise errors.pop(0)

    handle.instead[JoinJitsi] = refuse
    app = make_app(handle, ROOM)
    async with running(app) as pilot:
        for number, (_, words) in enumerate(REFUSALS):
            if number:
                await pilot.press("t")
            await until(
                pilot,
                lambda w=words: isinstance(card(app), Dialog) and w in " ".join(told(app)),
                words,
            )
        await pilot.press("q")
        await until(pilot, lambda: app.return_value is not None, "the end")
    assert app.return_value == exit_code_of(REFUSALS[-1][0])


def told(app: Any) -> list[str]:
    """The words on the screen, however its lines are broken."""
    return text_of(app).translate({ord("▌"): " ", ord("│"): " "}).split()


async def test_the_password_is_asked_for_until_it_is_right() -> None:
    handle, given = FakeHandle(), []

    async def guarded(command: JoinJitsi) -> None:
        given.append(command.password)
        if command.password != "sesame":
            raise WRONG_PASSWORD

    handle.instead[JoinJitsi] = guarded
    app = make_app(handle, ROOM)
    async with running(app) as pilot:
        for password in ("sesam", "sesame"):
            await until(pilot, lambda: "another password" in " ".join(told(app)), "the question")
            await pilot.press(*password, "enter")
            await until(pilot, lambda p=password: given[-1] == p, password)
            assert password not in text_of(app)
    assert given == ["", "sesam", "sesame"]
