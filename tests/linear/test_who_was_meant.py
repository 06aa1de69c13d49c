"""The roster changes while a question is open, or while something waits."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.handle import FakeHandle, people
from tests.linear.rig import in_call
from tui.domain.commands.call import Remove, SendChat
from tui.domain.commands.own import SetMuted, SetTalking
from tui.domain.ids import ParticipantId


def three() -> FakeHandle:
    return FakeHandle(remotes=people("Bo Chen", "Chi Okafor", "Dee Ray"))


async def test_who_was_asked_about_is_removed_and_nobody_else() -> None:
    handle = three()
    async with in_call(handle) as rig:
        rig.type("/host-remove 3")
        await rig.until("Remove Chi Okafor from the call?")
        handle.leaves(ParticipantId("bo"))
        await rig.settle()
        rig.type("yes")
        await rig.until("host: Removed Chi Okafor.")
        assert handle.called(Remove) == [Remove(ParticipantId("chi"))]


async def test_who_has_left_meanwhile_has_left() -> None:
    handle = three()
    async with in_call(handle) as rig:
        rig.type("/host-remove 3")
        await rig.until("Remove Chi Okafor from the call?")
        handle.leaves(ParticipantId("chi"))
        await rig.settle()
        rig.type("yes")
        await rig.until("error: Chi Okafor has left.")
        assert handle.called(Remove) == []


@pytest.mark.parametrize("line", ["/mute", "/mic off", "/unmute"])
async def test_a_line_for_the_microphone_overtakes_a_chat_line_that_hangs(line: str) -> None:
    handle, sent = three(), asyncio.Event()

    async def slow(_: object) -> None:
        await sent.wait()

    handle.instead[SendChat] = slow
    async with in_call(handle) as rig:
        rig.type("hello", "/hand up", line)
        async with asyncio.timeout(5):
            while not handle.called(SetMuted):
                await asyncio.sleep(0)
        assert "Your hand is up" not in rig.text, "everything else waits its turn"
        sent.set()
        await rig.until("Your hand is up")


async def test_enter_stops_talking_while_a_chat_line_hangs() -> None:
    handle, sent = three(), asyncio.Event()

    async def slow(_: object) -> None:
        await sent.wait()

    handle.instead[SendChat] = slow
    async with in_call(handle) as rig:
        rig.type("/mute", "/talk")
        await rig.until("Talking. Press Enter to stop.")
        rig.type("hello", "")
        await rig.until("Microphone off.", times=2)
        assert handle.called(SetTalking)[-1] == SetTalking(False)
        sent.set()
