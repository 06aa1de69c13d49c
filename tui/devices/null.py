"""Devices that are not there on purpose: `null`."""

from __future__ import annotations

from collections.abc import Callable

from tui.devices.paced import PacedSpeaker
from tui.ports.devices import Block, DeviceUnavailable


class NullMicrophone:
    """Brings no block at all; the capture sends silence by itself."""

    label = "no microphone"
    failed = False
    hears_a_room = False

    def start(self, on_block: Callable[[Block], None]) -> None:
        """Nothing will come."""

    def stop(self) -> None:
        """Nothing to end."""


class _Discard:
    def take(self, block: Block) -> None:
        """Drop it."""

    def close(self) -> None:
        """Nothing to finish."""


def null_speaker() -> PacedSpeaker:
    """A speaker that pulls in real time and plays nothing."""
    return PacedSpeaker("no speaker", _Discard())


def no_camera() -> DeviceUnavailable:
    """What opening the null camera raises: no video was chosen, so nothing mends it."""
    return DeviceUnavailable("Camera off by choice.", "")
