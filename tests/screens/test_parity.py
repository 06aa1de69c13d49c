"""Every row of the action table can be reached in the app, and does something (ARC-T1, A11Y-10)."""

from __future__ import annotations

import pytest
from textual.app import App

from tests.screens.driving import (
    called,
    card,
    in_call,
    logged_in,
    make_app,
    running,
    text_of,
    until,
)
from tui.app import CallApp
from tui.domain.actions import ACTIONS, BY_ID, Action, Scope
from tui.domain.commands.account import Logout
from tui.domain.commands.call import (
    LetAllUnmute,
    LetUnmute,
    MuteOther,
    Remove,
    SaveFile,
    SendCaption,
    SendChat,
    SendFile,
    SetCaptioner,
    StopVideoOf,
)
from tui.domain.commands.local import Pin, SetDeafened, SetEarcons, SetLayout, SetVolume, Unpin
from tui.domain.commands.own import (
    PlayRecording,
    PlayTestTone,
    SetDevice,
    SetHandRaised,
    SetMicrophoneClosed,
    SetMuted,
    SetProcessing,
    SetTalking,
    SetVideoPaused,
    SpeakText,
    StartShare,
)
from tui.front.start import StartPlan
from tui.panel.dialog import Dialog
from tui.panel.help import TextCard
from tui.panel.view import CallView
from tui.screens.palette import palette_actions
from tui.screens.picker import PickerScreen
from tui.widgets.command_line import CommandLine

SCREENS = {Scope.CALL: (CallView,), Scope.LOBBY: (PickerScreen,)}
ARGUMENTS = {
    "host.unmuting": "off",
    "host.let": "bo",
    "tile.pin": "bo",
    "chat.say": "hello",
    "caption.say": "hello",
    "voice.say": "hello",
    "share.toggle": "test:bars",
    "chat.reply": "1 hello",
    "file.send": "plan.pdf",
    "file.save": "1 /tmp",
    "device.choose": "microphone USB Audio",
    "audio.volume": "bo 80",
    "sound.processing": "noise off",
    "host.mute": "bo",
    "host.video": "bo",
    "announce.set": "speaking off",
}
EFFECTS = {
    "mic.toggle": SetMuted,
    "mic.mute": SetMuted,
    "mic.talk": SetTalking,
    "mic.unmute": SetMuted,
    "mic.close": SetMicrophoneClosed,
    "audio.volume": SetVolume,
    "sound.record": PlayRecording,
    "sound.tone": PlayTestTone,
    "sound.earcons": SetEarcons,
    "sound.processing": SetProcessing,
    "cam.toggle": SetVideoPaused,
    "hand.toggle": SetHandRaised,
    "share.toggle": StartShare,
    "layout.cycle": SetLayout,
    "audio.deafen": SetDeafened,
    "tile.pin": Pin,
    "tile.unpin": Unpin,
    "chat.say": SendChat,
    "chat.reply": SendChat,
    "file.send": SendFile,
    "file.save": SaveFile,
    "caption.say": SendCaption,
    "caption.writer": SetCaptioner,
    "voice.say": SpeakText,
    "device.choose": SetDevice,
    "host.mute": MuteOther,
    "host.video": StopVideoOf,
    "host.unmuting": LetAllUnmute,
    "host.let": LetUnmute,
}
"""The command of the handle each typed action ends in."""


def bound_keys(action: Action) -> set[str]:
    """The keys the screens and the app bind to an action."""
    keys = set()
    scopes = [action.scope] if action.scope is not Scope.ANY else [Scope.CALL, Scope.LOBBY]
    for scope in scopes:
        for screen in SCREENS[scope]:
            for binding in screen.BINDINGS:
                if f"{action.id!r}" in getattr(binding, "action", ""):
                    keys.add(binding.key)  # type: ignore[union-attr]
    return keys


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_arc_t1_a11y_10_every_row_is_bound_and_in_the_palette(action: Action) -> None:
    assert bound_keys(action) == set(action.keys)
    anywhere = {b.key for b in CallApp.BINDINGS if f"{action.id!r}" in getattr(b, "action", "")}  # type: ignore[union-attr]
    assert anywhere == set(action.global_keys)
    scope = Scope.CALL if action.scope is Scope.ANY else action.scope
    in_palette = action in palette_actions(scope)
    assert in_palette or action.id in ("palette", "leader", "cmdline")
    assert action.help.endswith(".")


async def test_typed_commands_do_what_their_rows_say() -> None:
    handle = logged_in("Bo Chen", "Chi Okafor")
    app = make_app(handle)
    async with in_call(app) as pilot:
        for action_id, effect in EFFECTS.items():
            handle.calls.clear()
            command = f"{BY_ID[action_id].command} {ARGUMENTS.get(action_id, '')}".strip()
            await pilot.press("colon")
            await until(pilot, lambda: app.screen.query(CommandLine), "the command line")
            app.screen.query_one(CommandLine).input.value = command
            await pilot.press("enter")
            await until(pilot, lambda name=effect: called(handle, name), command)
            await until(pilot, lambda: not app.screen.query(CommandLine), "the line put away")
            assert called(handle, effect)


async def test_panels_open_and_close_with_their_key() -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app) as pilot:
        assert app.call is not None
        for key, panel in (
            ("c", "chat"),
            ("p", "people"),
            ("e", "events"),
            ("t", "stats"),
            ("s", "devices"),
        ):
            await pilot.press(key)
            await until(pilot, lambda name=panel: app.call and app.call.open_panel == name, panel)
            assert app.focused in app.call.query_one(f"#{panel}").query("*")
            if panel == "chat":
                await pilot.press("escape")
                await pilot.pause(0.8)  # a second press within 700 ms could be auto-repeat
                await pilot.press("c")
                await until(pilot, lambda: app.call and not app.call.open_panel, "closed")
        await pilot.press("escape")
        assert not app.call.has_class("-panel")


async def test_arc_t1_the_rest_of_the_keys() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        assert app.call is not None
        await pilot.press("f")
        await until(pilot, lambda: app.call and app.call.has_class("-full"), "full stage")
        await pilot.press("escape")
        assert not app.call.has_class("-full")
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(card(app), TextCard), "help")
        assert "Turn your microphone" in text_of(app)
        await pilot.press("escape")
        await pilot.press("2")
        await until(pilot, lambda: called(handle, Pin) == [Pin("bo")], "the pin")
        await pilot.press("ctrl+l", "n", "b")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: app.screen is not app.base, "the palette")
        await pilot.press(*"raise", "enter")
        await until(pilot, lambda: called(handle, SetHandRaised), "a palette entry")


async def test_an_unknown_command_is_not_sent() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await pilot.press("c")
        await until(pilot, lambda: app.call and app.call.open_panel)
        await pilot.press(*"/bogus", "enter")
        await until(
            pilot,
            lambda: "Unknown command" in str(app.notices.event_log.lines()[-1].plain),
            "the refusal",
        )
        await pilot.press(*"//hi", "enter")
        await until(pilot, lambda: called(handle, SendChat) == [SendChat("/hi")], "a literal slash")


async def test_host_actions_through_the_menu_of_a_tile() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: app.call and app.call.open_panel == "people")
        await pilot.press("down", "enter")
        await until(pilot, lambda: isinstance(card(app), Dialog), "the menu")
        await pilot.press("r")
        await until(pilot, lambda: "leaves the call at once" in text_of(app), "the question")
        await pilot.press("r")
        await until(pilot, lambda: called(handle, Remove) == [Remove("bo")])


async def test_lobby_commands() -> None:
    handle = logged_in()
    app = make_app(handle, StartPlan())
    async with running(app) as pilot:
        await until(pilot, lambda: isinstance(app.base, PickerScreen))
        await pilot.press("escape", "o")
        await until(pilot, lambda: called(handle, Logout), "signed out")
        await until(pilot, lambda: "User ID" in text_of(app), "the login screen")


def test_the_app_keeps_no_textual_binding_that_does_not_fit() -> None:
    ours = {binding.key for binding in CallApp.BINDINGS}  # type: ignore[union-attr]
    assert "ctrl+q" in ours
    assert App.BINDINGS  # what Textual adds: ctrl+c, which tells how to quit
