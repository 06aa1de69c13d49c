"""The demo robot's devices: everything is made up, and its microphone says back what it hears."""

from __future__ import annotations

from collections.abc import Callable

from tui.devices.echo import EchoLoop
from tui.devices.local import LocalDevices
from tui.domain.device_choice import DeviceInfo
from tui.domain.media import MediaName
from tui.domain.snapshot import DeviceKind
from tui.ports.devices import Camera, Microphone, Speaker


class RobotDevices:
    """Devices whose speaker feeds their microphone, two seconds later."""

    def __init__(self) -> None:
        self._real = LocalDevices()
        # One loop from the start: ear and mouth are opened in any order, and again.
        self._loop = EchoLoop()

    def open_microphone(self, name: MediaName) -> Microphone:
        """The named source, with the echo mixed in."""
        self._loop.use_own(self._real.open_microphone(name))
        return self._loop.microphone

    def open_speaker(self, name: MediaName) -> Speaker:
        """The speaker that feeds the echo, whatever the name."""
        return self._loop.speaker

    async def open_camera(self, name: MediaName) -> Camera:
        """As on any machine: `test:` sources need none."""
        return await self._real.open_camera(name)

    async def open_share(self, name: MediaName) -> Camera:
        """As on any machine."""
        return await self._real.open_share(name)

    def list_devices(self, kind: DeviceKind) -> tuple[DeviceInfo, ...]:
        """A robot has nothing to choose."""
        return ()

    def watch_sound(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Nothing ever changes."""
        return lambda: None
