"""The wall between a guest and the engine: what is not for guests does not get through.

It stands at the handle, below every key, menu and typed line, so that nothing depends on what a
front end offers. The engine of a guest has no devices besides (`tui.devices.nothing`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final, TypeVar

from tui.domain.commands import Command
from tui.domain.commands.account import Init
from tui.domain.commands.call import JoinAsGuest, JoinWithToken
from tui.domain.device_choice import MediaChoice
from tui.domain.guests import COMMANDS_OF_GUESTS, not_for_guests
from tui.domain.happenings import GuestWelcomed, SessionJoined
from tui.domain.ids import StreamId
from tui.domain.snapshot import Snapshot
from tui.front.start import JoinTarget
from tui.ports.handle import Handle, Picture, Update
from tui.wire.address import same_origin

R = TypeVar("R")
_SILENT: Final = MediaChoice(camera="null", microphone="null", speaker="null")


class GuestHandle:
    """See the module.

    Args:
        handle: Does what is allowed.
        target: What the guest's link says; nothing else is joined.
        link: The link, to be told.
    """

    def __init__(self, handle: Handle, target: JoinTarget, link: str):
        self._handle = handle
        self._target = target
        self._link = link

    async def do(self, command: Command[R], *, action: str = "") -> R:
        """See `Handle`. Raises `ERROR_NOT_PERMITTED` for what is not for guests."""
        if not isinstance(command, COMMANDS_OF_GUESTS) or not self._is_theirs(command):
            raise not_for_guests()
        wanted: Command[Any] = command
        if isinstance(command, JoinWithToken | JoinAsGuest):
            settings = {**command.settings, "startAudioMuted": True, "startVideoPaused": True}
            wanted = replace(command, media=_SILENT, settings=settings)
        answer: R = await self._handle.do(wanted, action=action)
        return answer

    def _is_theirs(self, command: Command[Any]) -> bool:
        target = self._target
        match command:
            case Init(settings):
                return same_origin(settings.address, target.server)
            case JoinWithToken():
                return bool(target.token) and command.call_token == target.token
            case JoinAsGuest():
                return bool(target.invitation) and command.invitation == target.invitation
            case _:
                return True

    def snapshot(self) -> Snapshot:
        """See `Handle`."""
        return replace(self._handle.snapshot(), guest=True)

    async def updates(self) -> AsyncIterator[Update]:
        """See `Handle`; who has joined is told what a guest can do here."""
        async for update in self._handle.updates():
            yield replace(update, guest=True) if isinstance(update, Snapshot) else update
            if isinstance(update, SessionJoined):
                yield GuestWelcomed(self._link)

    def show_picture(self, stream: StreamId, width: int, height: int, fps: float = 0.0) -> None:
        """See `Handle`."""
        self._handle.show_picture(stream, width, height, fps)

    def picture(self, stream: StreamId) -> Picture | None:
        """See `Handle`."""
        return self._handle.picture(stream)

    async def close(self) -> None:
        """See `Handle`."""
        await self._handle.close()
