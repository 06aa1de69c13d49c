"""Our side of the signalling, over as many websockets as it takes while media go on.

A websocket breaks without the media path noticing: a proxy restarts, an address changes, a laptop
sleeps. Where the server lets media be (`tui.wire.resuming`) the signalling is taken up again on
another one: nobody sees us leave, and nothing is heard of it. Elsewhere its end is the end of the
connection, and we join anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from livekit.protocol import rtc

from tui.domain.errors import CallsError, ErrorCode
from tui.transport.livekit.address import ServerAddress
from tui.transport.livekit.handshake import resumed
from tui.transport.livekit.signal import SignalChannel, SignalClosed
from tui.wire.resuming import RESUME_WITHIN_S

_log = logging.getLogger(__name__)

_AGAIN_S: Final = (0.0, 0.2, 0.4, 0.8)
"""Before each attempt; the last one repeats."""


class Signalling:
    """What is said to the server and by it.

    Args:
        channel: The first websocket, on which we have joined.
        address: Where the server is.
        token: Gives the newest call token.
        resume: The server's id of our connection where it lets media be; empty elsewhere.
        may_resume: Whether media flow, so that there is something to keep.
    """

    def __init__(
        self,
        channel: SignalChannel,
        address: ServerAddress,
        *,
        token: Callable[[], str],
        resume: str,
        may_resume: Callable[[], bool],
    ) -> None:
        self._channel = channel
        self._address = address
        self._token = token
        self._resume = resume
        self._may_resume = may_resume
        self._up = asyncio.Event()
        self._up.set()
        self._over = False

    @property
    def malformed(self) -> int:
        """Messages on the newest websocket that were no `SignalResponse`."""
        return self._channel.malformed

    @property
    def last_message_s(self) -> float:
        """When the server last said something [s, the loop's clock]."""
        return self._channel.last_message_s

    async def send(self, **message: Any) -> None:
        """Send one `SignalRequest`, given as its field; waits while the websocket is lost.

        Raises:
            SignalClosed: The connection is gone for good.
        """
        while True:
            await self._up.wait()
            channel = self._channel
            try:
                await channel.send(**message)
                return
            except SignalClosed:
                if self._over or not self._resumable():
                    raise
                if channel is self._channel:
                    self._up.clear()  # whoever reads finds it closed, too, and opens another

    async def send_once(self, **message: Any) -> None:
        """The same on the websocket of now, open or not.

        Raises:
            SignalClosed: It is closed.
        """
        await self._channel.send(**message)

    async def messages(self, again: Callable[[], object]) -> AsyncIterator[rtc.SignalResponse]:
        """Everything the server says; ends with `SignalClosed`.

        Args:
            again: Called when the signalling was taken up: what was said last may be lost.
        """
        while True:
            try:
                async for response in self._channel.messages():
                    yield response
            except SignalClosed as error:
                if not self._resumable() or not await self._taken_up():
                    self._end()
                    raise
                _log.info("signalling was lost (%s) and taken up again", error)
                again()

    async def renew(self) -> bool:
        """Give up a websocket on which nothing comes; says whether another one will be tried."""
        if not self._resumable():
            return False
        self._up.clear()
        await self._channel.close()
        return True

    async def close(self) -> None:
        """Close; bounded by half a second. Idempotent."""
        self._end()
        await self._channel.close()

    def _resumable(self) -> bool:
        return bool(self._resume) and not self._over and self._may_resume()

    def _end(self) -> None:
        self._over = True
        self._up.set()

    async def _taken_up(self) -> bool:
        self._up.clear()
        loop = asyncio.get_running_loop()
        until_s = loop.time() + RESUME_WITHIN_S
        for attempt in range(1000):
            await asyncio.sleep(_AGAIN_S[min(attempt, len(_AGAIN_S) - 1)])
            left_s = until_s - loop.time()
            if left_s <= 0 or not self._resumable():
                return False
            try:
                channel = await SignalChannel.open(
                    self._address, self._token(), timeout_s=left_s, resume=self._resume
                )
            except CallsError as error:
                if error.code == ErrorCode.CALL_TOKEN_REFUSED:
                    return False
                continue
            try:
                taken_up = await resumed(channel)
            except (SignalClosed, TimeoutError):
                taken_up = False
            if not taken_up:
                await channel.close()
                return False
            self._channel = channel
            self._up.set()
            return True
        return False
