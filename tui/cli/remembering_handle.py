"""A handle that keeps what a person chooses in a call: devices, volumes, short sounds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final, TypeVar

from tui.domain.commands import Command
from tui.domain.commands.call import (
    JoinAsGuest,
    JoinById,
    JoinJitsi,
    JoinRoom,
    JoinWithToken,
    KeepWhenLost,
    SetCaptioner,
)
from tui.domain.commands.local import SetEarcons, SetVolume
from tui.domain.commands.own import SetDevice
from tui.domain.ids import StreamId
from tui.domain.snapshot import Snapshot
from tui.ports.handle import Handle, Picture, Update
from tui.ports.memory import Memory

R = TypeVar("R")
_VOLUMES_KEPT: Final = 500
"""The oldest go first."""


class RememberingHandle:
    """See the module.

    Args:
        handle: Does everything.
        memory: Where choices go.
        earcons: Begin with them on, whatever is remembered.
        captioner: Join as somebody who writes captions.
        keeps: A call whose last front end is lost goes on.
    """

    def __init__(
        self,
        handle: Handle,
        memory: Memory,
        *,
        earcons: bool = False,
        captioner: bool = False,
        keeps: bool = False,
    ):
        self._handle = handle
        self._memory = memory
        self._earcons = earcons
        self._captioner, self._keeps = captioner, keeps
        self._first = True
        """`--share` and `--record` are for the call they were given for, and for none after it."""

    async def do(self, command: Command[R], *, action: str = "") -> R:
        """See `Handle`."""
        wanted: Command[Any] = command
        joins = False
        if isinstance(command, JoinWithToken | JoinById | JoinAsGuest | JoinRoom | JoinJitsi):
            joins = True
            if self._keeps:
                await self._handle.do(KeepWhenLost(True))
            if self._earcons or self._memory.remembered.earcons:
                await self._handle.do(SetEarcons(True))
            media = replace(command.media, volumes=self._memory.remembered.volumes)
            if not self._first:
                media = replace(media, share="", record="")
            self._first = False
            wanted = replace(command, media=media)
        answer: R = await self._handle.do(wanted, action=action)
        self._keep(command)
        if joins and self._captioner:
            await self._handle.do(SetCaptioner(True))
        return answer

    def _keep(self, command: Command[Any]) -> None:
        match command:
            case SetDevice(kind, name):
                self._memory.remember(**{kind: name})
            case SetVolume(participant, percent):
                person = self._handle.snapshot().participant(participant)
                if person is not None and person.uid:  # else the next call could not tell who
                    self._keep_volume(person.uid, percent)
            case SetEarcons(on):
                self._earcons = False
                self._memory.remember(earcons=on)
            case _:
                pass

    def _keep_volume(self, uid: str, percent: int) -> None:
        before = self._memory.remembered.volumes
        volumes = {other: loud for other, loud in before.items() if other != uid}
        if percent != 100:
            volumes = dict([*volumes.items()][1 - _VOLUMES_KEPT :]) | {uid: percent}
        self._memory.remember(volumes=volumes)

    def snapshot(self) -> Snapshot:
        """See `Handle`."""
        return self._handle.snapshot()

    def updates(self) -> AsyncIterator[Update]:
        """See `Handle`."""
        return self._handle.updates()

    def show_picture(self, stream: StreamId, width: int, height: int, fps: float = 0.0) -> None:
        """See `Handle`."""
        self._handle.show_picture(stream, width, height, fps)

    def picture(self, stream: StreamId) -> Picture | None:
        """See `Handle`."""
        return self._handle.picture(stream)

    async def close(self) -> None:
        """See `Handle`."""
        await self._handle.close()
