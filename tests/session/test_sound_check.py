"""Volume, privacy, earcons, and trying out sound before a call: what the session does."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from tests.fakes.world import FakeWorld, remote
from tests.session.rig import MEDIA, joined, logged_in
from tests.session.test_call import grey
from tui.domain.commands.local import Duck, SetEarcons, SetVolume
from tui.domain.commands.own import (
    CheckCamera,
    CheckSound,
    EndSoundCheck,
    SetHandRaised,
    SetMicrophoneClosed,
    SetMuted,
    SetProcessing,
)
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError
from tui.domain.ids import NO_STREAM
from tui.domain.media import BLOCK_SAMPLES, SoundProcessing
from tui.domain.snapshot import DeviceKind, Levels
from tui.ports.transport_events import ParticipantLeft, ParticipantUpdated
from tui.session import sound_check
from tui.session.core import SessionCore
from tui.session.seat import Seat


def microphone_closed(calls: SessionCore) -> bool:
    return any(d.closed for d in calls.outlet.newest.devices if d.kind is DeviceKind.MICROPHONE)


async def test_volume_reaches_the_mixer_and_comes_back_with_a_person() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo"), remote("chi"))
    media = MediaChoice("null", "null", "null", {"chi": 40})
    async with joined(world, media=media) as (calls, heard):
        assert calls.current.newest is not None
        mixer = calls.current.newest.media.mixer
        chi = calls.outlet.newest.participant("chi")
        assert chi is not None and chi.volume == 40 and mixer.gain("chi") == 0.4
        await Seat(calls).do(SetVolume("bo", 150))
        bo = calls.outlet.newest.participant("bo")
        assert bo is not None and bo.volume == 150 and mixer.gain("bo") == 1.5
        assert "info: Bo: volume 150 percent." in heard.texts
        for uid, percent in [("bo", 201), ("bo", -1), ("ana", 50), ("nobody", 50)]:
            with pytest.raises(CallsError):
                await Seat(calls).do(SetVolume(uid, percent))


async def test_one_user_twice_is_two_people_of_one_volume() -> None:
    world = FakeWorld()
    laptop, phone = remote("bo-laptop", uid="bo"), remote("bo-phone", uid="")
    world.transport.others = (laptop,)
    media = MediaChoice("null", "null", "null", {"bo": 40})
    async with joined(world, media=media) as (calls, heard):
        assert calls.current.newest is not None
        mixer = calls.current.newest.media.mixer
        world.transport.hear(ParticipantUpdated(phone))
        await heard.until(lambda: len(calls.outlet.newest.remotes) == 2)
        assert [p.volume for p in calls.outlet.newest.remotes] == [40, 100]
        world.transport.hear(ParticipantUpdated(replace(phone, uid="bo")))  # whose it is, late
        await heard.until(lambda: calls.outlet.newest.remotes[1].uid == "bo")
        assert (mixer.gain("bo-laptop"), mixer.gain("bo-phone")) == (0.4, 0.4)
        await Seat(calls).do(SetVolume("bo-phone", 150))
        assert (mixer.gain("bo-laptop"), mixer.gain("bo-phone")) == (0.4, 1.5)
        world.transport.hear(ParticipantLeft("bo-laptop"))
        await heard.until(lambda: len(calls.outlet.newest.remotes) == 1)
        assert calls.outlet.newest.remotes[0].id == "bo-phone"


async def test_closing_the_microphone_mutes_and_unmuting_opens_it() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, _):
        await Seat(calls).do(SetMicrophoneClosed(True))
        assert microphone_closed(calls) and calls.outlet.newest.local.audio_muted  # type: ignore[union-attr]
        assert world.devices.microphone.on_block is None
        await Seat(calls).do(SetMicrophoneClosed(False))
        assert not microphone_closed(calls) and calls.outlet.newest.local.audio_muted  # type: ignore[union-attr]
        await Seat(calls).do(SetMicrophoneClosed(True))
        await Seat(calls).do(SetMuted(False))
        assert world.devices.microphone.on_block is not None
        assert not microphone_closed(calls)


async def test_the_last_wish_holds_while_the_device_opens() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, _):
        await Seat(calls).do(SetMicrophoneClosed(True))
        unmuting = asyncio.create_task(Seat(calls).do(SetMuted(False)))
        await asyncio.sleep(0)
        await Seat(calls).do(SetMuted(True))
        await unmuting
        assert calls.current.newest is not None
        assert calls.current.newest.media.capture.muted
        assert calls.outlet.newest.local.audio_muted  # type: ignore[union-attr]


async def test_earcons_are_played_only_when_wanted() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, _):

        def heard_something() -> bool:
            assert world.devices.speaker.pull is not None
            return bool(np.abs(world.devices.speaker.pull(9600)).max() > 500)

        await Seat(calls).do(SetMuted(True))
        assert not heard_something()
        await Seat(calls).do(SetEarcons(True))
        assert calls.outlet.newest.earcons
        await Seat(calls).do(SetMuted(False))
        assert heard_something()
        await Seat(calls).do(SetHandRaised(True))
        assert heard_something()


async def test_others_are_turned_down_for_a_while_and_come_back_by_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with joined(FakeWorld()) as (calls, _):
        assert calls.current.newest is not None
        factors: list[float] = []
        back = asyncio.Event()

        def duck(factor: float) -> None:
            factors.append(round(factor, 3))
            if factor == 1.0:
                back.set()

        monkeypatch.setattr(calls.current.newest.media.mixer, "duck", duck)
        await Seat(calls).do(Duck(30.0))
        await Seat(calls).do(Duck(0.01))  # the newest word counts
        async with asyncio.timeout(3):
            await back.wait()
        assert factors == [0.251, 0.251, 1.0], "12 dB, without anybody ending it"
        await Seat(calls).do(Duck(5.0))
        await Seat(calls).do(Duck(0.0))
        assert factors[3:] == [0.251, 1.0]
    await Seat(calls).do(Duck(1.0))  # nobody to turn down


def feed(world: FakeWorld, amplitude: int, blocks: int) -> None:
    on_block = world.devices.microphone.on_block
    assert on_block is not None
    for _ in range(blocks):
        on_block(np.full(BLOCK_SAMPLES, amplitude, np.int16))


async def test_before_a_call_sound_is_tried_and_nothing_is_sent() -> None:
    world = FakeWorld()
    async with logged_in(world) as (calls, heard):
        await Seat(calls).do(CheckSound(MEDIA))
        assert [d.kind for d in calls.outlet.newest.devices] == list(DeviceKind)
        feed(world, 3000, 10)
        await heard.until(
            lambda: any(isinstance(u, Levels) and u.dbov.get("", -127) > -40 for u in heard.updates)
        )
        with pytest.raises(CallsError, match="Record first"):
            await calls.current.sound_test().play_back()
        recording = asyncio.create_task(calls.current.sound_test().record())
        await asyncio.sleep(0)
        feed(world, 3000, 320)
        assert -25 < await recording < -15
        playing = asyncio.create_task(calls.current.sound_test().play_back())
        await asyncio.sleep(0)
        assert world.devices.speaker.pull is not None
        assert np.abs(world.devices.speaker.pull(4800)).max() > 2000
        world.devices.speaker.pull(3 * 48_000)
        await playing
        tone = asyncio.create_task(calls.current.sound_test().play_tone())
        await asyncio.sleep(0)
        assert np.abs(world.devices.speaker.pull(48_000)).max() > 2000
        await tone
        assert world.transport.said == []

        await calls.join_session_by_id("standup", {}, MEDIA)
        assert calls.current.check is None, "the call has the devices now"
        await Seat(calls).do(CheckSound(MEDIA))
        assert calls.current.check is None


async def test_what_is_missing_is_said_before_the_call() -> None:
    world = FakeWorld()
    world.devices.missing = {DeviceKind.MICROPHONE}
    async with logged_in(world) as (calls, _):
        await Seat(calls).do(CheckSound(MediaChoice("null", "default", "default")))
        state = calls.outlet.newest.devices[0]
        assert state.problem == "No microphone here." and state.remedy == "Plug in a microphone."
        with pytest.raises(CallsError, match="No microphone here"):
            await calls.current.sound_test().record()
        await Seat(calls).do(EndSoundCheck())
        assert calls.outlet.newest.devices == ()
        with pytest.raises(CallsError, match="not in a call"):
            calls.current.sound_test()


async def test_each_stage_of_the_processing_is_switched_alone() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, _):
        assert calls.outlet.newest.processing == SoundProcessing()
        await Seat(calls).do(SetProcessing("noise", False))
        assert calls.outlet.newest.processing == SoundProcessing(noise=False)
        await Seat(calls).do(SetProcessing("echo", False))
        await Seat(calls).do(SetProcessing("noise", True))
        assert calls.outlet.newest.processing == SoundProcessing(echo=False)
        with pytest.raises(CallsError, match="allowed: echo, noise, gain"):
            await Seat(calls).do(SetProcessing("reverb", True))


async def test_the_camera_is_shown_to_oneself_and_closed_again() -> None:
    world = FakeWorld()
    async with logged_in(world) as (calls, _):
        assert await Seat(calls).do(CheckCamera(True)) == (0, 0), "nothing is tried out"
        await Seat(calls).do(CheckSound(MediaChoice()))
        assert DeviceKind.CAMERA not in {kind for kind, _ in world.devices.opened}
        world.pictures.want(NO_STREAM, 16, 16)
        checking = asyncio.create_task(Seat(calls).do(CheckCamera(True)))
        async with asyncio.timeout(5):
            while not world.devices.camera_opened:
                await asyncio.sleep(0)
        world.devices.camera.frames.put_nowait(grey())
        assert await checking == (32, 24)
        picture = world.pictures.newest(NO_STREAM)
        assert picture is not None and len(picture.rgb) == 16 * 16 * 3
        camera = world.devices.camera
        assert await Seat(calls).do(CheckCamera(False)) == (0, 0)
        assert camera.closed.is_set() and world.pictures.newest(NO_STREAM) is None
        world.devices.missing = {DeviceKind.CAMERA}
        with pytest.raises(CallsError, match=r"No camera here\. Plug in a camera"):
            await Seat(calls).do(CheckCamera(True))
        await Seat(calls).do(EndSoundCheck())


async def test_a_camera_without_pictures_is_told_and_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sound_check, "_PICTURE_S", 0.01)
    world = FakeWorld()
    async with logged_in(world) as (calls, _):
        await Seat(calls).do(CheckSound(MediaChoice()))
        with pytest.raises(CallsError, match="gave no picture"):
            await Seat(calls).do(CheckCamera(True))
        assert world.devices.camera.closed.is_set()
