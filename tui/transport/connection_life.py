"""The life of one connection: what runs beside one another in it, and the first end that comes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

from tui.transport.gone import ConnectionGone
from tui.transport.one_connection import Ended

_log = logging.getLogger(__name__)


class ConnectionLife:
    """Owns the tasks of a connection; the failure of one ends the connection, never the call."""

    def __init__(self) -> None:
        self._ended: asyncio.Future[Ended] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def is_over(self) -> bool:
        """Whether the connection has ended."""
        return self._ended.done()

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run this until it is done or the connection is closed."""
        self._tasks.append(asyncio.create_task(self._guard(work, name), name=name))

    async def _guard(self, work: Coroutine[Any, Any, None], name: str) -> None:
        try:
            await work
        except ConnectionGone as error:
            self.end(Ended(f"{name}: {error}"))
        except Exception as error:  # a fault of ours or of a library
            _log.exception("%s failed", name)
            self.end(Ended(f"{name}: {error!r}"))

    def end(self, ended: Ended) -> None:
        """The connection is over; what is said first counts."""
        if not self._ended.done():
            self._ended.set_result(ended)

    async def ended(self) -> Ended:
        """Wait for the end."""
        return await asyncio.shield(self._ended)

    async def unless_over(self, coming: Coroutine[Any, Any, object]) -> None:
        """Wait for `coming`, but no longer than the connection lasts.

        Raises:
            ConnectionGone: It is over.
        """
        waiting = asyncio.ensure_future(coming)
        first: set[asyncio.Future[Any]] = {self._ended, waiting}
        try:
            await asyncio.wait(first, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        if self._ended.done():
            raise ConnectionGone(self._ended.result().why)

    async def close(self, *closing: Coroutine[Any, Any, object]) -> None:
        """End the tasks, then do all of these; what fails is written to the log. Idempotent."""
        self.end(Ended("closed"))
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for result in await asyncio.gather(*closing, return_exceptions=True):
            if isinstance(result, Exception):
                _log.warning("closing: %r", result)
