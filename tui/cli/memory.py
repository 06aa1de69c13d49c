"""`choices.json` in the state folder: devices, volumes, and how the last call was joined."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any, Final

from tui.cli import folders
from tui.domain.device_choice import MediaChoice
from tui.domain.ids import ParticipantId
from tui.ports.handle import Handle
from tui.ports.memory import Memory, Remembered

log = logging.getLogger(__name__)

_VOLUMES_KEPT: Final = 500
"""The oldest go first."""


class ChoicesFile:
    """See `Memory`. A file that is not ours or broken counts as none."""

    def __init__(self) -> None:
        self._path = folders.state_folder() / "choices.json"
        self.remembered = self._read()

    def _read(self) -> Remembered:
        try:
            raw = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return Remembered()
        if not isinstance(raw, dict):
            return Remembered()
        start = Remembered()
        known = {
            one.name: raw[one.name]
            for one in fields(Remembered)
            if one.name != "volumes" and type(raw.get(one.name)) is type(getattr(start, one.name))
        }
        volumes = raw.get("volumes")
        if isinstance(volumes, dict):
            known["volumes"] = {
                uid: percent
                for uid, percent in volumes.items()
                if type(percent) is int and 0 <= percent <= 200
            }
        return replace(start, **known)

    def remember(self, **changes: Any) -> None:
        """See `Memory`."""
        self.remembered = replace(self.remembered, **changes)
        fresh = self._path.with_suffix(f".{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(asdict(self.remembered), file)
            fresh.replace(self._path)
        except OSError as error:
            log.warning("choices are not kept: %s", error)
            with contextlib.suppress(OSError):
                fresh.unlink()


class RememberingHandle:
    """A handle that keeps what a person chooses in a call: devices, volumes, earcons.

    Args:
        handle: Does everything.
        memory: Where choices go.
        earcons: Begin with them on, whatever is remembered.
    """

    def __init__(self, handle: Handle, memory: Memory, *, earcons: bool = False):
        self._handle = handle
        self._memory = memory
        self._earcons = earcons

    async def set_device(self, kind: str, name: str) -> None:
        """See `Handle`."""
        await self._handle.set_device(kind, name)
        self._memory.remember(**{kind: name})

    async def set_volume(self, who: ParticipantId, percent: int) -> None:
        """See `Handle`."""
        await self._handle.set_volume(who, percent)
        person = self._handle.snapshot().participant(who)
        uid = person.uid if person is not None else ""
        if not uid:
            return  # the next call could not tell who this was
        volumes = {u: p for u, p in self._memory.remembered.volumes.items() if u != uid}
        if percent != 100:
            volumes = dict([*volumes.items()][1 - _VOLUMES_KEPT :]) | {uid: percent}
        self._memory.remember(volumes=volumes)

    async def set_earcons(self, on: bool) -> None:
        """See `Handle`."""
        await self._handle.set_earcons(on)
        self._earcons = False
        self._memory.remember(earcons=on)

    async def check_sound(self, media: MediaChoice) -> None:
        """See `Handle`."""
        await self._handle.check_sound(self._as_remembered(media))

    async def join_session(
        self, call_token: str, settings: Mapping[str, Any], media: MediaChoice, server: str = ""
    ) -> None:
        """See `Handle`."""
        await self._handle.join_session(call_token, settings, await self._known(media), server)

    async def join_session_by_id(
        self, session_id: str, settings: Mapping[str, Any], media: MediaChoice
    ) -> None:
        """See `Handle`."""
        await self._handle.join_session_by_id(session_id, settings, await self._known(media))

    async def join_url(
        self, url: str, token: str, settings: Mapping[str, Any], media: MediaChoice
    ) -> None:
        """See `Handle`."""
        await self._handle.join_url(url, token, settings, await self._known(media))

    async def _known(self, media: MediaChoice) -> MediaChoice:
        if self._earcons or self._memory.remembered.earcons:
            await self._handle.set_earcons(True)
        return self._as_remembered(replace(media, volumes=self._memory.remembered.volumes))

    def _as_remembered(self, media: MediaChoice) -> MediaChoice:
        """With `default` for the machine's one, once a person has chosen here."""
        return replace(media, recall=not self._memory.remembered.joined)

    def __getattr__(self, name: str) -> Any:
        # Everything else is the handle's own.
        return getattr(self._handle, name)
