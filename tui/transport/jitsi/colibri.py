"""The bridge's own channel: JSON objects over a WebSocket, or over the media connection (SCTP).

It comes back by itself, and `on_open` says each time what the bridge must know. The trap is a
refusal: it comes after the handshake, as a close, so waits grow until the bridge has said anything.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from tui.domain.errors import CallsError
from tui.transport.gone import ConnectionGone
from tui.transport.rtc.message_channel import MessageChannel
from tui.wire.address import MEDIA, read_address
from tui.wire.proxy import proxy_for

_log = logging.getLogger(__name__)

PROTOCOL: Final = "http://jitsi.org/protocols/colibri"
LABEL: Final = "JVB data channel"
_GOING_AWAY: Final = 1001
_MESSAGE_MAX_BYTES: Final = 1 << 20
_FIRST_WAIT_S: Final = 0.3
_LONGEST_WAIT_S: Final = 10.0
_OPEN_WITHIN_S: Final = 10.0

Message = dict[str, Any]


class BridgeChannel:
    """Implements what the session needs of either kind.

    Args:
        on_message: Takes each message, one after another.
        on_open: Called each time the channel has opened.
        alone: Whether nobody else is in the room: a bridge that closes then is right.
    """

    def __init__(
        self,
        on_message: Callable[[Message], Awaitable[None]],
        on_open: Callable[[], Awaitable[None]],
        alone: Callable[[], bool],
    ) -> None:
        self._on_message = on_message
        self._on_open = on_open
        self._alone = alone
        self._socket: ClientConnection | None = None
        self._messages: MessageChannel | None = None

    async def send(self, kind: str, **content: Any) -> None:
        """Send a message; it is lost while the channel is closed."""
        text = json.dumps({"colibriClass": kind, **content})
        with contextlib.suppress(ConnectionClosed, ConnectionGone):
            if self._socket is not None:
                await self._socket.send(text)
            elif self._messages is not None:
                await self._messages.send(text)

    async def run_websocket(self, url: str) -> None:
        """Keep a WebSocket open, for as long as the session lasts."""
        try:
            proxy = proxy_for(read_address(url, MEDIA, bare=False))
        except CallsError as error:
            _log.warning("the bridge's channel: %s", error.description)
            return
        wait_s = _FIRST_WAIT_S
        while True:
            heard, code = await self._over_websocket(url, proxy=proxy)
            if code == _GOING_AWAY and self._alone():
                return
            wait_s = _FIRST_WAIT_S if heard else min(wait_s * 2, _LONGEST_WAIT_S)
            await asyncio.sleep(wait_s)

    async def _over_websocket(self, url: str, *, proxy: str | None) -> tuple[bool, int]:
        """One connection: whether the bridge said anything, and the code it closed with."""
        heard, code = False, 0
        try:
            async with asyncio.timeout(_OPEN_WITHIN_S):
                socket = await connect(
                    url,
                    max_size=_MESSAGE_MAX_BYTES,
                    compression=None,
                    open_timeout=None,
                    close_timeout=0.3,
                    proxy=proxy,
                )
            try:
                self._socket = socket
                await self._on_open()
                async for text in socket:
                    heard = True
                    await asyncio.sleep(0)  # of a crowd that has come already, see `XmppStream`
                    await self._take(text)
                code = socket.close_code or 0
            finally:
                self._socket = None
                await socket.close()
        except (OSError, TimeoutError, WebSocketException) as error:
            _log.info("the bridge's channel: %r", error)
            code = getattr(getattr(error, "rcvd", None), "code", 0)
        return heard, code

    async def run_messages(self, messages: MessageChannel) -> None:
        """Use a channel over the media connection, until that ends."""
        try:
            await messages.open()
            self._messages = messages
            await self._on_open()
            while True:
                await self._take(await messages.receive())
        except ConnectionGone as error:
            _log.info("the bridge's channel: %s", error)
        finally:
            self._messages = None
            await messages.close()

    async def _take(self, text: str | bytes) -> None:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            _log.warning("the bridge said something that is no JSON")
            return
        if isinstance(message, dict):
            await self._on_message(message)
