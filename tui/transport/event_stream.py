"""The event stream of a transport: in order, bounded, with an end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Final

from tui.ports.transport_events import Disconnected, QualityChanged, SpeakersChanged, TransportEvent

_log = logging.getLogger(__name__)

_CROWDED: Final = 1000
_FULL: Final = 20_000


class EventStream:
    """Holds events until they are read.

    When nobody reads, what a newer one will replace (speakers, quality) is dropped first;
    everything else is kept up to a limit that only a hostile server reaches.
    """

    def __init__(self) -> None:
        self._queue: asyncio.Queue[TransportEvent] = asyncio.Queue()
        self._over = False

    def put(self, event: TransportEvent) -> None:
        """Add an event; nothing is added after `Disconnected`."""
        if self._over:
            return
        waiting = self._queue.qsize()
        if isinstance(event, Disconnected):
            self._over = True
        elif waiting >= _FULL or (
            waiting >= _CROWDED and isinstance(event, SpeakersChanged | QualityChanged)
        ):
            _log.warning("an event is dropped: %d wait already", waiting)
            return
        self._queue.put_nowait(event)

    async def read(self) -> AsyncIterator[TransportEvent]:
        """Every event; ends after `Disconnected`."""
        while True:
            event = await self._queue.get()
            yield event
            if isinstance(event, Disconnected):
                return
