"""Keys somebody chose, other layouts, and a key row that Tab reaches (KEY-T2, T4, T8)."""

from __future__ import annotations

from textual import events
from textual.widgets import Button, Input

from tests.fakes.handle import FakeHandle
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
from tui.domain.commands.own import SetHandRaised, SetMuted, SetVideoPaused
from tui.domain.keymap import key_map
from tui.front.start import StartPlan
from tui.panel.dialog import Dialog
from tui.panel.help import LeaderCard, TextCard
from tui.screens.login import LoginScreen
from tui.widgets.key_row import KeyRow

OWN = (SetMuted, SetVideoPaused, SetHandRaised)


def done(handle: FakeHandle) -> list[object]:
    return [one for kind in OWN for one in called(handle, kind)]


async def test_key_t4_leader_only_letters_do_nothing_until_the_leader() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle, keys=key_map("leader-only"))
    async with in_call(app) as pilot:
        for letter in "hello, remove my video":
            await pilot.press({" ": "space", ",": "comma"}.get(letter, letter))
        assert done(handle) == []
        assert card(app) is None
        assert app.call is not None
        assert not app.call.open_panel
        assert "^G l Leave" in text_of(app)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: isinstance(card(app), LeaderCard), "the keys")
        await pilot.press("r")
        await until(pilot, lambda: done(handle) == [SetHandRaised(True)], "the hand")
        await pilot.press("ctrl+t")
        await until(pilot, lambda: called(handle, SetMuted) == [SetMuted(True)], "the microphone")


async def test_key_t4_a_key_of_ones_own_acts_and_the_old_one_does_not() -> None:
    handle = logged_in("Bo Chen")
    keys = key_map(keys={"mic.toggle": "k", "cam.toggle": "f2", "hand.toggle": "k"})
    app = make_app(handle, keys=keys)
    async with in_call(app) as pilot:
        assert "k Mic" in text_of(app)
        await pilot.press("m", "v", "r", "ctrl+t")
        assert done(handle) == []
        await pilot.press("k")
        await until(pilot, lambda: done(handle) == [SetMuted(True)], "the microphone")
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.focused, Input), "the chat")
        await pilot.press("f2")
        await until(pilot, lambda: called(handle, SetVideoPaused), "the camera")
        told = [line.plain for line in app.notices.event_log.lines()]
        assert sum("k is for mic.toggle, and not for hand.toggle." in one for one in told) == 1


async def test_key_t8_another_layout_presses_the_key_in_that_place_and_types_itself() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        app.post_message(events.Key("cyrillic_small_letter_soft_sign", "ь"))
        await until(pilot, lambda: called(handle, SetMuted) == [SetMuted(True)], "the microphone")
        app.post_message(events.Key("cyrillic_capital_letter_ka", "К"))
        await until(pilot, lambda: called(handle, SetHandRaised), "the hand")
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.focused, Input), "the chat")
        app.post_message(events.Key("cyrillic_small_letter_soft_sign", "ь"))
        await until(pilot, lambda: app.call and app.call.chat.input.value == "ь", "the letter")
        assert len(called(handle, SetMuted)) == 1


async def test_tab_and_enter_alone_reach_the_keys() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await pilot.press("tab", "shift+tab")
        await until(pilot, lambda: isinstance(app.focused, KeyRow), "the key row")
        await pilot.press("enter")
        await until(pilot, lambda: called(handle, SetMuted) == [SetMuted(True)], "the microphone")
        assert isinstance(app.focused, KeyRow)
        row = app.focused
        leave = [hint.action_id for _, hint in row._placed()].index("call.leave")
        await pilot.press(*["right"] * leave, "enter")
        await until(pilot, lambda: isinstance(card(app), Dialog), "the question")


async def test_key_t2_escape_leaves_a_field_of_the_sign_in_screen_and_f1_helps_in_it() -> None:
    app = make_app(FakeHandle(), StartPlan())
    async with running(app) as pilot:
        await until(pilot, lambda: isinstance(app.base, LoginScreen) and app.focused, "a field")
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(card(app), TextCard), "help")
        await pilot.press("escape")
        await until(pilot, lambda: card(app) is None, "the form")
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.focused, Button), "a button")
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(card(app), TextCard), "help")
