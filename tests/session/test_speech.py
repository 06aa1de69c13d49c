"""Words read to us are part of the sound of the call: mixed, hushed, and refused where unheard."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np
import pytest

from tests.fakes.world import FakeWorld
from tests.session.rig import joined, logged_in
from tui.domain.commands.local import Hush, Say, SetDeafened
from tui.domain.commands.own import CheckSound
from tui.domain.device_choice import MediaChoice
from tui.session.core import SessionCore
from tui.session.seat import Seat

DEVICES = MediaChoice("none", "test:silence", "default")


@pytest.fixture
def world() -> FakeWorld:
    return FakeWorld()


async def pulled(world: FakeWorld, until: Callable[[], object]) -> np.ndarray:
    """What the loudspeaker plays until something holds."""
    blocks = [np.zeros(0, np.int16)]
    async with asyncio.timeout(10):
        while not until():
            if world.devices.speaker.pull is not None:
                blocks.append(world.devices.speaker.pull(480))
            await asyncio.sleep(0)
    return np.concatenate(blocks)


async def saying(calls: SessionCore, world: FakeWorld, text: str = "Hello.") -> asyncio.Task[bool]:
    """It is being said and has been heard."""
    before = len(world.synthesizer.said)
    task = asyncio.create_task(Seat(calls).do(Say(text)))
    await pulled(world, lambda: len(world.synthesizer.said) > before)
    heard: list[np.ndarray] = []

    def sounds() -> bool:
        assert world.devices.speaker.pull is not None
        heard.append(world.devices.speaker.pull(480))
        return bool(heard[-1].any())

    await pulled(world, sounds)
    return task


@pytest.mark.parametrize("deafened", [False, True])
async def test_all_of_it_is_heard_also_while_deafened(world: FakeWorld, deafened: bool) -> None:
    async with joined(world, media=DEVICES) as (calls, _):
        await Seat(calls).do(SetDeafened(deafened))
        task = asyncio.create_task(Seat(calls).do(Say("Joined: Bo.")))
        sound = await pulled(world, task.done)
        assert await task is True
        assert world.synthesizer.said == ["Joined: Bo."]
        assert (sound == 1000).sum() == 48_000


async def test_hush_is_silence_at_once_and_as_wished(world: FakeWorld) -> None:
    async with joined(world, media=DEVICES) as (calls, _):
        task = await saying(calls, world)
        await Seat(calls).do(Hush())
        assert await task is True
        pull = world.devices.speaker.pull
        assert pull is not None
        assert not pull(480)[240:].any(), "a fade of 5 ms"
        assert not pull(480).any()
        await Seat(calls).do(Hush())


async def test_what_is_said_later_cuts_off_what_is_said_now(world: FakeWorld) -> None:
    async with joined(world, media=DEVICES) as (calls, _):
        first = await saying(calls, world)
        second = await saying(calls, world, "Second.")
        assert await first is True
        await Seat(calls).do(Hush())
        assert await second is True


async def test_the_end_of_the_call_cuts_it_off_and_says_so(world: FakeWorld) -> None:
    async with joined(world, media=DEVICES) as (calls, _):
        task = await saying(calls, world)
        await calls.current.leave()
        assert await task is False, "so that the front end may say it"
        assert await Seat(calls).do(Say("After.")) is False


async def test_a_front_end_that_goes_leaves_nothing_speaking(world: FakeWorld) -> None:
    async with joined(world, media=DEVICES) as (calls, _):
        task = await saying(calls, world)
        task.cancel()
        await asyncio.wait((task,))
        pull = world.devices.speaker.pull
        assert pull is not None
        pull(480)
        assert not pull(480).any()


async def test_nobody_hears_a_null_speaker_a_file_or_a_missing_one(world: FakeWorld) -> None:
    async with joined(world) as (calls, _):
        assert await Seat(calls).do(Say("Unheard.")) is False
    async with joined(world, media=MediaChoice("none", "test:silence", "file:/tmp/x")) as (
        calls,
        _,
    ):
        assert await Seat(calls).do(Say("Not into a recording.")) is False
    world.devices.missing.add(world.devices.list_devices("speaker")[0].kind)  # type: ignore[arg-type]
    async with joined(world, media=DEVICES) as (calls, _):
        assert await Seat(calls).do(Say("Unheard.")) is False
    assert not world.synthesizer.said


async def test_a_voice_that_fails_is_left_to_the_front_end(world: FakeWorld) -> None:
    world.synthesizer.problem = "espeak-ng is not installed."
    async with joined(world, media=DEVICES) as (calls, _):
        assert await Seat(calls).do(Say("Unheard.")) is False
    world.synthesizer.problem, world.synthesizer.sound = "", np.zeros(0, np.int16)
    async with joined(world, media=DEVICES) as (calls, _):
        assert await Seat(calls).do(Say("...")) is True, "nothing to hear"


async def test_the_green_room_has_a_loudspeaker_too(world: FakeWorld) -> None:
    async with logged_in(world) as (calls, _):
        assert await Seat(calls).do(Say("Before.")) is False
        await Seat(calls).do(CheckSound(DEVICES))
        task = asyncio.create_task(Seat(calls).do(Say("In it.")))
        sound = await pulled(world, task.done)
        assert await task is True and (sound == 1000).sum() == 48_000
