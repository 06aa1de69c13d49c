"""Holding a key to talk: what the terminal sends, and what the microphone does (KEY-T7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.keys import Keys

from tests.fakes.handle import FakeHandle
from tests.screens.driving import called, in_call, logged_in, make_app, text_of, until
from tui.app import CallApp
from tui.domain.commands.own import KeepTalking, SetMuted, SetTalking
from tui.domain.settings import Layout
from tui.domain.snapshot import Phase
from tui.domain.talk import Sensing
from tui.front.start import JoinTarget, StartPlan
from tui.panel.key_events import (
    DISABLE,
    ENABLE,
    EventTypeParser,
    KeyboardFlags,
    KeyReleased,
    ReleasesTold,
    ReleaseSwitch,
    is_repeat,
)

MUTED = StartPlan(target=JoinTarget(session_id="x"), settings={"startAudioMuted": True})


# ---- the parser
@pytest.mark.parametrize(
    ("sequence", "kind", "key"),
    [
        ("\x1b[32;1u", events.Key, "space"),
        ("\x1b[32;;32u", events.Key, "space"),
        ("\x1b[32;1:1u", events.Key, "space"),
        ("\x1b[32;1:1;32u", events.Key, "space"),
        ("\x1b[32;1:3u", KeyReleased, "space"),
        ("\x1b[32;5:3u", KeyReleased, "ctrl+space"),
        ("\x1b[97;5:3u", KeyReleased, "ctrl+a"),
        ("\x1b[97:65;2:1;65u", events.Key, "A"),
        ("\x1b[1;1:3D", KeyReleased, "left"),
        ("\x1b[15;1:3~", KeyReleased, "f5"),
        ("\x1b[13;1:1u", events.Key, "enter"),
        ("\x1b[?25u", KeyboardFlags, "<keyboard flags>"),
    ],
)
def test_a_sequence_is_read(sequence: str, kind: type, key: str) -> None:
    (event,) = EventTypeParser().feed(sequence)
    assert isinstance(event, kind)
    assert event.key == key  # type: ignore[attr-defined]


def test_a_repeat_is_a_key_that_says_so() -> None:
    (event,) = EventTypeParser().feed("\x1b[32;1:2;32u")
    assert isinstance(event, events.Key) and is_repeat(event) and event.character == " "
    (event,) = EventTypeParser().feed("\x1b[32;1:1;32u")
    assert isinstance(event, events.Key) and not is_repeat(event)


NUMBERS = st.text("0123456789:", max_size=9)


@given(st.lists(NUMBERS, min_size=1, max_size=4), st.sampled_from("u~ABCDEFHPQRS"))
def test_no_sequence_of_that_form_raises(numbers: list[str], end: str) -> None:
    parser = EventTypeParser()
    list(parser.feed(f"\x1b[{';'.join(numbers)}{end}"))
    # Longer than any sequence the parser still hopes to understand.
    last = [e for e in parser.feed("z" * 40) if isinstance(e, events.Key)][-1]
    assert last.key == "z"


def test_alt_and_space_is_not_space() -> None:
    (event,) = EventTypeParser()._sequence_to_key_events(" ", alt=True)
    assert event.key == "alt+space" and not event.is_printable


def test_a_code_point_there_is_not_is_ignored() -> None:
    event, *_ = EventTypeParser()._sequence_to_key_events("\x1b[9999999999;1:1u")
    assert event.key == Keys.Ignore


# ---- asking the terminal
def test_releases_are_asked_for_and_given_back() -> None:
    written: list[str] = []
    told: list[bool] = []
    switch = ReleaseSwitch(written.append, lambda: told.append(True))
    switch.start()
    assert written == ["\x1b[?u"]
    switch.answered(25)
    assert written[-1] == ENABLE + "\x1b[?u" and not told
    switch.answered(27)
    assert told == [True]
    switch.pause()
    switch.resume()
    switch.stop()
    assert written[-3:] == [DISABLE, ENABLE, DISABLE]


def test_a_terminal_that_knows_no_event_types_is_left_alone() -> None:
    written: list[str] = []
    switch = ReleaseSwitch(written.append, lambda: pytest.fail("it did not agree"))
    switch.start()
    switch.answered(25)
    switch.answered(25)
    count = len(written)
    switch.pause()
    switch.resume()
    assert len(written) == count


# ---- in the app
def space() -> events.Key:
    return events.Key("space", " ")


def repeated(key: str, character: str) -> events.Key:
    event = events.Key(key, character)
    event.cellcall_repeat = True  # type: ignore[attr-defined]
    return event


def talking(handle: FakeHandle) -> list[bool]:
    return [wanted.talking for wanted in called(handle, SetTalking)]


def app_that_hears_releases(handle: FakeHandle) -> CallApp:
    app = make_app(handle, MUTED)
    app.keys.sensing = Sensing.RELEASES
    return app


async def test_held_and_released() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle, MUTED)
    async with in_call(app) as pilot:
        app.post_message(ReleasesTold())
        app.post_message(space())
        await until(pilot, lambda: "TALKING" in text_of(app), "TALKING")
        assert "Space stops" not in text_of(app)
        for _ in range(10):
            app.post_message(repeated("space", " "))
        await until(pilot, lambda: called(handle, KeepTalking), "the lease is renewed")
        app.post_message(KeyReleased("space"))
        await until(pilot, lambda: talking(handle) == [True, False])
        await until(pilot, lambda: "MIC off" in text_of(app))
        count = len(called(handle, KeepTalking))
        await pilot.pause(0.7)
        assert len(called(handle, KeepTalking)) == count
        assert talking(handle) == [True, False]


async def test_a_short_press_is_closed_even_when_the_release_follows_at_once() -> None:
    handle = logged_in("Bo Chen")
    app = app_that_hears_releases(handle)
    async with in_call(app) as pilot:
        app.post_message(space())
        app.post_message(KeyReleased("space"))
        await until(pilot, lambda: talking(handle) == [True, False])
        assert not app.panel.talk.key.open


@pytest.mark.parametrize("what", ["blur", "dialog", "disconnect", "resize"])
async def test_a_hold_ends_when_its_release_may_be_missed(what: str) -> None:
    handle = logged_in("Bo Chen")
    app = app_that_hears_releases(handle)
    async with in_call(app) as pilot:
        app.post_message(space())
        await until(pilot, lambda: handle.snapshot().talking)
        match what:
            case "blur":
                app.post_message(events.AppBlur())
            case "dialog":
                app.post_message(events.Key("l", "l"))
            case "disconnect":
                handle.change(phase=Phase.RECONNECTING)
            case "resize":
                await pilot.resize_terminal(18, 5)
        await until(pilot, lambda: talking(handle) == [True, False])


async def test_auto_repeat_after_that_does_not_open_it_again() -> None:
    handle = logged_in("Bo Chen")
    app = app_that_hears_releases(handle)
    async with in_call(app) as pilot:
        app.post_message(space())
        await until(pilot, lambda: handle.snapshot().talking)
        app.post_message(events.AppBlur())
        await until(pilot, lambda: not app.panel.talk.key.open)
        for key in ("space", "ctrl+space"):
            app.post_message(repeated(key, " "))
        await pilot.pause(0.1)
        assert talking(handle) == [True, False]


async def test_without_releases_a_tap_talks_and_the_next_one_stops() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle, MUTED, remote=True)
    async with in_call(app) as pilot:
        await pilot.press("space")
        await until(pilot, lambda: "TALKING - Space stops" in text_of(app))
        await pilot.pause(0.8)
        await pilot.press("space")
        await until(pilot, lambda: talking(handle) == [True, False])
        await until(pilot, lambda: "MIC off" in text_of(app))


async def test_a_moderator_who_mutes_is_not_overruled() -> None:
    handle = logged_in("Bo Chen")
    app = app_that_hears_releases(handle)
    async with in_call(app) as pilot:
        app.post_message(space())
        await until(pilot, lambda: app.ui.snapshot.talking)
        handle.change_participant("ana", audio_muted=True)
        handle.change(talking=False)
        await until(pilot, lambda: not app.panel.talk.key.open)
        app.post_message(KeyReleased("space"))
        await pilot.pause(0.3)
        assert talking(handle) == [True]


async def test_already_on_hints_once_and_does_nothing() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app, notifications=True) as pilot:
        await pilot.press("space")
        await until(pilot, lambda: "is on already" in text_of(app))
        await pilot.press("space")
        assert not talking(handle)


async def test_space_is_text_in_the_chat_and_control_space_talks_there() -> None:
    handle = logged_in("Bo Chen")
    app = app_that_hears_releases(handle)
    async with in_call(app) as pilot:
        assert app.call is not None
        await pilot.press("c")
        await until(pilot, lambda: app.focused is app.call.chat.input)  # type: ignore[union-attr]
        await pilot.press("a", "space", "b")
        assert app.call.chat.input.value == "a b"
        assert not talking(handle)
        await pilot.press("ctrl+space")
        await until(pilot, lambda: handle.snapshot().talking)
        app.post_message(KeyReleased("space"))  # Control went up first
        await until(pilot, lambda: talking(handle) == [True, False])


async def test_key_t6_toggles_ignore_repeats_the_terminal_tells() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        app.post_message(events.Key("m", "m"))
        for key in ("m", "w", "ctrl+t"):
            app.post_message(repeated(key, key[-1]))
        await until(pilot, lambda: called(handle, SetMuted) == [SetMuted(True)])
        await pilot.pause(0.1)
        assert called(handle, SetMuted) == [SetMuted(True)]
        assert handle.snapshot().layout is Layout.TILE
