"""The signalling websocket: opening it, protobuf in and out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any, Final

from livekit.protocol import rtc
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from tui.domain.errors import CallsError, ErrorCode
from tui.transport.gone import ConnectionGone
from tui.transport.livekit.address import ServerAddress
from tui.transport.livekit.refusal import connect_failed

_log = logging.getLogger(__name__)

_MAX_MESSAGE_BYTES: Final = 4 * 1024 * 1024
_KEEPALIVE_S: Final = 15.0


class SignalClosed(ConnectionGone):
    """The websocket is closed or broken. Never shown to a person."""


class _Straight(connect):
    """A websocket that follows no redirection: the token is for the server that was named."""

    def process_redirect(self, exc: Exception) -> Exception:
        """Take a redirection as the refusal that it is."""
        return exc


def _socket(address: ServerAddress, headers: dict[str, str], **wish: str) -> _Straight:
    # None would mean that there is no TLS.
    trust: dict[str, Any] = {} if address.tls is None else {"ssl": address.tls}
    return _Straight(
        address.signal_url(**wish),
        additional_headers=headers,
        max_size=_MAX_MESSAGE_BYTES,
        compression=None,
        open_timeout=None,
        close_timeout=0.5,
        ping_interval=_KEEPALIVE_S,
        ping_timeout=_KEEPALIVE_S,
        proxy=address.proxy,
        **trust,
    )


class SignalChannel:
    """An open signalling connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self.malformed = 0
        """Messages that were no `SignalResponse`."""
        self.last_message_s = asyncio.get_running_loop().time()

    @classmethod
    async def open(
        cls, address: ServerAddress, token: str, *, timeout_s: float = 10.0, **wish: str
    ) -> SignalChannel:
        """Connect.

        The token goes into a header: a URL ends up in the logs of every proxy on the way.

        Args:
            address: Where the server is.
            token: The call token.
            timeout_s: How long it may take [s].
            wish: `resume` or `again_in`, see `ServerAddress.signal_url`.

        Raises:
            CallsError: `ERROR_CALL_TOKEN_REFUSED`, `ERROR_SESSION_FULL`, `ERROR_NO_SESSION`,
                `ERROR_CONNECTION_FAILED`.
        """
        try:
            token.encode("ascii")
        except UnicodeEncodeError:
            token = ""
        if not token or any(character <= " " for character in token):
            raise CallsError(
                ErrorCode.CALL_TOKEN_REFUSED,
                "The call token is empty or damaged; get a new one or a new invite link.",
            )
        try:
            async with asyncio.timeout(timeout_s):
                socket = await _socket(address, {"Authorization": f"Bearer {token}"}, **wish)
        except (OSError, EOFError, WebSocketException, TimeoutError) as error:
            raise connect_failed(error, address, token) from error
        return cls(socket)

    @staticmethod
    async def answers(address: ServerAddress, *, within_s: float) -> bool:
        """Whether the server answers at all; it is asked without a token and refuses us."""
        try:
            async with asyncio.timeout(within_s):
                await (await _socket(address, {})).close()
        except InvalidStatus:
            return True
        except (OSError, EOFError, WebSocketException, TimeoutError):
            return False
        return True

    async def send(self, **message: Any) -> None:
        """Send one `SignalRequest`, given as its field.

        Raises:
            SignalClosed: The connection is gone.
        """
        try:
            await self._socket.send(rtc.SignalRequest(**message).SerializeToString())
        except (ConnectionClosed, OSError) as error:
            raise SignalClosed(str(error)) from error

    async def messages(self) -> AsyncIterator[rtc.SignalResponse]:
        """Everything the server says; ends with `SignalClosed`."""
        loop = asyncio.get_running_loop()
        while True:
            # Of a crowd that has come already, websockets gives one after another at once.
            await asyncio.sleep(0)
            try:
                raw = await self._socket.recv()
            except (ConnectionClosed, OSError) as error:
                raise SignalClosed(str(error)) from error
            self.last_message_s = loop.time()
            try:
                if isinstance(raw, str):
                    raise ValueError("text message")
                response = rtc.SignalResponse.FromString(raw)
            except Exception:  # protobuf's DecodeError has another home in each implementation
                self.malformed += 1
                if self.malformed in (1, 100, 10_000):
                    _log.warning("%d malformed messages from the server", self.malformed)
                continue
            yield response

    async def close(self) -> None:
        """Close; bounded by half a second. Idempotent."""
        await self._socket.close()
