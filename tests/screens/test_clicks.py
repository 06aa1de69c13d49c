"""The mouse: what looks like a key or a button acts when it is clicked."""

from __future__ import annotations

from textual.pilot import Pilot

from tests.screens.driving import called, card, in_call, logged_in, make_app, running, until
from tui.domain.commands.account import CheckServer
from tui.domain.commands.own import EndSoundCheck, SetMuted
from tui.domain.snapshot import DeviceKind
from tui.front.start import Entrance, JoinTarget, StartPlan
from tui.panel.help import TextCard
from tui.screens.green_room import GreenRoomScreen
from tui.widgets.call_header import CallHeader
from tui.widgets.key_row import KeyRow


async def click_on(pilot: Pilot[int], widget: type[CallHeader | KeyRow], word: str) -> None:
    """On the last letter of a word."""
    row = pilot.app.screen.query_one(widget)
    line = str(row.render())
    assert word in line
    await pilot.click(
        widget, offset=(row.styles.padding.left + line.index(word) + len(word) - 1, 0)
    )
    await pilot.pause()


async def test_mouse_1_keys_of_the_row_are_buttons() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await click_on(pilot, KeyRow, "m Mic")
        await until(pilot, lambda: called(handle, SetMuted) == [SetMuted(True)], "the microphone")
        await click_on(pilot, KeyRow, "c Chat")
        await until(pilot, lambda: app.focused is app.call.chat.input, "the chat")
        await click_on(pilot, KeyRow, "Esc call keys")
        await until(pilot, lambda: app.focused is app.call, "out of the text field")
        await click_on(pilot, KeyRow, "? Help")
        await until(pilot, lambda: isinstance(card(app), TextCard), "the help")


async def test_mouse_2_large_targets_are_three_rows_high_without_gaps() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle, large_targets=True)
    async with in_call(app) as pilot:
        row = app.screen.query_one(KeyRow)
        assert row.size.height == 3
        line = str(row.render())
        for y, x in ((0, line.index("c Chat")), (2, line.index("c Chat") + len("c Chat"))):
            await pilot.click(KeyRow, offset=(row.styles.padding.left + x, y))
            await until(pilot, lambda: app.focused is app.call.chat.input, "the chat")
            await pilot.press("escape", "escape")
            await until(pilot, lambda: app.focused is app.call, "out of the chat")
        await pilot.press("l")
        await until(pilot, lambda: card(app) is not None, "the question")
        assert {button.size.height for button in card(app).query("PlainButton")} == {3}


async def test_the_green_room_is_one_too() -> None:
    handle = logged_in("Bo Chen")
    target = JoinTarget(session_id="standup")
    app = make_app(handle, StartPlan(target=target, entrance=Entrance()))
    async with running(app) as pilot:
        await until(pilot, lambda: isinstance(app.base, GreenRoomScreen), "the green room")
        await until(pilot, lambda: len(called(handle, CheckServer)) == 1)
        await click_on(pilot, KeyRow, "m Mic")
        await until(pilot, lambda: app.flow.room.is_on(DeviceKind.MICROPHONE))
        await click_on(pilot, KeyRow, "v Cam")
        await until(pilot, lambda: app.flow.room.is_on(DeviceKind.CAMERA))
        await click_on(pilot, KeyRow, "r Check again")
        await until(pilot, lambda: len(called(handle, CheckServer)) == 2, "the server")
        await click_on(pilot, KeyRow, "Esc Back")
        await until(pilot, lambda: called(handle, EndSoundCheck), "the way back")


async def test_the_header_leads_to_the_help() -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app) as pilot:
        await click_on(pilot, CallHeader, "2 people")
        assert app.screen is app.base
        await click_on(pilot, CallHeader, "? Help")
        await until(pilot, lambda: isinstance(card(app), TextCard), "the help")
