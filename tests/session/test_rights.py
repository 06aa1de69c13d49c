"""What the server takes from us is said, shown and obeyed; nothing goes on again by itself."""

from __future__ import annotations

import pytest

from tests.fakes.world import FakeWorld
from tests.session.rig import joined
from tui.domain.commands.call import SendChat
from tui.domain.commands.own import SetMuted, SetTalking, SetVideoPaused, StartShare
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.rights import Rights
from tui.ports.transport_events import OwnRightsChanged
from tui.session.seat import Seat


async def test_a_right_that_is_taken_is_said_and_nothing_is_pretended() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        seat = Seat(calls)
        await heard.until(lambda: "cam: Your camera is on." in heard.texts)
        await seat.do(SetMuted(False))
        world.transport.said.clear()
        less = Rights(speak=False, show=False, share=False, write=False)
        world.transport.hear(OwnRightsChanged(less))
        await heard.until(lambda: calls.outlet.newest.rights == less)
        told = (
            "host: You may not speak, show your camera, share a screen or write in the chat"
            " in this call."
        )
        await heard.until(lambda: told in heard.texts)
        local = calls.outlet.newest.local
        assert local is not None and local.audio_muted and local.video_paused
        assert not calls.outlet.newest.talking
        for command in (
            SetMuted(False),
            SetTalking(True),
            SetVideoPaused(False),
            SendChat("hello"),
            StartShare("test:bars"),
        ):
            with pytest.raises(CallsError) as refused:
                await seat.do(command)
            assert refused.value.code == ErrorCode.NOT_PERMITTED
        world.transport.hear(OwnRightsChanged(Rights()))
        await heard.until(lambda: any("You may speak, show your" in one for one in heard.texts))
        local = calls.outlet.newest.local
        assert local is not None and local.audio_muted and local.video_paused, "asked for, not done"
        await seat.do(SetMuted(False))
        await seat.do(SendChat("hello"))
        assert ("chat", "hello") in world.transport.said


async def test_a_token_that_lets_us_only_listen_is_said_on_joining() -> None:
    world = FakeWorld()
    world.transport.rights = Rights(speak=False, show=False)
    async with joined(world) as (calls, heard):
        await heard.until(
            lambda: "host: You may not speak or show your camera in this call." in heard.texts
        )
        local = calls.outlet.newest.local
        assert local is not None and local.audio_muted and local.video_paused
