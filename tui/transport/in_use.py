"""The connection in use, for whoever has something to say over it while it may be lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from tui.domain.errors import CallsError, ErrorCode
from tui.transport.gone import ConnectionGone
from tui.transport.one_connection import OneConnection

T = TypeVar("T")

_log = logging.getLogger(__name__)

_SEND_WAIT_S: Final = 60.0
"""How long a message waits for the connection to be back before it is refused; what is older may no
longer fit what is talked about, and goes out only when its author says so."""


class InUse:
    """One connection at a time, or none while it is lost.

    Args:
        is_kept: Whether somebody keeps us connected: else nothing is to be waited for.
    """

    def __init__(self, is_kept: Callable[[], bool]) -> None:
        self.now: OneConnection | None = None
        self._is_kept = is_kept
        self._takes = asyncio.Event()

    @property
    def takes_messages(self) -> bool:
        """Whether there is one, and it is not silent."""
        return self._takes.is_set()

    def begin(self, connection: OneConnection) -> None:
        """This one is in use."""
        self.now = connection
        self._takes.set()

    def lose(self) -> None:
        """There is none."""
        self._takes.clear()
        self.now = None

    def silence(self, *, silent: bool) -> None:
        """Nothing is heard on it, or something is again: what waits goes out then."""
        if silent:
            self._takes.clear()
        else:
            self._takes.set()

    async def tell(self, what: str, telling: Callable[[OneConnection], Awaitable[object]]) -> bool:
        """Tell a state of ours; False: there is none, or it is just lost, and the next one is told.

        Args:
            what: For the log.
            telling: Does it.
        """
        if self.now is None:
            return False
        try:
            await telling(self.now)
        except ConnectionGone as error:
            _log.debug("%s waits for the next connection: %s", what, error)
            return False
        return True

    async def send(self, sending: Callable[[OneConnection], Awaitable[T]]) -> T:
        """Send a message, for which the connection may have to be back.

        Raises:
            CallsError: `ERROR_CONNECTION_FAILED`, when it is not, or as the connection says.
        """
        try:
            if not self._is_kept():
                raise ConnectionGone("over")
            async with asyncio.timeout(_SEND_WAIT_S):
                await self._takes.wait()
            if self.now is None:
                raise ConnectionGone("just lost")
            return await sending(self.now)
        except (TimeoutError, ConnectionGone) as error:
            raise CallsError(
                ErrorCode.CONNECTION_FAILED,
                f"Not sent: there was no connection for {_SEND_WAIT_S:.0f} s.",
            ) from error
