"""The way media take from the server: found, lost, come back, or not to be had.

What a person is told hangs on it: that we are in, that nobody hears us, that we are heard again. So
each is said when media flow or do not, and never when signalling answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from tui.ports.transport_events import (
    JoinedSession,
    MediaConnected,
    MediaMissing,
    Reconnected,
    Reconnecting,
    TransportEvent,
)
from tui.transport.livekit.address import ServerAddress
from tui.transport.livekit.publisher import Publisher
from tui.transport.livekit.signal import SignalChannel
from tui.transport.livekit.subscriber import Subscriber
from tui.transport.rtc.line_watch import LineWatch
from tui.transport.rtc.peer import PeerFailed

_SOON_S: Final = 4.5
_AT_LAST_S: Final = 20.0
_PROBE_S: Final = 2.0
"""How long a server may take to answer anything before it counts as out of reach."""


class Line:
    """Watches the receiving peer connection of one connection to the server.

    Args:
        subscriber: What receives.
        publisher: What sends.
        address: Where the server is.
        emit: Takes what is to be told.
        joined: Who is here now.
    """

    def __init__(
        self,
        subscriber: Subscriber,
        publisher: Publisher,
        address: ServerAddress,
        *,
        emit: Callable[[TransportEvent], None],
        joined: Callable[[], JoinedSession],
    ) -> None:
        self._subscriber = subscriber
        self._publisher = publisher
        self._address = address
        self._emit = emit
        self._joined = joined
        self.media_came = False
        """Whether media could ever come."""

    async def found(self) -> None:
        """Wait until media can come."""
        await self._subscriber.connected.wait()

    async def run(self) -> None:
        """Tell whether media can come, for as long as the connection lasts.

        Raises:
            PeerFailed: There is no way for media, or there is none any more.
        """
        await self._find()
        watch = LineWatch(self._subscriber.peer.pc, self._publisher.peer.pc)
        in_reach = partial(SignalChannel.answers, self._address, within_s=_PROBE_S)
        while True:
            await watch.silent()
            self._emit(Reconnecting(1, 0.0, watch.silent_s))
            if not await watch.comes_back(in_reach):
                raise PeerFailed(f"nothing came for {watch.silent_s:.0f} s")
            self._emit(Reconnected(self._joined()))

    async def _find(self) -> None:
        why = f"there is no way for sound to {self._address.base}; UDP may be blocked"
        try:
            async with asyncio.timeout(_SOON_S):
                await self.found()
        except TimeoutError:
            self._emit(MediaMissing(why))
            try:
                async with asyncio.timeout(_AT_LAST_S - _SOON_S):
                    await self.found()
            except TimeoutError:
                raise PeerFailed(why) from None
        self.media_came = True
        self._emit(MediaConnected())
