"""The devices of a guest of somebody else's machine: none at all, whatever is asked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tui.devices.null import NullMicrophone, null_speaker
from tui.domain.device_choice import DeviceInfo
from tui.domain.media import MediaName, SourceKind
from tui.domain.snapshot import DeviceKind
from tui.ports.devices import Block, Camera, DeviceUnavailable, Microphone, Speaker


class NoDevices:
    """Implements `tui.ports.devices.Devices`; a file or a test picture is refused like a device."""

    def open_microphone(self, name: MediaName) -> Microphone:
        """None that brings anything. Raises `DeviceUnavailable` for any other."""
        _refuse(name)
        return NullMicrophone()

    def open_speaker(self, name: MediaName) -> Speaker:
        """One that plays nothing. Raises `DeviceUnavailable` for any other."""
        _refuse(name)
        return null_speaker()

    async def open_camera(self, name: MediaName) -> Camera:
        """Raises `DeviceUnavailable`."""
        raise _not_here()

    async def open_share(self, name: MediaName) -> Camera:
        """Raises `DeviceUnavailable`."""
        raise _not_here()

    def list_devices(self, kind: DeviceKind) -> tuple[DeviceInfo, ...]:
        """None."""
        return ()

    def watch_sound(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Nothing comes or goes."""
        return lambda: None


class NoVoice:
    """Implements `tui.ports.synthesizer.Synthesizer`: no program is started."""

    async def samples(self, text: str, program: str = "") -> Block:
        """None."""
        return np.zeros(0, np.int16)


def _refuse(name: MediaName) -> None:
    if name.kind is not SourceKind.NULL:
        raise _not_here()


def _not_here() -> DeviceUnavailable:
    return DeviceUnavailable("A guest has no devices here.", "Open the link in a browser.")
