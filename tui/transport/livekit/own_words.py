"""What we say of ourselves: mutes, attributes and name, said again when it may have been lost."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping

from livekit.protocol import rtc

from tui.transport.livekit.own_tracks import OwnTracks
from tui.transport.livekit.roster import Roster


class OwnWords:
    """Says it on one connection.

    Args:
        send: Sends a `SignalRequest`, given as its field.
        own: What we publish.
        roster: Has our name and metadata as the server knows them.
    """

    def __init__(self, send: Callable[..., Awaitable[None]], own: OwnTracks, roster: Roster):
        self._send = send
        self._own = own
        self._roster = roster
        self._name = ""
        self._attributes: dict[str, str] = {}

    async def say(self, attributes: Mapping[str, str], name: str) -> None:
        """Change these attributes, and our name unless it is empty; metadata stays.

        Raises:
            SignalClosed: The connection is lost.
        """
        self._attributes.update(attributes)
        self._name = name or self._name
        await self._say(attributes)

    async def say_again(self) -> None:
        """All of it.

        Raises:
            SignalClosed: The connection is lost.
        """
        for sid, muted in self._own.mutes.items():
            await self._send(mute=rtc.MuteTrackRequest(sid=sid, muted=muted))
        if self._attributes or self._name:
            await self._say(self._attributes)

    async def _say(self, attributes: Mapping[str, str]) -> None:
        await self._send(
            update_metadata=rtc.UpdateParticipantMetadata(
                name=self._name or self._roster.local.name,
                metadata=self._roster.local_metadata,
                attributes=dict(attributes),
                request_id=int(time.monotonic() * 1000) & 0x7FFFFFFF,
            )
        )
