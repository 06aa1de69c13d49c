"""Sound devices that come, go, fail and change places during a call."""

from __future__ import annotations

import threading

import pytest

from tests.fakes.world import FakeSpeaker, FakeWorld
from tests.session.rig import joined, logged_in
from tests.session.test_own_sound import media_of
from tui.domain.commands.local import SetDeafened
from tui.domain.commands.own import CheckSound, EndSoundCheck, SetDevice, SetMuted, SetVideoPaused
from tui.domain.device_choice import DeviceInfo, MediaChoice
from tui.domain.snapshot import DeviceKind
from tui.front.call_words import microphone_words
from tui.session.seat import Seat

REAL = MediaChoice("null", "default", "default")
SPEAKER, MICROPHONE, CAMERA = DeviceKind.SPEAKER, DeviceKind.MICROPHONE, DeviceKind.CAMERA


def listed(*names: str, default: str = "") -> tuple[DeviceInfo, ...]:
    return tuple(DeviceInfo(SPEAKER, name, name.title(), name == default) for name in names)


async def changed_to(world: FakeWorld, media, *devices: DeviceInfo) -> None:
    world.devices.listed[SPEAKER] = devices
    world.devices.sound_changed()
    await media.watch()


async def test_a_device_that_comes_or_goes_is_told_once():
    world = FakeWorld()
    world.devices.listed[SPEAKER] = listed("desk", default="desk")
    async with joined(world, media=REAL) as (calls, heard):
        media = media_of(calls)
        await media.watch()
        opened = len(world.devices.opened)
        await changed_to(world, media, *listed("desk", "headset", default="desk"))
        await changed_to(world, media, *listed("desk", "headset", default="desk"))
        await changed_to(world, media, *listed("desk", default="desk"))
        await heard.until(lambda: any("gone" in text for text in heard.texts))
        told = [text for text in heard.texts if "Headset" in text]
        assert told == ["info: New speaker: Headset.", "info: Speaker gone: Headset."]
        assert len(world.devices.opened) == opened
    assert not world.devices.watching


async def test_each_list_that_changed_is_the_payload_of_its_documented_event():
    world = FakeWorld()
    world.devices.listed[SPEAKER] = listed("desk", default="desk")
    world.devices.listed[CAMERA] = ()
    async with joined(world, media=MediaChoice()) as (calls, heard):
        media = media_of(calls)
        await media.watch()
        assert not any("DevicesChanged" in name for name in heard.events)
        await changed_to(world, media, *listed("desk", "head\x1bset", default="desk"))
        assert heard.payload("onAudioOutputDevicesChanged") == [
            {"deviceId": "desk", "label": "Desk"},
            {"deviceId": "headset", "label": "HeadSet"},
        ]
        world.devices.listed[CAMERA] = (DeviceInfo(CAMERA, "/dev/video0", "Web camera", True),)
        await media.watch()
        assert heard.payload("onVideoInputDevicesChanged") == [
            {"deviceId": "/dev/video0", "label": "Web camera"}
        ]
        assert "info: New camera: Web camera." in heard.texts
        world.devices.listed[MICROPHONE] = ()
        await changed_to(world, media)
        assert heard.payload("onAudioInputDevicesChanged") == []
        assert heard.payload("onAudioOutputDevicesChanged") == []
        await changed_to(world, media)
        names = [name for name in heard.events if "DevicesChanged" in name]
        assert len(names) == 4, "each change once, of the list that changed"


async def test_a_chosen_camera_that_comes_back_is_used_again():
    world = FakeWorld()
    world.devices.listed[CAMERA] = (DeviceInfo(CAMERA, "/dev/video0", "Web camera", True),)
    world.devices.away = {"studio"}
    async with joined(world, media=MediaChoice("device:studio", "null", "null")) as (calls, heard):
        media = media_of(calls)
        await heard.until(lambda: any("camera studio is not here" in t for t in heard.texts))
        await media.watch()
        world.devices.away = set()
        world.devices.listed[CAMERA] += (DeviceInfo(CAMERA, "/dev/video2", "Studio", False),)
        await media.watch()
        assert world.devices.opened[-1][1].value == "studio"
        assert not media.states[-1].instead_of and not media.camera.paused
        world.devices.listed[CAMERA] = world.devices.listed[CAMERA][:1]
        await media.watch()
        assert "info: Camera gone: Studio." in heard.texts


async def test_the_default_device_is_followed():
    world = FakeWorld()
    world.devices.listed[SPEAKER] = listed("desk", "headset", default="desk")
    async with joined(world, media=REAL) as (calls, heard):
        media = media_of(calls)
        await media.watch()
        world.devices.speaker = headset = FakeSpeaker()
        await changed_to(world, media, *listed("desk", "headset", default="headset"))
        assert headset.pull is not None
        await heard.until(lambda: "info: The speaker is now Headset." in heard.texts)


async def test_a_chosen_device_that_is_away_is_replaced_until_it_is_back():
    world = FakeWorld()
    world.devices.listed[SPEAKER] = listed("desk", "headset", default="desk")
    async with joined(world, media=REAL) as (calls, heard):
        media = media_of(calls)
        await media.choose(SPEAKER, "headset")
        assert media.names[SPEAKER].value == "headset"
        await media.watch()
        world.devices.away = {"headset"}
        world.devices.speaker = desk = FakeSpeaker()
        await changed_to(world, media, *listed("desk", default="desk"))
        assert desk.pull is not None
        assert not media.problem(SPEAKER)
        await heard.until(lambda: any("headset is not here" in text for text in heard.texts))
        world.devices.away = set()
        world.devices.speaker = headset = FakeSpeaker()
        await changed_to(world, media, *listed("desk", "headset", default="desk"))
        assert headset.pull is not None
        assert desk.pull is None


AWAY = "info: The {} is not here. Using {} until it is."


async def test_remembered_devices_that_are_gone_are_replaced_and_each_is_told_once():
    world = FakeWorld()
    chosen = MediaChoice("studio", "table", "headset")
    world.devices.away = {"table", "headset", "studio"}
    async with joined(world, media=chosen, startVideoPaused=False) as (calls, heard):
        await heard.until(lambda: sum("is not here" in text for text in heard.texts) == 3)
        assert AWAY.format("microphone table", "fake microphone") in heard.texts
        assert AWAY.format("camera studio", "fake camera") in heard.texts
        local = calls.outlet.newest.local
        assert local is not None and not local.video_paused
        assert {state.instead_of for state in calls.outlet.newest.devices} == world.devices.away
        await Seat(calls).do(SetVideoPaused(True))
        world.devices.away = set()
        await Seat(calls).do(SetVideoPaused(False))
        assert world.devices.opened[-1][1].value == "studio", "back again"
        assert not media_of(calls).states[-1].instead_of
        assert sum("is not here" in text for text in heard.texts) == 3
        kept = {kind: name.value for kind, name in media_of(calls).names.items()}
        assert kept == {MICROPHONE: "table", SPEAKER: "headset", CAMERA: "studio"}


async def test_what_the_green_room_showed_is_not_told_again():
    world = FakeWorld()
    world.devices.listed[CAMERA] = (DeviceInfo(CAMERA, "/dev/video0", "Web camera", True),)
    chosen = MediaChoice("studio", "default", "headset")
    world.devices.away = {"headset", "studio"}
    async with logged_in(world) as (calls, heard):
        await Seat(calls).do(CheckSound(chosen))
        states = {state.kind: state for state in calls.outlet.newest.devices}
        assert (states[SPEAKER].label, states[SPEAKER].instead_of) == ("fake speaker", "headset")
        assert (states[CAMERA].label, states[CAMERA].instead_of) == ("Web camera", "studio")
        await Seat(calls).do(EndSoundCheck())
        await calls.join_session_by_id("standup", {}, chosen)
        await heard.until(lambda: any(name == "camera" for name, _ in world.transport.said))
        assert not any("is not here" in text for text in heard.texts)


async def test_a_camera_that_is_here_but_busy_is_not_replaced_by_another_one():
    world = FakeWorld()
    world.devices.listed[CAMERA] = (
        DeviceInfo(CAMERA, "/dev/video0", "Web camera", True),
        DeviceInfo(CAMERA, "/dev/video2", "Studio", False),
    )
    world.devices.away = {"studio"}
    async with joined(world, media=MediaChoice("device:studio", "null", "null")) as (calls, heard):
        await heard.until(lambda: any("There is no camera" in text for text in heard.texts))
        local = calls.outlet.newest.local
        assert local is not None and local.video_paused


async def test_a_device_that_stops_is_opened_again_at_once_and_it_is_told():
    world = FakeWorld()
    async with joined(world, media=REAL) as (calls, heard):
        media = media_of(calls)
        broken = world.devices.microphone
        broken.failed = True
        world.devices.microphone = type(broken)()
        await media.watch()
        assert world.devices.microphone.on_block is not None
        await heard.until(lambda: any("works again" in text for text in heard.texts))
        assert any("The microphone went away." in text for text in heard.texts)


async def test_a_file_that_ends_is_not_to_be_plugged_in():
    world = FakeWorld()
    media = MediaChoice("null", "file:rec.wav", "null")
    async with joined(world, media=media) as (calls, heard):
        world.devices.microphone.failed = True
        await media_of(calls).watch()
        await heard.until(lambda: any("file:rec.wav" in text for text in heard.texts))
        assert not any("Plug it in" in text for text in heard.texts)


async def test_while_the_sound_server_is_away_it_is_tried_again_and_again():
    world = FakeWorld()
    async with joined(world, media=REAL) as (calls, heard):
        media = media_of(calls)
        world.devices.speaker.failed = True
        world.devices.missing = {SPEAKER, MICROPHONE}
        await media.watch()
        assert media.problem(SPEAKER)
        for _ in range(3):
            world.time.now_s += 5
            await media.watch()
        world.devices.missing = set()
        world.devices.speaker = back = FakeSpeaker()
        world.time.now_s += 5
        await media.watch()
        assert back.pull is not None
        assert not media.problem(SPEAKER)
        await heard.until(lambda: "info: Speaker works again: fake speaker." in heard.texts)


async def test_a_speaker_that_does_not_keep_up_is_opened_again():
    world = FakeWorld()
    async with joined(world, media=REAL) as (calls, heard):
        media = media_of(calls)
        slow = world.devices.speaker
        slow.failed = slow.behind = True
        world.devices.speaker = FakeSpeaker()
        await media.watch()
        assert slow.pull is None
        assert world.devices.speaker.pull is not None
        await heard.until(lambda: any("does not keep up" in text for text in heard.texts))


async def test_the_devices_of_the_settings_stand_in_for_default_ones():
    world = FakeWorld()
    media = MediaChoice("null", "table", "default")
    async with joined(world, media=media, audioOutputDeviceId="desk"):
        names = {kind: name.value for kind, name in world.devices.opened}
        assert names[MICROPHONE] == "table"
        assert names[SPEAKER] == "desk"


async def test_the_default_is_the_machines():
    world = FakeWorld()
    async with joined(world, media=MediaChoice(), startAudioMuted=False):
        opened = [name for kind, name in world.devices.opened if kind is MICROPHONE]
        assert [name.value for name in opened] == [""]


async def test_no_camera_is_a_choice_and_no_error():
    world = FakeWorld()
    async with joined(world, media=MediaChoice()) as (calls, heard):
        await Seat(calls).do(SetDevice("camera", "none"))
        await heard.until(lambda: calls.outlet.newest.local.video_paused)


@pytest.mark.parametrize("muted", [False, True])
async def test_deafening_says_whether_one_is_heard_still(muted):
    world = FakeWorld()
    async with joined(world, media=REAL) as (calls, heard):
        await Seat(calls).do(SetMuted(muted))
        await Seat(calls).do(SetDeafened(True))
        told = "info: Sound off: you hear nobody" + ("." if muted else ", and they hear you still.")
        await heard.until(lambda: told in heard.texts)
        await Seat(calls).do(SetDeafened(False))
        await heard.until(lambda: "info: Sound on." in heard.texts)


async def test_a_microphone_is_said_to_be_on_once_it_is_open() -> None:
    world = FakeWorld()
    world.devices.microphone_may_open = may_open = threading.Event()
    async with logged_in(world) as (calls, heard):
        await calls.join_session_by_id("standup", {}, REAL)
        try:
            await heard.until(lambda: calls.outlet.newest.in_session and world.devices.opened)
            assert microphone_words(calls.outlet.newest) == "Microphone opening"
        finally:
            may_open.set()
        await heard.until(lambda: microphone_words(calls.outlet.newest) == "Microphone on")


async def test_unmuting_a_microphone_that_still_opens_is_not_said_to_be_on() -> None:
    world = FakeWorld()
    world.devices.microphone_may_open = may_open = threading.Event()
    async with logged_in(world) as (calls, heard):
        await calls.join_session_by_id("standup", {"start_audio_muted": True}, REAL)
        try:
            await heard.until(lambda: calls.outlet.newest.in_session and world.devices.opened)
            await Seat(calls).do(SetMuted(False))
            await heard.until(lambda: "mic: Microphone opening." in heard.texts)
            assert not [text for text in heard.texts if "is on" in text]
        finally:
            may_open.set()
        await heard.until(lambda: "mic: Your microphone is on." in heard.texts)
