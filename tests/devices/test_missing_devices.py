"""Machines that lack something: every refusal says how to fix it."""

from __future__ import annotations

import builtins
import json
from pathlib import Path

import av
import pytest

from tui.devices import camera, portaudio, sound_server
from tui.devices.local import LocalDevices
from tui.domain.device_choice import DeviceInfo
from tui.domain.media import MediaName, SourceKind, parse_media_name
from tui.domain.snapshot import DeviceKind
from tui.ports.devices import DeviceUnavailable

DEVICES = LocalDevices()
DEFAULT = parse_media_name("default", role="microphone")


class NoDevices:
    """sounddevice on a machine without sound."""

    class PortAudioError(Exception):
        pass

    class default:
        device = (-1, -1)

    def __init__(self, devices=()):
        self._devices = list(devices)
        self.restarts = 0

    def _terminate(self):
        pass

    def _initialize(self):
        self.restarts += 1

    def query_devices(self):
        return self._devices

    def RawInputStream(self, **options):
        raise self.PortAudioError("Device\x1b unavailable")

    RawOutputStream = RawInputStream


@pytest.fixture
def use(monkeypatch):
    def replace(library):
        monkeypatch.setattr(portaudio, "_sounddevice", lambda: library)
        return library

    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    return replace


def test_without_portaudio_the_package_to_install_is_named(monkeypatch):
    whole = builtins.__import__

    def broken(name, *args, **options):
        if name == "sounddevice":
            raise OSError("PortAudio library not found")
        return whole(name, *args, **options)

    monkeypatch.setattr(builtins, "__import__", broken)
    monkeypatch.setattr(portaudio.sys, "platform", "linux")
    with pytest.raises(DeviceUnavailable, match="No sound library") as caught:
        DEVICES.open_microphone(DEFAULT)
    assert caught.value.remedy == "sudo apt install libportaudio2 libasound2-plugins"
    assert DEVICES.list_devices(DeviceKind.SPEAKER) == ()


def test_without_devices_the_sound_server_is_named(use):
    library = use(NoDevices())
    with pytest.raises(DeviceUnavailable, match="No microphone found") as caught:
        DEVICES.open_microphone(DEFAULT)
    assert caught.value.remedy
    assert library.restarts == 1  # it has looked again
    with pytest.raises(DeviceUnavailable, match="No speaker found"):
        DEVICES.open_speaker(DEFAULT)
    assert DEVICES.list_devices(DeviceKind.MICROPHONE) == ()


def test_over_ssh_the_way_to_bring_sound_along_is_named(use, monkeypatch):
    use(NoDevices())
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22")
    with pytest.raises(DeviceUnavailable) as caught:
        DEVICES.open_speaker(DEFAULT)
    assert "PULSE_SERVER" in caught.value.remedy
    assert "ssh -R" in caught.value.remedy


def test_a_device_that_refuses_gives_its_reason_cleaned(use):
    usb = {"name": "USB\x07 Mic", "max_input_channels": 2, "max_output_channels": 0}
    use(NoDevices([usb]))
    with pytest.raises(DeviceUnavailable, match="USB Mic can't be opened: Device unavailable"):
        DEVICES.open_microphone(DEFAULT)
    (listed,) = DEVICES.list_devices(DeviceKind.MICROPHONE)
    assert listed == DeviceInfo(DeviceKind.MICROPHONE, "USB\x07 Mic", "USB Mic", True)


def test_sound_over_a_network_gets_more_time(monkeypatch):
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    assert portaudio.latency_s() == 0.02
    monkeypatch.setenv("PULSE_SERVER", "tcp:127.0.0.1:24713")
    assert portaudio.latency_s() >= 0.06


async def test_without_a_camera_other_ways_to_join_are_named(monkeypatch):
    monkeypatch.setattr(camera, "list_cameras", lambda: ())
    with pytest.raises(DeviceUnavailable, match="No camera found") as caught:
        await DEVICES.open_camera(DEFAULT)
    assert "--camera test:bars" in caught.value.remedy
    assert "--no-video" in caught.value.remedy


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (PermissionError(13, "Permission denied"), "may not be used"),
        (OSError(16, "Device or resource busy"), "busy"),
    ],
)
async def test_a_camera_that_refuses_says_why(monkeypatch, error, says):
    known = (DeviceInfo(DeviceKind.CAMERA, "/dev/video0", "Webcam", True),)
    monkeypatch.setattr(camera, "list_cameras", lambda: known)

    def refuse(*args, **options):
        raise error

    monkeypatch.setattr(av, "open", refuse)
    for name in ("default", "Webcam", "/dev/video0"):
        with pytest.raises(DeviceUnavailable, match=says) as caught:
            await DEVICES.open_camera(parse_media_name(name, role="camera"))
        assert caught.value.remedy
    with pytest.raises(DeviceUnavailable, match="no camera 'Brio'; there is Webcam"):
        await DEVICES.open_camera(parse_media_name("Brio", role="camera"))


async def test_a_camera_gives_its_newest_picture(monkeypatch, tmp_path):
    # A clip stands in for the driver: the same PyAV path behind it.
    from tests.devices.test_files import write_clip

    write_clip(tmp_path / "clip.mp4", sound=False)
    whole = av.open
    known = (DeviceInfo(DeviceKind.CAMERA, "/dev/video0", "Webcam", True),)
    monkeypatch.setattr(camera, "list_cameras", lambda: known)
    monkeypatch.setattr(av, "open", lambda *_, **__: whole(str(tmp_path / "clip.mp4")))
    opened = await DEVICES.open_camera(DEFAULT)
    frame = await opened.next_frame()
    assert (frame.width, frame.height) == opened.size == (160, 120)
    await opened.close()


def test_listing_cameras_never_raises():
    for one in camera.list_cameras():
        assert one.kind is DeviceKind.CAMERA
        assert Path(one.device_id).exists()


async def test_a_test_nobody_knows_is_refused():
    unknown = MediaName(SourceKind.TEST, "nope")
    with pytest.raises(DeviceUnavailable):
        await DEVICES.open_camera(unknown)
    with pytest.raises(DeviceUnavailable):
        DEVICES.open_microphone(unknown)
    with pytest.raises(DeviceUnavailable, match="not a speaker"):
        DEVICES.open_speaker(unknown)


@pytest.mark.parametrize(
    "answer", ["", "{", "3", '[3, {"name": 7}]', '[{"name": "x.monitor", "description": "M"}]']
)
def test_an_odd_answer_of_the_sound_server_is_no_device(monkeypatch, answer):
    monkeypatch.setattr(sound_server.sys, "platform", "linux")
    monkeypatch.setattr(sound_server.shutil, "which", lambda name: "/usr/bin/pactl")
    monkeypatch.setattr(sound_server, "_pactl", lambda *arguments: answer)
    assert sound_server.list_server_devices(DeviceKind.MICROPHONE) == ()


def test_names_of_the_sound_server_are_cleaned(monkeypatch):
    monkeypatch.setattr(sound_server.sys, "platform", "linux")
    monkeypatch.setattr(sound_server.shutil, "which", lambda name: "/usr/bin/pactl")
    monkeypatch.delenv("PULSE_SINK", raising=False)
    listed = json.dumps([{"name": "usb", "description": "USB\x1b[31m"}])
    answers = {"-f": listed, "get-default-sink": "usb\n"}
    monkeypatch.setattr(sound_server, "_pactl", lambda *arguments: answers[arguments[0]])
    (device,) = sound_server.list_server_devices(DeviceKind.SPEAKER)
    assert device == DeviceInfo(DeviceKind.SPEAKER, "usb", "USB[31m", True)
