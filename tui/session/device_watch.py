"""Notices devices that come and go: what changed, and the documented event of each list."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from typing import Final

from tui.domain.device_choice import DeviceInfo
from tui.domain.events import SessionEvent
from tui.domain.snapshot import DeviceKind
from tui.domain.text import clean
from tui.ports.devices import Devices
from tui.session.device_changes import Change, changes

_EVENTS: Final[Mapping[DeviceKind, str]] = {
    DeviceKind.MICROPHONE: "onAudioInputDevicesChanged",
    DeviceKind.SPEAKER: "onAudioOutputDevicesChanged",
    DeviceKind.CAMERA: "onVideoInputDevicesChanged",
}


class DeviceWatch:
    """The lists of devices, as they were when last looked at.

    Args:
        devices: Lists them.
        emit: Delivers a documented event.
    """

    def __init__(self, devices: Devices, *, emit: Callable[[SessionEvent], None]):
        self._devices = devices
        self._emit = emit
        self._listed: dict[DeviceKind, tuple[DeviceInfo, ...]] = {}
        self._sound_changed = threading.Event()
        self._sound_changed.set()  # the first look is what later ones are compared with
        self._stop: Callable[[], None] | None = None

    async def start(self) -> None:
        """Be told of sound devices from now on."""
        self._stop = await asyncio.to_thread(self._devices.watch_sound, self._sound_changed.set)

    async def stop(self) -> None:
        """End that. Idempotent."""
        stop, self._stop = self._stop, None
        if stop is not None:
            await asyncio.to_thread(stop)

    def sound_changed(self) -> bool:
        """Whether there was a notice since this was asked last, or this is the first time."""
        changed = self._sound_changed.is_set()
        self._sound_changed.clear()
        return changed

    async def look(self, kind: DeviceKind, *, wanted: str, elsewhere: bool) -> Change:
        """List a kind anew, and compare; see `changes`. Nothing changes at the first look.

        Neither when the sound server itself came or went: what follows from that is not a change
        of devices, though it is one of the list.
        """
        after = await asyncio.to_thread(self._devices.list_devices, kind)
        before = self._listed.get(kind)
        self._listed[kind] = after
        if before is None or after == before:
            return Change()
        self._emit(SessionEvent(_EVENTS[kind], [_payload(one) for one in after]))
        if kind is not DeviceKind.CAMERA and not (before and after):
            return Change()
        return changes(kind, before, after, wanted=wanted, elsewhere=elsewhere)


def _payload(one: DeviceInfo) -> dict[str, str]:
    return {"deviceId": clean(one.device_id), "label": clean(one.label)}
