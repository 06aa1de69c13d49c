"""What we may send: taken back and given again by the server while a session lasts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from tui.domain.errors import CallsError
from tui.domain.ids import TrackSource
from tui.domain.rights import Rights
from tui.transport.gone import ConnectionGone
from tui.transport.one_connection import OneConnection
from tui.transport.own_media import OwnMedia
from tui.transport.rtc.tracks import CameraTrack, MicrophoneTrack

_log = logging.getLogger(__name__)


class OwnRights:
    """Ends what we may not send any more, and publishes it again when we may.

    Args:
        own: What we send.
        connection: The one in use; None while there is none.
    """

    def __init__(self, own: OwnMedia, connection: Callable[[], OneConnection | None]) -> None:
        self._own, self._connection = own, connection
        self.now = Rights()
        self._changed = asyncio.Event()
        self._withdrawn: list[tuple[TrackSource, MicrophoneTrack | CameraTrack]] = []

    def hear(self, rights: Rights) -> bool:
        """The server says what we may do; whether that is new."""
        if rights == self.now:
            return False
        self.now = rights
        # At once: the server has ended these, also when they are allowed again a moment later.
        for source in self._own.sources:
            if not rights.allows(source) and (track := self._own.withdraw(source)) is not None:
                self._withdrawn.append((source, track))
        self._changed.set()
        return True

    async def run(self) -> None:
        """Follow what was heard; for ever."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            withdrawn, self._withdrawn = self._withdrawn, []
            try:
                for source, track in withdrawn:
                    if (connection := self._connection()) is not None:
                        await connection.unpublish(source, track)
                for source in self._own.sources:
                    again = self.now.allows(source) and not self._own.is_announced(source)
                    if again and (connection := self._connection()) is not None:
                        await self._own.announce(connection, source)
            except (ConnectionGone, CallsError) as error:
                _log.info("after our rights changed: %s", error)
