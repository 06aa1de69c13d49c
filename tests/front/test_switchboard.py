"""From an action somebody chose to the command that is sent, whatever happens in between."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.fakes.handle import FakeHandle, people
from tui.domain.actions import ACTIONS, BY_ID, Scope, Turn
from tui.domain.announcements import Category
from tui.domain.commands import Command
from tui.domain.commands.call import (
    JoinById,
    LetUnmute,
    MuteOther,
    Readmit,
    Remove,
    SendChat,
    StopVideoOf,
)
from tui.domain.commands.local import Pin, SetLayout, SetVolume, Unpin
from tui.domain.commands.own import SetHandRaised, SetMuted, SetOwnCaptions, SetVideoPaused
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.events import BUTTON_EVENTS
from tui.domain.ids import ParticipantId
from tui.domain.participant import Role
from tui.domain.settings import Layout
from tui.front.reply import Reply
from tui.front.switchboard import Switchboard

CHI = ParticipantId("chi")


def switchboard(handle: FakeHandle) -> Switchboard:
    return Switchboard(lambda: handle, now_ms=lambda: handle.now_ms, say=lambda _line: None)


@pytest.fixture
async def handle() -> FakeHandle:
    handle = FakeHandle(remotes=people("Bo Chen", "Chi Okafor", "Dee Ray"))
    await handle.do(JoinById("standup", {}, MediaChoice()))
    handle.calls.clear()
    return handle


def read(board: Switchboard, action_id: str, words: str = "") -> Any:
    return board.read(BY_ID[action_id], words, Scope.CALL, called=f"/{BY_ID[action_id].command}")


ON_SOMEBODY = [
    ("host.remove", "3", Remove(CHI)),
    ("host.mute", "Chi", MuteOther(CHI)),
    ("host.video", "chi okafor", StopVideoOf(CHI)),
    ("host.let", "chi", LetUnmute(CHI)),
    ("audio.volume", "3 40", SetVolume(CHI, 40)),
    ("tile.pin", "3", Pin(CHI)),
]


@pytest.mark.parametrize(("action_id", "words", "command"), ON_SOMEBODY)
async def test_who_was_meant_is_who_it_is_done_to(
    handle: FakeHandle, action_id: str, words: str, command: Command[None]
) -> None:
    board = switchboard(handle)
    wish = read(board, action_id, words)
    handle.leaves(ParticipantId("bo"))  # everybody behind is one number up now
    await board.fulfil(wish)
    assert handle.calls == [command]


@pytest.mark.parametrize(("action_id", "words", "command"), ON_SOMEBODY)
async def test_whoever_has_left_has_left_and_nobody_else_is_meant(
    handle: FakeHandle, action_id: str, words: str, command: Command[None]
) -> None:
    board = switchboard(handle)
    wish = read(board, action_id, words)
    handle.leaves(CHI)
    with pytest.raises(CallsError, match=r"Chi Okafor has left\.$"):
        await board.fulfil(wish)
    assert handle.calls == []


async def test_who_leaves_while_the_server_is_asked_has_left(handle: FakeHandle) -> None:
    async def gone(_: object) -> None:
        handle.leaves(CHI)
        raise CallsError(ErrorCode.VALIDATION, "Nobody with this id is in the call.")

    handle.instead[MuteOther] = gone
    board = switchboard(handle)
    with pytest.raises(CallsError, match=r"Chi Okafor has left\.$"):
        await board.fulfil(read(board, "host.mute", "chi"))


@pytest.mark.parametrize(
    ("words", "on"), [("own on", True), ("own OFF", False), ("own", True), ("Own on", True)]
)
async def test_own_captions_are_an_argument_of_captions(
    handle: FakeHandle, words: str, on: bool
) -> None:
    board = switchboard(handle)
    await board.fulfil(read(board, "captions.show", words))
    assert handle.called(SetOwnCaptions) == [SetOwnCaptions(on)]
    with pytest.raises(CallsError, match="allowed: on or off"):
        await board.fulfil(read(board, "captions.show", "own maybe"))


async def test_a_chat_line_that_waits_holds_up_nothing_else(handle: FakeHandle) -> None:
    waiting = asyncio.Event()

    async def slow(_: object) -> None:
        await waiting.wait()

    handle.instead[SendChat] = slow
    board = switchboard(handle)
    chats = [
        asyncio.create_task(board.fulfil(read(board, "chat.say", text))) for text in ("one", "two")
    ]
    while not handle.calls:
        await asyncio.sleep(0)
    await board.fulfil(read(board, "mic.mute"))
    await board.fulfil(read(board, "host.remove", "chi"))
    assert handle.calls == [SendChat("one"), SetMuted(True), Remove(CHI)]
    waiting.set()
    await asyncio.gather(*chats)
    assert handle.called(SendChat) == [SendChat("one"), SendChat("two")], "chat keeps its order"


async def test_the_microphone_waits_for_nothing_not_even_for_itself(handle: FakeHandle) -> None:
    async def never(_: object) -> None:
        await asyncio.Event().wait()

    handle.instead[SetMuted] = never
    board = switchboard(handle)
    stuck = asyncio.create_task(board.fulfil(read(board, "mic.unmute")))
    await asyncio.sleep(0)
    muting = asyncio.create_task(board.fulfil(read(board, "mic.mute")))
    await asyncio.sleep(0)
    assert handle.called(SetMuted) == [SetMuted(False), SetMuted(True)]
    for task in (stuck, muting):
        task.cancel()
    await asyncio.gather(stuck, muting, return_exceptions=True)


@pytest.mark.parametrize(
    ("action_id", "commands"),
    [
        ("mic.toggle", [SetMuted(True), SetMuted(False), SetMuted(True)]),
        ("cam.toggle", [SetVideoPaused(True), SetVideoPaused(False), SetVideoPaused(True)]),
        ("hand.toggle", [SetHandRaised(True), SetHandRaised(False), SetHandRaised(True)]),
        (
            "layout.cycle",
            [SetLayout(Layout.SIDEBAR), SetLayout(Layout.SPOTLIGHT), SetLayout(Layout.TILE)],
        ),
    ],
)
async def test_a_key_pressed_again_before_it_is_done_goes_on_from_there(
    handle: FakeHandle, action_id: str, commands: list[Command[None]]
) -> None:
    handle.change_participant(ParticipantId("ana"), audio_muted=False, video_paused=False)
    board = switchboard(handle)
    done = [board.fulfil(read(board, action_id)) for _ in commands]
    for one in done:
        await one
    assert handle.calls == commands


async def test_the_same_again_unpins_and_says_so(handle: FakeHandle) -> None:
    board = switchboard(handle)
    told = [(await board.fulfil(read(board, "tile.pin", "chi")))[0].text for _ in range(2)]
    assert handle.calls == [Pin(CHI), Unpin()]
    assert told == ["Pinned Chi Okafor.", "Unpinned."]


async def test_the_rows_say_what_is_answered_and_asked(handle: FakeHandle) -> None:
    board = switchboard(handle)
    wish = read(board, "host.remove", "chi")
    assert wish.question(handle.snapshot()) == "Remove Chi Okafor from the call?"
    assert await board.fulfil(wish) == [Reply(Category.HOST, "Removed Chi Okafor.")]
    assert read(board, "call.end").question(handle.snapshot()) == ("End the call for all 3 people?")
    assert read(board, "call.leave").question(handle.snapshot()) == "Leave standup?"
    assert read(board, "mic.mute").question(handle.snapshot()) == ""


async def test_what_only_asks_is_answered_from_what_was_known(handle: FakeHandle) -> None:
    board = switchboard(handle)
    volume, processing = read(board, "audio.volume", "chi"), read(board, "sound.processing")
    handle.leaves(CHI)
    assert [line.text for line in await board.fulfil(volume)] == ["Chi Okafor: volume 100 percent."]
    assert (await board.fulfil(processing))[0].text.startswith("Processing of your microphone: ")
    assert handle.calls == []


async def test_why_not_is_said_in_words(handle: FakeHandle) -> None:
    board = switchboard(handle)
    handle.change_participant(ParticipantId("ana"), role=Role.NONE)
    with pytest.raises(CallsError, match="/host-mute is for moderators, and you are not one"):
        read(board, "host.mute", "chi")
    with pytest.raises(CallsError, match="/stay has nothing to do now"):
        read(board, "idle.stay")
    with pytest.raises(CallsError, match="/new is for choosing a session"):
        read(board, "session.new")
    idle = switchboard(FakeHandle())
    with pytest.raises(CallsError, match="/mute works in a call, and you are not in one"):
        idle.read(BY_ID["mic.mute"], "", Scope.LOBBY, called="/mute")


async def test_a_refusal_leaves_nothing_under_way(handle: FakeHandle) -> None:
    async def refuse(_: object) -> None:
        raise CallsError(ErrorCode.NO_SESSION, "No.")

    handle.instead[SetMuted] = refuse
    board = switchboard(handle)
    for _ in range(2):
        with pytest.raises(CallsError, match="No"):
            await board.fulfil(read(board, "mic.toggle"))
    assert handle.called(SetMuted) == [SetMuted(True)] * 2, "nothing changed, so nothing toggles"


def test_button_events_of_rows_are_documented_and_microphone_rows_wait_for_nothing() -> None:
    assert {a.button_event for a in ACTIONS if a.button_event} <= set(BUTTON_EVENTS)
    urgent = {a.id for a in ACTIONS if a.turn is Turn.AT_ONCE}
    assert urgent == {a.id for a in ACTIONS if a.id.startswith("mic.")}


async def test_whoever_was_taken_out_is_let_in_again_by_name(handle: FakeHandle) -> None:
    board = switchboard(handle)
    assert read(board, "host.readmit").known == "Nobody was removed."
    await board.fulfil(read(board, "host.remove", "chi"))
    assert read(board, "host.readmit").known == "Removed: Chi Okafor."
    with pytest.raises(CallsError, match=r"Nobody called Bo was removed\. Chi Okafor was\."):
        read(board, "host.readmit", "Bo")
    (told,) = await board.fulfil(read(board, "host.readmit", "chi"))
    assert told.text == "Chi Okafor may join again."
    assert handle.calls[-1] == Readmit(CHI) and not handle.snapshot().removed
