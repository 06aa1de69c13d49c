"""Our own sound in a call: privacy, recording, clips, processing."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from tests.audio.sound import sine
from tests.fakes.world import FakeWorld
from tests.session.rig import joined
from tui.domain.device_choice import MediaChoice
from tui.domain.happenings.fact import Earcon
from tui.domain.media import SoundProcessing
from tui.domain.snapshot import DeviceKind
from tui.ports.devices import DeviceUnavailable
from tui.session.call_devices import CallDevices
from tui.session.core import SessionCore

REAL = MediaChoice("null", "default", "default")


def media_of(calls: SessionCore) -> CallDevices:
    assert calls.current.newest is not None
    return calls.current.newest.media


async def test_closing_the_microphone_closes_the_device_until_it_is_opened_again():
    world = FakeWorld()
    async with joined(world, media=REAL) as (calls, _):
        media = media_of(calls)
        assert world.devices.microphone.on_block is not None
        await media.close_microphone()
        assert world.devices.microphone.on_block is None
        state = next(one for one in media.states if one.kind is DeviceKind.MICROPHONE)
        assert state.closed and not state.problem
        world.time.now_s += 60
        await media.watch()
        await media.choose(DeviceKind.MICROPHONE, "other")
        assert world.devices.microphone.on_block is None
        with pytest.raises(DeviceUnavailable, match="closed"):
            await media.record(0.1)
        await media.open_microphone()
        assert world.devices.microphone.on_block is not None
        state = next(one for one in media.states if one.kind is DeviceKind.MICROPHONE)
        assert not state.closed


async def test_what_others_would_hear_can_be_recorded_while_muted():
    world = FakeWorld()
    async with joined(world, media=REAL, start_audio_muted=True) as (calls, _):
        media = media_of(calls)
        media.set_processing(SoundProcessing(echo=False, noise=False, gain=False))
        recording = asyncio.create_task(media.record(0.1))
        await asyncio.sleep(0)
        sound = sine(440, 0.2)
        for at in range(0, len(sound), 480):
            world.devices.microphone.on_block(sound[at : at + 480])
        assert np.array_equal(await recording, sound[:4800])


async def test_a_clip_is_heard_on_our_speaker_and_waited_for():
    world = FakeWorld()
    async with joined(world, media=REAL) as (calls, _):
        media = media_of(calls)
        media.earcon(Earcon.MUTED)
        assert world.devices.speaker.pull(480).any()
        playing = asyncio.create_task(media.play(sine(440, 0.02)))
        await asyncio.sleep(0)
        for _ in range(3):
            world.devices.speaker.pull(480)
        async with asyncio.timeout(5):
            await playing


async def test_noise_reduction_is_on_unless_the_settings_say_otherwise():
    for settings, noise in (({}, True), ({"enableNoiseReduction": False}, False)):
        async with joined(FakeWorld(), media=REAL, **settings) as (calls, _):
            choice = media_of(calls).processing.choice
            assert choice == SoundProcessing(noise=noise)


async def test_only_a_real_microphone_is_processed():
    async with joined(FakeWorld()) as (calls, _):
        media = media_of(calls)
        assert not media.processing.active
        await media.choose(DeviceKind.MICROPHONE, "default")
        assert media.processing.active
