"""Keeps what a person chooses in a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from tui.domain.device_choice import MediaChoice
from tui.domain.ids import ParticipantId
from tui.ports.handle import Handle
from tui.ports.memory import Memory

_VOLUMES_KEPT: Final = 500
"""The oldest go first."""


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
        return replace(media, volumes=self._memory.remembered.volumes)

    def __getattr__(self, name: str) -> Any:
        # Everything else is the handle's own.
        return getattr(self._handle, name)
