"""`/talk` opens the microphone until Enter, and nothing leaves it open."""

from __future__ import annotations

from tests.fakes.handle import FakeHandle, people
from tests.linear.rig import in_call
from tui.domain.commands.own import SetTalking

MUTED = {"settings": {"startAudioMuted": True}}


def talking(handle: FakeHandle) -> list[bool]:
    return [wanted.talking for wanted in handle.called(SetTalking)]


async def test_talk_until_enter() -> None:
    async with in_call(FakeHandle(remotes=people("Bo Chen")), plan=MUTED) as rig:
        rig.type("/talk")
        await rig.until("mic: Talking. Press Enter to stop.")
        rig.type("")
        await rig.until("mic: Microphone off.")
        assert talking(rig.handle) == [True, False]
        rig.type("")
        rig.type("/talk")
        await rig.until("mic: Talking.", times=2)
        rig.type("/talk")
        await rig.until("mic: Microphone off.", times=2)
        assert talking(rig.handle) == [True, False, True, False]


async def test_muting_ends_it_and_an_open_microphone_is_left_alone() -> None:
    async with in_call(FakeHandle(remotes=people("Bo Chen")), plan=MUTED) as rig:
        rig.type("/talk")
        await rig.until("mic: Talking.")
        rig.type("/unmute")
        await rig.until("mic: Microphone on.")
        rig.type("", "/talk")
        await rig.until("mic: Your microphone is on already. /mute turns it off.")
        assert talking(rig.handle) == [True]


async def test_leaving_while_talking_renews_nothing() -> None:
    async with in_call(FakeHandle(remotes=people("Bo Chen")), plan=MUTED) as rig:
        rig.type("/talk")
        await rig.until("mic: Talking.")
        rig.type("/leave", "yes")
        assert await rig.ended() == 0
