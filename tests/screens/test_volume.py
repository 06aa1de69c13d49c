"""How loud each person is heard: by key, menu and command, and seen (point 6 of ux 6.4)."""

from __future__ import annotations

from textual.widgets import Input

from tests.fakes.people import camera
from tests.screens.driving import called, card, in_call, logged_in, make_app, text_of, until
from tui.domain.commands.local import SetVolume
from tui.domain.commands.own import SetDevice
from tui.panel.dialog import Dialog
from tui.widgets.command_line import CommandLine


async def test_keys_act_on_the_only_other_person_at_once() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await pilot.press("minus")
        await until(pilot, lambda: called(handle, SetVolume) == [SetVolume("bo", 90)])
        await until(pilot, lambda: app.ui.snapshot.participants[1].volume == 90)
        await pilot.press("plus")
        await until(pilot, lambda: called(handle, SetVolume)[-1] == SetVolume("bo", 100))


async def test_keys_act_on_the_focused_tile_and_the_highlighted_row() -> None:
    handle = logged_in("Bo Chen", "Chi Okafor")
    app = make_app(handle)
    async with in_call(app, notifications=True) as pilot:
        assert app.call is not None
        await pilot.press("plus")
        await until(pilot, lambda: "Whose volume?" in text_of(app), "nobody is chosen")
        app.call.stage.focus_tile(camera("chi"))
        await until(pilot, lambda: app.call and app.call.stage.focused_stream == camera("chi"))
        await pilot.press("minus")
        await until(pilot, lambda: called(handle, SetVolume) == [SetVolume("chi", 90)])
        await pilot.press("p")
        await until(pilot, lambda: app.call and app.focused is app.call.people.rows)
        app.clear_notifications()  # they may lie over the list
        await until(pilot, lambda: "90%" in text_of(app), "shown in the list")
        await pilot.press("down", "plus")
        await until(pilot, lambda: called(handle, SetVolume)[-1] == SetVolume("bo", 110))


async def test_the_menu_of_a_person_asks_for_a_percentage() -> None:
    handle = logged_in("Bo Chen", "Chi Okafor")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: app.call and app.focused is app.call.people.rows)
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(card(app), Dialog), "the menu")
        await pilot.press("o")
        await until(pilot, lambda: app.screen.query(CommandLine), "the command line")
        await until(pilot, lambda: isinstance(app.focused, Input), "its focus")
        await pilot.press(*"150", "enter")
        await until(pilot, lambda: called(handle, SetVolume) == [SetVolume("bo", 150)])


async def test_the_device_panel_uses_a_device_by_keys() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await pilot.press("s")
        await until(pilot, lambda: "> Microphone: USB Audio" in text_of(app))
        await pilot.press("down", "enter")
        await until(pilot, lambda: called(handle, SetDevice) == [SetDevice("speaker", "Headset")])


async def test_who_is_speaking_is_said() -> None:
    handle = logged_in("Bo Chen", "Chi Okafor")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await pilot.press("u")
        await until(pilot, lambda: "Nobody is speaking." in _log(app))
        handle.change_participant("bo", speaking=True)
        handle.change_participant("chi", speaking=True, audio_muted=True)
        handle.change_participant("ana", speaking=True)
        await until(pilot, lambda: app.ui.snapshot.participants[1].speaking)
        await pilot.pause(0.8)  # sooner, a second press might be auto-repeat
        await pilot.press("u")
        await until(pilot, lambda: "You, Bo Chen." in _log(app))


def _log(app: object) -> str:
    return "\n".join(line.plain for line in app.notices.event_log.lines())  # type: ignore[attr-defined]
