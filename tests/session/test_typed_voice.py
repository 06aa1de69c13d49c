"""A text is said to everybody as our voice, and the microphone stays as it was."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from tests.fakes.world import FakeWorld
from tests.session.rig import Heard, joined
from tui.domain.commands.own import SetMuted, SetTalking, SpeakText
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import TrackSource
from tui.domain.rights import Rights
from tui.ports.devices import Block
from tui.ports.transport_events import MutedByServer, OwnRightsChanged
from tui.session.core import SessionCore
from tui.session.seat import Seat

NO_MICROPHONE = MediaChoice("none", "none", "null")
LOUD_DBOV = -60


@pytest.fixture
def world() -> FakeWorld:
    world = FakeWorld()
    world.synthesizer.sound = np.full(9_600, 8000, np.int16)
    return world


class Sent:
    """What goes out of our microphone, read as a transport does."""

    def __init__(self, calls: SessionCore):
        self.levels: list[int] = []
        capture = calls.current.joined().media.capture

        async def read() -> None:
            while True:
                self.levels.append((await capture.next_packet()).level_dbov)

        self.task = asyncio.create_task(read())

    @property
    def loud(self) -> int:
        return sum(level > LOUD_DBOV for level in self.levels)


def track_states(world: FakeWorld) -> list[bool]:
    return [what for name, what in world.transport.said if name == "muted-microphone"]


async def quiet_again(calls: SessionCore, heard: Heard) -> None:
    await heard.until(lambda: not calls.outlet.newest.voicing)


async def test_it_is_heard_though_there_is_no_microphone(world: FakeWorld) -> None:
    async with joined(world, media=NO_MICROPHONE) as (calls, heard):
        sent = Sent(calls)
        await Seat(calls).do(SpeakText("Hello [[all]]."))
        await heard.until(lambda: calls.outlet.newest.voicing)
        assert not calls.outlet.newest.local.audio_muted
        assert calls.current.joined().media.capture.muted, "what the microphone hears stays here"
        await quiet_again(calls, heard)
        assert calls.outlet.newest.local.audio_muted
        assert track_states(world) == [False, True]
        assert 9 <= sent.loud <= 13, "200 ms in packets of 20 ms"
        assert ("caption", ("ana", "Hello [[all]].")) in world.transport.said
        sent.task.cancel()


async def test_texts_wait_for_one_another_and_muting_says_none_of_them(world: FakeWorld) -> None:
    world.synthesizer.sound = np.full(480_000, 8000, np.int16)
    async with joined(world) as (calls, heard):
        sent, seat = Sent(calls), Seat(calls)
        for number in range(3):
            await seat.do(SpeakText(f"Text {number}"))
        await heard.until(lambda: calls.outlet.newest.voicing)
        assert track_states(world) == [], "the microphone is on: nothing changes"
        await seat.do(SetMuted(True))
        await quiet_again(calls, heard)
        assert calls.outlet.newest.local.audio_muted
        assert track_states(world) == [True]
        await seat.do(SetTalking(True))
        assert not calls.current.joined().media.capture.muted
        sent.task.cancel()


@pytest.mark.parametrize("how", ["moderator", "rights"])
async def test_whoever_may_not_be_heard_is_silent_at_once(world: FakeWorld, how: str) -> None:
    world.synthesizer.sound = np.full(480_000, 8000, np.int16)
    async with joined(world, media=NO_MICROPHONE) as (calls, heard):
        sent = Sent(calls)
        await Seat(calls).do(SpeakText("Hello."))
        await heard.until(lambda: calls.outlet.newest.voicing)
        told = MutedByServer(TrackSource.MICROPHONE)
        world.transport.hear(told if how == "moderator" else OwnRightsChanged(Rights(speak=False)))
        await quiet_again(calls, heard)
        assert calls.outlet.newest.local.audio_muted
        assert not calls.current.joined().media.capture.clips
        sent.task.cancel()


async def test_what_can_not_be_said_is_refused_in_words(world: FakeWorld) -> None:
    async with joined(world, media=NO_MICROPHONE) as (calls, _):
        seat = Seat(calls)
        for text in ("", " \x1b ", "x" * 701):
            with pytest.raises(CallsError, match="can be said") as refused:
                await seat.do(SpeakText(text))
            assert refused.value.code == ErrorCode.VALIDATION
        world.synthesizer.sound = np.full(480_000, 8000, np.int16)
        said = [seat.do(SpeakText("Hello.")) for _ in range(12)]  # nobody reads what is sent
        answers = await asyncio.gather(*said, return_exceptions=True)
        refusals = [str(one) for one in answers if one is not None]
        assert refusals
        assert all("wait to be said already" in one for one in refusals)
        await seat.do(SetMuted(True))
        world.synthesizer.problem = "espeak-ng is not installed."
        with pytest.raises(CallsError, match="espeak-ng is not installed"):
            await seat.do(SpeakText("Hello."))


async def test_what_is_refused_while_others_were_made_into_sound_is_told(world: FakeWorld) -> None:
    together, samples = asyncio.Barrier(12), world.synthesizer.samples

    async def slowly(text: str, program: str = "") -> Block:
        await together.wait()
        return await samples(text, program)

    world.synthesizer.samples = slowly  # type: ignore[method-assign]
    world.synthesizer.sound = np.full(480_000, 8000, np.int16)
    async with joined(world, media=NO_MICROPHONE) as (calls, _):
        seat = Seat(calls)
        said = [seat.do(SpeakText(f"Text {n}.")) for n in range(12)]
        answers = await asyncio.gather(*said, return_exceptions=True)
        captions = [what for what in world.transport.said if what[0] == "caption"]
        assert len(captions) == answers.count(None) < 12, "no word of what nobody will hear"
        assert all("wait to be said already" in str(one) for one in answers if one is not None)
        await seat.do(SetMuted(True))
