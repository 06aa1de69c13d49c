"""Notices devices that come and go."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from tui.domain.device_choice import DeviceInfo
from tui.domain.happenings import DevicesListed, ListedDevice
from tui.domain.snapshot import DeviceKind
from tui.domain.text import clean
from tui.ports.devices import Devices
from tui.session.device_changes import Change, changes
from tui.session.outlet import Happened


class DeviceWatch:
    """The lists of devices, as they were when last looked at.

    Args:
        devices: Lists them.
        happened: Says that a list is another one now.
    """

    def __init__(self, devices: Devices, *, happened: Happened):
        self._devices = devices
        self._happened = happened
        self._listed: dict[DeviceKind, tuple[DeviceInfo, ...]] = {}
        self._sound_changed = threading.Event()
        self._sound_changed.set()  # the first look is what later ones are compared with
        self._stop: Callable[[], None] | None = None

    async def start(self) -> None:
        """Be told of sound devices from now on."""
        self._stop = await asyncio.to_thread(self._devices.watch_sound, self._sound_changed.set)

    async def stop(self) -> None:
        """Be told no longer. Idempotent."""
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

        When the sound server itself came or went, the list changes, but no device does.
        """
        after = await asyncio.to_thread(self._devices.list_devices, kind)
        before = self._listed.get(kind)
        self._listed[kind] = after
        if before is None or after == before:
            return Change()
        listed = tuple(ListedDevice(clean(one.device_id), clean(one.label)) for one in after)
        self._happened(DevicesListed(kind, listed))
        if kind is not DeviceKind.CAMERA and not (before and after):
            return Change()
        return changes(kind, before, after, wanted=wanted, elsewhere=elsewhere)
