"""What can happen to our devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from tui.domain.announcements import Category, Place, Priority
from tui.domain.events import SessionEvent
from tui.domain.frozen import dataclass
from tui.domain.happenings.fact import Fact, Row
from tui.domain.snapshot import DeviceKind

_CHOSEN: Final[Mapping[DeviceKind, str]] = {
    DeviceKind.MICROPHONE: "onAudioInputDeviceChanged",
    DeviceKind.SPEAKER: "onAudioOutputDeviceChanged",
    DeviceKind.CAMERA: "onVideoInputDeviceChanged",
}
_LISTED: Final[Mapping[DeviceKind, str]] = {
    DeviceKind.MICROPHONE: "onAudioInputDevicesChanged",
    DeviceKind.SPEAKER: "onAudioOutputDevicesChanged",
    DeviceKind.CAMERA: "onVideoInputDevicesChanged",
}


@dataclass(frozen=True, slots=True)
class DeviceChosen(Fact):
    """We chose another device."""

    kind: DeviceKind
    name: str

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        device = {"deviceId": self.name, "label": self.name}
        return (SessionEvent(_CHOSEN[self.kind], device),)


@dataclass(frozen=True, slots=True)
class DeviceFailed(Fact):
    """A device of ours does not work."""

    # The banner has it while it lasts.
    row: ClassVar[Row] = Row(Category.INFO, Priority.REPLY, Place.LOG)

    kind: DeviceKind
    problem: str
    remedy: str
    """A command or a sentence; may be empty."""


@dataclass(frozen=True, slots=True)
class DeviceWorks(Fact):
    """A device works again."""

    row: ClassVar[Row] = Row(Category.INFO)

    kind: DeviceKind
    label: str


@dataclass(frozen=True, slots=True)
class DeviceAway(Fact):
    """The chosen device is not here, and another one stands in."""

    row: ClassVar[Row] = Row(Category.INFO)

    kind: DeviceKind
    chosen: str
    label: str
    """What is used instead."""


@dataclass(frozen=True, slots=True)
class DeviceCame(Fact):
    """A device was plugged in."""

    row: ClassVar[Row] = Row(Category.INFO)

    kind: DeviceKind
    label: str


@dataclass(frozen=True, slots=True)
class DeviceGone(Fact):
    """A device was pulled out."""

    row: ClassVar[Row] = Row(Category.INFO)

    kind: DeviceKind
    label: str


@dataclass(frozen=True, slots=True)
class DefaultDeviceChanged(Fact):
    """The system's default device, which we use, is another one now."""

    row: ClassVar[Row] = Row(Category.INFO)

    kind: DeviceKind
    label: str


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """One of the devices that can be chosen. Cleaned."""

    device_id: str
    label: str


@dataclass(frozen=True, slots=True)
class DevicesListed(Fact):
    """What can be chosen is something else now."""

    kind: DeviceKind
    devices: tuple[ListedDevice, ...]

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        listed = [{"deviceId": one.device_id, "label": one.label} for one in self.devices]
        return (SessionEvent(_LISTED[self.kind], listed),)


@dataclass(frozen=True, slots=True)
class SoundProcessingMissing(Fact):
    """Echo, noise and gain are not taken care of on this machine."""

    row: ClassVar[Row] = Row(Category.INFO)

    problem: str
    remedy: str


@dataclass(frozen=True, slots=True)
class SpeakerBehind(Fact):
    """The speaker does not keep up, and is opened again with more delay."""

    row: ClassVar[Row] = Row(Category.INFO)


OfDevices = (
    DeviceChosen
    | DeviceFailed
    | DeviceWorks
    | DeviceAway
    | DeviceCame
    | DeviceGone
    | DefaultDeviceChanged
    | DevicesListed
    | SoundProcessingMissing
    | SpeakerBehind
)
