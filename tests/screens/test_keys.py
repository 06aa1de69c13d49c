"""Where a key goes: text fields win, nothing is a trap, nothing acts twice (KEY-T2, T3, T6)."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest
from textual import events
from textual.widgets import Input

from tests.fakes.handle import FakeHandle
from tests.fakes.people import changed
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
from tui.domain.announcements import Category
from tui.domain.commands.account import ListRunning, Login
from tui.domain.commands.call import Leave, MarkChatRead
from tui.domain.commands.own import (
    React,
    SetHandRaised,
    SetMuted,
    SetVideoPaused,
    StartRecording,
    StartShare,
    StopShare,
)
from tui.domain.reactions import Reaction
from tui.domain.snapshot import DeviceKind, DeviceState
from tui.front.start import StartPlan
from tui.front.whose_sound import whose_sound
from tui.panel.bindings import RepeatGuard, Verdict
from tui.panel.dialog import Dialog
from tui.screens.login import LoginScreen
from tui.screens.suspending import parting_words


async def test_key_t3_every_printable_character_is_text_in_the_chat() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    typed = "".join(c for c in string.printable if c.isprintable())
    async with in_call(app) as pilot:
        assert app.call is not None
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.focused, Input))
        await until(pilot, lambda: called(handle, MarkChatRead))
        await until(pilot, lambda: handle.buttons)
        before = list(handle.calls)
        for character in typed:
            app.post_message(events.Key(_name(character), character))
        await until(pilot, lambda: app.call and app.call.chat.input.value == typed, "the text")
        assert handle.calls == before
        await pilot.press("ctrl+e", "ctrl+d")
        assert handle.calls == before
        await pilot.press("ctrl+t")
        await until(pilot, lambda: called(handle, SetMuted) == [SetMuted(True)], "ctrl+t")
        await pilot.press("ctrl+g", "r")
        await until(
            pilot, lambda: called(handle, SetHandRaised) == [SetHandRaised(True)], "the leader"
        )
        assert app.call.chat.input.value == typed
        assert app.focused is app.call.chat.input


def _name(character: str) -> str:
    from textual.keys import _character_to_key

    return _character_to_key(character)


async def test_a_draft_stays_when_the_chat_is_left() -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app) as pilot:
        assert app.call is not None
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.focused, Input))
        await pilot.press(*"draft", "escape", "escape")
        assert not app.call.open_panel
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.focused, Input))
        assert app.call.chat.input.value == "draft"


async def test_the_microphone_key_works_in_a_dialog() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await pilot.press("l")
        await until(pilot, lambda: isinstance(card(app), Dialog))
        await pilot.press("ctrl+t")
        await until(pilot, lambda: called(handle, SetMuted) == [SetMuted(True)])
        assert isinstance(card(app), Dialog)


async def test_ctrl_q_asks_in_a_call_and_then_quits() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle, StartPlan())
    async with running(app) as pilot:
        await pilot.press("escape", "n")
        await until(pilot, lambda: app.call and app.call.snapshot.in_session)
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(card(app), Dialog), "the question")
        await pilot.press("enter")
        await until(pilot, lambda: app.return_value is not None, "the end")
    assert app.return_value == 0
    assert called(handle, Leave)


async def test_key_t6_upper_case_is_the_same_key() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        app.post_message(events.Key("M", "M"))
        await until(pilot, lambda: called(handle, SetMuted) == [SetMuted(True)])


async def test_key_t6_a_paste_on_the_stage_does_nothing() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app, notifications=True) as pilot:
        for character in "leave me at noon vmrx":
            app.post_message(events.Key(_name(character), character))
        await until(pilot, lambda: "Paste ignored" in text_of(app), "the hint")
        await pilot.pause(0.2)
        assert app.screen is app.base
        assert not called(handle, SetMuted)
        assert not called(handle, SetVideoPaused)


async def test_a_pasted_paragraph_keeps_all_its_lines() -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app) as pilot:
        assert app.call is not None
        await pilot.press("c")
        await until(pilot, lambda: isinstance(app.focused, Input))
        app.post_message(events.Paste("one\ntwo\n  three"))
        await until(pilot, lambda: app.call and app.call.chat.input.value, "the paste")
        assert app.call.chat.input.value == "one⏎two⏎  three"
        app.post_message(events.Paste("x" * 5000))
        await until(pilot, lambda: app.call and len(app.call.chat.input.value) > 99, "the rest")
        assert len(app.call.chat.input.value) == 4000
        words = "What you pasted has 5000 characters; 4000 are allowed here"
        lines = app.notices.event_log.lines
        await until(pilot, lambda: words in lines()[-1].plain, "that it was cut")


class TestRepeat:
    def test_a_key_held_down_toggles_once(self) -> None:
        guard = RepeatGuard()
        assert guard.offer("m", 0.0) is Verdict.ACT
        assert guard.offer("m", 0.5) is Verdict.HOLD
        verdicts = [guard.offer("m", 0.5 + 0.033 * n) for n in range(1, 30)]
        assert set(verdicts) == {Verdict.IGNORE}
        assert not guard.held_still("m")

    def test_two_presses_toggle_twice(self) -> None:
        guard = RepeatGuard()
        assert guard.offer("m", 0.0) is Verdict.ACT
        assert guard.offer("m", 0.3) is Verdict.HOLD
        assert guard.held_still("m")
        assert guard.offer("m", 1.5) is Verdict.ACT

    @pytest.mark.parametrize("gap", [0.03, 0.1])
    def test_bouncing_is_ignored(self, gap: float) -> None:
        guard = RepeatGuard()
        guard.offer("m", 0.0)
        assert guard.offer("m", gap) is Verdict.IGNORE

    def test_another_key_starts_afresh(self) -> None:
        guard = RepeatGuard()
        guard.offer("m", 0.0)
        assert guard.offer("v", 0.05) is Verdict.ACT

    @pytest.mark.parametrize("gap", [0.05, 0.3])
    def test_a_key_that_acts_elsewhere_parts_two_presses(self, gap: float) -> None:
        guard = RepeatGuard()
        guard.offer("o", 0.0)
        guard.elsewhere("enter")
        assert guard.offer("o", gap) is Verdict.ACT

    def test_a_held_key_that_opened_a_dialog_is_still_held_there(self) -> None:
        guard = RepeatGuard()
        guard.offer("o", 0.0)
        guard.elsewhere("o")
        assert guard.offer("o", 0.1) is Verdict.IGNORE


@pytest.mark.parametrize("scene", ["login", "lobby", "call", "chat", "people", "leave"])
async def test_key_t2_tab_goes_round_and_escape_goes_back(scene: str) -> None:
    handle = FakeHandle() if scene == "login" else logged_in("Bo Chen")
    app = make_app(handle, StartPlan()) if scene in ("login", "lobby") else make_app(handle)
    async with running(app) as pilot:
        await pilot.pause(0.05)
        if scene not in ("login", "lobby"):
            await until(pilot, lambda: app.call and app.call.snapshot.in_session)
        key = {"chat": "c", "people": "p", "leave": "l"}.get(scene)
        if key:
            await pilot.press(key)
            await pilot.pause(0.1)
        await pilot.press("tab")
        first = app.focused
        assert first is not None
        seen = []
        for _ in range(len(app.screen.focus_chain)):
            await pilot.press("tab")
            seen.append(app.focused)
        assert seen[-1] is first
        assert len(set(map(id, seen))) == len(seen)
        if scene not in ("login", "lobby"):
            await pilot.press("escape", "escape")
            assert app.screen is app.base
            assert app.call is not None
            assert not app.call.open_panel


async def test_the_people_panel_is_an_event_for_library_users() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await pilot.press("p")
        await until(pilot, lambda: len(handle.buttons) == 2)
        await pilot.press("escape")
        await until(pilot, lambda: len(handle.buttons) == 3)
        assert handle.buttons == [
            "onParticipantListButtonClicked",
            "onParticipantListVisible",
            "onParticipantListHidden",
        ]


async def test_what_is_typed_right_after_tab_goes_into_the_next_field() -> None:
    handle = FakeHandle()
    app = make_app(handle, StartPlan())
    async with running(app) as pilot:
        await until(pilot, lambda: isinstance(app.base, LoginScreen))
        # As a terminal sends what a program types: all at once, nobody waits for the screen.
        for text in ("http://h:1", "\t", "ana", "\t", "secret", "\r"):
            for character in text:
                key = {"\t": "tab", "\r": "enter"}.get(character) or _name(character)
                app.post_message(events.Key(key, character))
        await until(pilot, lambda: called(handle, Login), "the login")
        assert [(one.uid, one.api_key) for one in called(handle, Login)] == [("ana", "secret")]
        await until(pilot, lambda: called(handle, ListRunning), "the sessions screen")


async def test_asking_is_answered_on_screen_whatever_is_broken() -> None:
    handle = logged_in("Bo Chen")
    handle.change(devices=(DeviceState(DeviceKind.SPEAKER, "default", "No speaker found.", "x"),))
    app = make_app(handle)
    async with in_call(app, notifications=True) as pilot:
        await pilot.press("u")
        await until(pilot, lambda: "Nobody is speaking." in text_of(app), "who speaks")
        await pilot.press("i")
        await until(pilot, lambda: "Speaker: No speaker found." in _joined(text_of(app)), "status")


async def test_without_a_green_room_it_says_whose_microphone_this_is() -> None:
    whose = whose_sound({"SSH_CONNECTION": "1 2 3 4"}, "build7")
    app = make_app(logged_in("Bo Chen"), whose_sound=whose)
    async with in_call(app, notifications=True) as pilot:
        await until(pilot, lambda: "those of host build7" in _joined(text_of(app)), "whose")
        await until(pilot, lambda: "not your local machine." in _joined(text_of(app)), "its end")
        await pilot.press("i")
        status = "2 people. You are connected by SSH."
        await until(pilot, lambda: status in _joined(text_of(app)), "the status, whole")
        assert "…" not in text_of(app)


def _joined(screen: str) -> str:
    """A wrapped toast as one line."""
    return " ".join(line[38:].strip(" ▌▐▎") for line in screen.splitlines())


async def test_the_event_log_opens_at_its_newest_line() -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app) as pilot:
        for number in range(60):
            app.notices.note(Category.INFO, f"thing number {number}")
        await pilot.press("e")
        await until(pilot, lambda: "thing number 59" in text_of(app), "the newest")


async def test_control_z_without_a_shell_to_go_back_to_stops_nothing() -> None:
    app = make_app(logged_in("Bo Chen"))
    async with in_call(app) as pilot:
        await pilot.press("ctrl+z")
        told = "There is no shell to go back to. ^Q leaves and quits."
        await until(pilot, lambda: told in app.notices.event_log.lines()[-1].plain, "why not")


@pytest.mark.parametrize(
    ("muted", "problem", "opening", "heard"),
    [
        (False, "", False, "others hear you"),
        (True, "", False, "nobody hears you"),
        (False, "", True, "nobody hears you"),
        (False, "No microphone found.", False, "nobody hears you"),
    ],
)
async def test_what_is_left_on_the_terminal_says_whether_one_is_heard(
    muted: bool, problem: str, opening: bool, heard: str
) -> None:
    handle = logged_in("Bo Chen")
    assert parting_words(handle.snapshot()) == ""
    app = make_app(handle)
    async with in_call(app):
        local = handle.snapshot().local
        assert local is not None
        microphone = DeviceState(DeviceKind.MICROPHONE, "USB Audio", problem, opening=opening)
        others = [p for p in handle.snapshot().participants if not p.is_local]
        snapshot = replace(
            handle.snapshot(),
            participants=(changed(local, audio_muted=muted), *others),
            devices=(microphone,),
        )
        expected = f"The call goes on, and {heard}. fg brings the screen back."
        assert parting_words(snapshot) == expected


async def test_the_screen_is_shared_only_after_a_question() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await pilot.press("d")
        await until(pilot, lambda: "Share your screen?" in text_of(app), "the question")
        await pilot.press("enter")  # the safe answer has the focus
        await until(pilot, lambda: "Share your screen?" not in text_of(app), "no question")
        assert called(handle, StartShare) == []
        await pilot.press("d")
        await until(pilot, lambda: "Share your screen?" in text_of(app), "the question again")
        await pilot.press("s")
        await until(pilot, lambda: called(handle, StartShare) == [StartShare()], "the share")
        await until(pilot, lambda: "Ana Lopez (you), screen" in text_of(app), "its tile")
        assert "SHARING" in text_of(app)
        await pilot.press("d")
        await until(pilot, lambda: called(handle, StopShare), "the end of it")


async def test_a_call_is_recorded_only_after_a_question() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await pilot.press("o")
        await until(pilot, lambda: "Record this call?" in text_of(app), "the question")
        await pilot.press("enter")  # the safe answer has the focus
        await until(pilot, lambda: "Record this call?" not in text_of(app), "no question")
        assert called(handle, StartRecording) == []
        await pilot.press("o")
        await until(pilot, lambda: "Record this call?" in text_of(app), "the question again")
        await pilot.press("r")
        await until(pilot, lambda: called(handle, StartRecording), "the recording")
        assert called(handle, StartRecording)[0].path.endswith(".mkv")


async def test_a_reaction_is_chosen_by_its_number() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await pilot.press("g")
        await until(pilot, lambda: "applause" in text_of(app).lower(), "the menu")
        await pilot.press("3")
        await until(pilot, lambda: called(handle, React) == [React(Reaction.CLAP)], "it")
