"""This machine's devices, and what stands in for them, by name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from tui.devices import screen, tones
from tui.devices.camera import list_cameras, open_camera
from tui.devices.null import NullMicrophone, no_camera, null_speaker
from tui.devices.opening import OPENS_WITHIN_S, open_within
from tui.devices.paced import PacedMicrophone, PacedSpeaker
from tui.devices.portaudio import (
    PortAudioMicrophone,
    PortAudioSpeaker,
    list_sound_devices,
    silent_sound,
)
from tui.devices.robot_picture import DEFAULT_RGB, RobotPicture
from tui.devices.sound_changes import SoundChanges
from tui.devices.sound_file import SoundFileSource, WavSink
from tui.devices.synthetic_camera import (
    FPS,
    HEIGHT,
    WIDTH,
    Bars,
    Colour,
    Noise,
    Painter,
    SyntheticCamera,
)
from tui.devices.terminal_camera import open_terminal
from tui.devices.threaded_camera import SHARE_BOX
from tui.devices.video_file import open_video_file
from tui.domain.device_choice import DeviceInfo
from tui.domain.media import MediaName, SourceKind
from tui.domain.snapshot import DeviceKind
from tui.domain.text import clean
from tui.ports.devices import Camera, DeviceUnavailable, Microphone, Speaker

_COLOUR_DEFAULT = "3465a4"
SHARED_TEST_SIZE: Final = (1280, 720)
SHARED_FILM_FPS: Final = 15.0
"""A film of 1920x1080 costs an encoder 20 to 40 ms a picture."""


class LocalDevices:
    """Opens devices, files and synthetic sources (`tui.ports.devices.Devices`).

    Args:
        picture_size: Of synthetic cameras [pixels].
        picture_fps: Of synthetic cameras.
    """

    def __init__(
        self,
        *,
        picture_size: tuple[int, int] = (WIDTH, HEIGHT),
        picture_fps: float = FPS,
    ):
        self._picture_size = picture_size
        self._picture_fps = picture_fps

    def open_microphone(self, name: MediaName) -> Microphone:
        """A device, `file:`, `test:` or `null` microphone. Raises `DeviceUnavailable`."""
        match name.kind:
            case SourceKind.NULL | SourceKind.PANE:
                return NullMicrophone()
            case SourceKind.FILE:
                return PacedMicrophone(f"file {clean(name.value, 60)}", SoundFileSource(name.value))
            case SourceKind.TEST:
                return _synthetic_microphone(name)
            case SourceKind.DEVICE:
                return open_within(
                    lambda: PortAudioMicrophone(name.value),
                    PortAudioMicrophone.stop,
                    silent=silent_sound(DeviceKind.MICROPHONE),
                )

    def open_speaker(self, name: MediaName) -> Speaker:
        """A device, `file:OUT.wav` or `null` speaker. Raises `DeviceUnavailable`."""
        match name.kind:
            case SourceKind.NULL:
                return null_speaker()
            case SourceKind.FILE:
                return PacedSpeaker(f"file {clean(name.value, 60)}", WavSink(name.value))
            case SourceKind.TEST | SourceKind.PANE:
                raise DeviceUnavailable(
                    f"{clean(str(name), 60)} is not a speaker.",
                    "Use a device, file:OUT.wav or null.",
                )
            case SourceKind.DEVICE:
                return open_within(
                    lambda: PortAudioSpeaker(name.value),
                    PortAudioSpeaker.stop,
                    silent=silent_sound(DeviceKind.SPEAKER),
                )

    async def open_camera(self, name: MediaName) -> Camera:
        """A device, `file:` or `test:` camera. Raises `DeviceUnavailable`, also for `null`."""
        match name.kind:
            case SourceKind.NULL | SourceKind.PANE:
                raise no_camera()
            case SourceKind.FILE:
                return await asyncio.to_thread(open_video_file, name.value)
            case SourceKind.TEST:
                return _synthetic_camera(name, self._picture_size, self._picture_fps)
            case SourceKind.DEVICE:
                return await asyncio.to_thread(_open_camera, name.value)

    async def open_share(self, name: MediaName) -> Camera:
        """The screen, a `file:` or a `test:` picture. Raises `DeviceUnavailable`."""
        match name.kind:
            case SourceKind.FILE:
                return await asyncio.to_thread(
                    open_video_file, name.value, SHARE_BOX, SHARED_FILM_FPS
                )
            case SourceKind.TEST:
                return _synthetic_camera(name, SHARED_TEST_SIZE, screen.FPS)
            case SourceKind.DEVICE:
                return await asyncio.to_thread(screen.open_screen, name.value)
            case SourceKind.PANE:
                return await open_terminal(name.value)
            case SourceKind.NULL:
                raise DeviceUnavailable("Nothing is shared.", "Choose a screen or a file.")

    def list_devices(self, kind: DeviceKind) -> tuple[DeviceInfo, ...]:
        """What can be chosen now; empty where there is nothing. Never raises."""
        listing = list_cameras if kind is DeviceKind.CAMERA else partial(list_sound_devices, kind)
        try:
            return open_within(listing, len, silent=DeviceUnavailable("They do not answer.", ""))
        except DeviceUnavailable:
            return ()

    def watch_sound(self, changed: Callable[[], None]) -> Callable[[], None]:
        """See `tui.ports.devices.Devices`."""
        return SoundChanges(changed).close


def _open_camera(name: str) -> Camera:
    return open_within(
        lambda: open_camera(name),
        lambda late: asyncio.run(late.close()),
        silent=DeviceUnavailable(
            f"The camera does not open within {OPENS_WITHIN_S:.0f} seconds.",
            "Close other programs that use it, or plug it in again.",
        ),
    )


def _synthetic_camera(name: MediaName, size: tuple[int, int], fps: float) -> Camera:
    test, _, value = name.value.partition("=")
    width, height = size
    painter: Painter
    match test:
        case "bars":
            painter = Bars(width, height)
        case "colour":
            painter = Colour(width, height, value or _COLOUR_DEFAULT)
        case "noise":
            painter = Noise(width, height)
        case "robot":
            painter = RobotPicture(width, height, value or DEFAULT_RGB)
        case _:
            raise _no_such_test(name)
    return SyntheticCamera(f"test {test}", painter, width=width, height=height, fps=fps)


def _synthetic_microphone(name: MediaName) -> Microphone:
    test, _, value = name.value.partition("=")
    match test:
        case "tone":
            return PacedMicrophone("test tone", tones.tone(int(value or tones.TONE_HZ)))
        case "beeps":
            return PacedMicrophone("test beeps", tones.beeps(int(value or tones.BEEP_HZ)))
        case "silence":
            return PacedMicrophone("test silence", tones.silence())
        case "voice":
            return PacedMicrophone("test voice", tones.voice())
        case _:
            raise _no_such_test(name)


def _no_such_test(name: MediaName) -> DeviceUnavailable:
    return DeviceUnavailable(
        f"There is no {clean(str(name), 60)}.", "cellcall join --help lists the tests."
    )
