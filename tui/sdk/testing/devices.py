"""Devices of a scripted call: they are listed, they open, and only the camera gives anything.

The same on a machine with ten microphones and on one with none, which is why no real device is ever
looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import numpy as np

from tui.devices.null import NullMicrophone
from tui.domain.device_choice import DeviceInfo
from tui.domain.media import MediaName, PlanarFrame, SourceKind
from tui.domain.snapshot import DeviceKind
from tui.ports.devices import Block, Camera, DeviceUnavailable, Microphone, Speaker
from tui.ports.transport import EndOfMedia

_LABELS: Final = {
    DeviceKind.MICROPHONE: "Scripted microphone",
    DeviceKind.SPEAKER: "Scripted speaker",
    DeviceKind.CAMERA: "Scripted camera",
}
_FPS: Final = 10.0


class SilentMicrophone(NullMicrophone):
    """Opens, and hears nothing."""

    label = _LABELS[DeviceKind.MICROPHONE]


class SilentSpeaker:
    """Opens, and asks for nothing."""

    label = _LABELS[DeviceKind.SPEAKER]
    failed = False
    behind = False

    def start(self, pull: Callable[[int], Block]) -> None:
        """Nothing will be asked for."""

    def stop(self) -> None:
        """Nothing to end."""


class PictureCamera:
    """Gives the picture of the script's moment, over and over."""

    label = _LABELS[DeviceKind.CAMERA]
    fps = _FPS

    def __init__(self, picture: Callable[[], PlanarFrame]):
        self._picture = picture
        frame = picture()
        self.width, self.height = frame.width, frame.height
        self._closed = asyncio.Event()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.width, self.height

    async def next_frame(self) -> PlanarFrame:
        """The picture of now."""
        if not self._closed.is_set():
            await asyncio.sleep(1 / _FPS)
        if self._closed.is_set():
            raise EndOfMedia
        return self._picture()

    async def close(self) -> None:
        """No picture any more."""
        self._closed.set()


class ScriptedDevices:
    """One microphone, one speaker, one camera.

    Args:
        picture: What our camera sees, or None without a camera.
    """

    def __init__(self, picture: Callable[[], PlanarFrame] | None):
        self._picture = picture
        self._plugged: list[str] = []
        self._changed: Callable[[], None] = lambda: None

    def plug(self, label: str, *, plugged: bool) -> None:
        """A device comes or goes."""
        self._plugged = [one for one in self._plugged if one != label]
        if plugged:
            self._plugged.append(label)
        self._changed()

    def open_microphone(self, name: MediaName) -> Microphone:
        """See `Devices`."""
        return SilentMicrophone()

    def open_speaker(self, name: MediaName) -> Speaker:
        """See `Devices`."""
        return SilentSpeaker()

    async def open_camera(self, name: MediaName) -> Camera:
        """See `Devices`."""
        if self._picture is None or name.kind is SourceKind.NULL:
            raise DeviceUnavailable("No camera here.", "")
        return PictureCamera(self._picture)

    async def open_share(self, name: MediaName) -> Camera:
        """See `Devices`; a shared screen looks like our camera."""
        return await self.open_camera(name)

    def list_devices(self, kind: DeviceKind) -> tuple[DeviceInfo, ...]:
        """See `Devices`."""
        first = DeviceInfo(kind, "scripted", _LABELS[kind], is_default=True)
        return (first, *(DeviceInfo(kind, label, label) for label in self._plugged))

    def watch_sound(self, changed: Callable[[], None]) -> Callable[[], None]:
        """See `Devices`."""
        self._changed = changed
        return lambda: None


class NoVoice:
    """Nothing is read aloud."""

    async def samples(self, text: str, program: str = "") -> Block:
        """See `Synthesizer`."""
        return np.zeros(0, np.int16)
