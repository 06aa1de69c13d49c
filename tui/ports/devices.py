"""The devices port: where our sound and pictures come from, and where others' sound goes.

Implementations live in `tui.devices`: PortAudio, PyAV cameras and files, synthetic sources.
A missing device is not an error of the call: opening raises `DeviceUnavailable` with what mends it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tui.domain.device_choice import DeviceInfo
from tui.domain.media import MediaName, PlanarFrame
from tui.domain.snapshot import DeviceKind
from tui.domain.terminal_text import TerminalScreen

Block = NDArray[np.int16]
"""Mono 16-bit samples at 48 kHz; `BLOCK_SAMPLES` of them unless said otherwise."""


class DeviceUnavailable(Exception):
    """A device can't be used; the call goes on without it.

    Args:
        problem: One sentence for the screen.
        remedy: The command or step that mends it.
    """

    def __init__(self, problem: str, remedy: str):
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy


class Microphone(Protocol):
    """A source of sound blocks."""

    label: str

    @property
    def hears_a_room(self) -> bool:
        """Whether echo and noise of a room are in its sound; else it is sent as it is."""

    def start(self, on_block: Callable[[Block], None]) -> None:
        """Begin; the device's thread calls `on_block` every 10 or 20 ms, and it returns fast."""

    def stop(self) -> None:
        """End; no call of `on_block` after this returns. Idempotent."""

    @property
    def failed(self) -> bool:
        """The device went away while running, or does not keep up."""


class Speaker(Protocol):
    """A sink that asks for sound blocks at its own pace."""

    label: str

    def start(self, pull: Callable[[int], Block]) -> None:
        """Begin; `pull(samples)` is called from the device's thread and returns fast."""

    def stop(self) -> None:
        """End, flush and close; no call of `pull` after this returns. Idempotent."""

    @property
    def failed(self) -> bool:
        """The device went away while running, or does not keep up."""

    @property
    def behind(self) -> bool:
        """It failed by asking for too little; opened again, it gets more time."""


class Camera(Protocol):
    """A source of pictures."""

    label: str
    width: int
    height: int
    fps: float

    async def next_frame(self) -> PlanarFrame:
        """The next picture at the camera's pace. Raises `EndOfMedia` at its end."""

    async def close(self) -> None:
        """Release it. Idempotent."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""


@runtime_checkable
class TextCamera(Camera, Protocol):
    """A source of pictures that are drawn from text: a terminal."""

    async def next_screen(self) -> TerminalScreen:
        """What it shows, as soon as that is another than was read last. One reader.

        Raises:
            DeviceUnavailable: It is closed.
        """


class Devices(Protocol):
    """Opens and lists devices."""

    def open_microphone(self, name: MediaName) -> Microphone:
        """Raises `DeviceUnavailable`."""

    def open_speaker(self, name: MediaName) -> Speaker:
        """Raises `DeviceUnavailable`."""

    async def open_camera(self, name: MediaName) -> Camera:
        """Raises `DeviceUnavailable`."""

    async def open_share(self, name: MediaName) -> Camera:
        """What is to be shared, as pictures; a device is a screen. Raises `DeviceUnavailable`."""

    def list_devices(self, kind: DeviceKind) -> tuple[DeviceInfo, ...]:
        """What can be chosen now; empty where there is nothing (never raises)."""

    def watch_sound(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed`, from any thread, when sound devices come, go or change places.

        Returns what stops it.
        """
