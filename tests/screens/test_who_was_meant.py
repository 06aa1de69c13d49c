"""The roster changes while a question is open, or while something waits."""

from __future__ import annotations

import asyncio

import pytest
from textual.pilot import Pilot

from tests.fakes.handle import FakeHandle
from tests.screens.driving import called, card, in_call, logged_in, make_app, text_of, until
from tui.app import CallApp
from tui.domain.commands import Command
from tui.domain.commands.call import MuteOther, Remove, SendChat, StopVideoOf
from tui.domain.commands.local import Pin, SetVolume
from tui.domain.commands.own import SetMuted
from tui.domain.ids import ParticipantId
from tui.panel.dialog import Dialog
from tui.widgets.command_line import CommandLine

CHI = ParticipantId("chi")
BO = ParticipantId("bo")


def hold_chat(handle: FakeHandle) -> asyncio.Event:
    """As when reconnecting: the transport waits."""
    sent = asyncio.Event()

    async def slow(_: object) -> None:
        await sent.wait()

    handle.instead[SendChat] = slow
    return sent


async def open_menu_of_chi(pilot: Pilot[int], app: CallApp) -> None:
    await pilot.press("p")
    await until(pilot, lambda: app.call and app.call.open_panel == "people")
    await pilot.press("down", "down", "enter")
    await until(pilot, lambda: isinstance(card(app), Dialog), "the menu")
    assert "Chi Okafor" in text_of(app)


async def test_who_was_asked_about_is_removed_though_a_chat_line_waits() -> None:
    handle = logged_in("Bo Chen", "Chi Okafor", "Dee Ray")
    sent = hold_chat(handle)
    app = make_app(handle)
    async with in_call(app) as pilot:
        app.do("chat.say", "hello")
        await until(pilot, lambda: called(handle, SendChat))
        app.do("host.remove", "chi")
        await until(pilot, lambda: "Chi Okafor leaves the call at once" in text_of(app))
        handle.leaves(BO)
        await pilot.press("r")
        await until(pilot, lambda: called(handle, Remove), "the removal")
        assert called(handle, Remove) == [Remove(CHI)]
        sent.set()


@pytest.mark.parametrize(
    ("key", "command"),
    [("m", MuteOther(CHI)), ("v", StopVideoOf(CHI)), ("p", Pin(CHI))],
    ids=["mute", "stop video", "pin"],
)
async def test_the_menu_is_of_the_one_it_was_opened_for(key: str, command: Command[None]) -> None:
    handle = logged_in("Bo Chen", "Chi Okafor", "Dee Ray")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await open_menu_of_chi(pilot, app)
        handle.leaves(BO)
        await pilot.pause()
        await pilot.press(key)
        await until(pilot, lambda: called(handle, type(command)), "the command")
        assert called(handle, type(command)) == [command]


async def test_the_menu_of_one_who_has_left_does_nothing_to_anybody() -> None:
    handle = logged_in("Bo Chen", "Chi Okafor", "Dee Ray")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await open_menu_of_chi(pilot, app)
        handle.leaves(CHI)
        await pilot.pause()
        await pilot.press("m")
        await until(
            pilot,
            lambda: "Chi Okafor has left." in str(app.notices.event_log.lines()[-1].plain),
            "told",
        )
        assert called(handle, MuteOther) == []


async def test_a_volume_is_typed_for_the_one_it_was_asked_for() -> None:
    handle = logged_in("Bo Chen", "Chi Okafor", "Dee Ray")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await open_menu_of_chi(pilot, app)
        await pilot.press("o")
        await until(pilot, lambda: app.screen.query(CommandLine), "the line")
        assert "Volume of Chi Okafor:" in text_of(app)
        handle.leaves(BO)
        await pilot.press(*"150", "enter")
        await until(pilot, lambda: called(handle, SetVolume), "the volume")
        assert called(handle, SetVolume) == [SetVolume(CHI, 150)]


async def test_a_volume_that_is_no_number_is_said() -> None:
    handle = logged_in("Bo Chen", "Chi Okafor")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await open_menu_of_chi(pilot, app)
        await pilot.press("o")
        await until(pilot, lambda: app.screen.query(CommandLine), "the line")
        await pilot.press(*"loud", "enter")
        await until(
            pilot,
            lambda: "allowed: 0 to 200" in str(app.notices.event_log.lines()[-1].plain),
            "what is allowed",
        )
        assert called(handle, SetVolume) == []


async def test_the_microphone_overtakes_a_chat_line_that_waits() -> None:
    handle = logged_in("Bo Chen")
    sent = hold_chat(handle)
    app = make_app(handle)
    async with in_call(app) as pilot:
        app.do("chat.say", "hello")
        await until(pilot, lambda: called(handle, SendChat))
        await pilot.press("m")
        await until(pilot, lambda: called(handle, SetMuted) == [SetMuted(True)], "muted")
        sent.set()
