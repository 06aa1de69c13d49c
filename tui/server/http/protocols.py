"""uvicorn's two protocols with a clock on every request, and put right where they fall short.

Private names of uvicorn are used here alone: `H11Protocol.conn` and `handle_websocket_upgrade`,
`WebSocketsSansIOProtocol.conn`, `close_sent`, `handshake_initiated` and `handshake_complete`, and
`logger` of both. Of websockets, `http11.MAX_LINE_LENGTH`, which its variable
`WEBSOCKETS_MAX_LINE_LENGTH` sets: a token in the first line of a request may hold 8 kB of metadata,
and 8192 bytes are the most it reads.

uvicorn 0.54 sends the response that refuses a websocket, then logs "ASGI callable returned without
completing handshake" as an error, because it forgets to note that a refusal completes the
handshake. Whoever knocks at a full or locked session would fill the log with it. It logs a line
for each piece of nonsense a client sends, some with a traceback. And it answers nothing to a
request that websockets does not read (a longer line, more than 128 headers, a body): its client
would wait, and the connection stay, for ever.
"""

from __future__ import annotations

import logging
from typing import Any, Final

import h11
import websockets.http11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import SecurityError

from tui.server.http.door import Visit

_LINE_BYTES: Final = 65_536
"""As much as `H11Protocol` reads of a request's head."""
websockets.http11.MAX_LINE_LENGTH = max(websockets.http11.MAX_LINE_LENGTH, _LINE_BYTES)


def _refusal(status: bytes, why: bytes) -> bytes:
    return (
        b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\n"
        b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (status, len(why), why)
    )


_TOO_LONG: Final = _refusal(
    b"431 Request Header Fields Too Large",
    b"The request is too long: its first line or its headers.",
)
_UNREADABLE: Final = _refusal(
    b"400 Bad Request",
    b"This is not a request for a websocket: it has a body, or a header that can't be read.",
)
_NONSENSE = (
    "Invalid HTTP request received.",
    "Invalid UTF-8 sequence received from client.",
    "Unsupported upgrade request.",
)


class _FirstOnly(logging.Filter):
    """What clients can bring about at will is logged once, without a traceback."""

    def __init__(self) -> None:
        super().__init__()
        self._said: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.msg not in _NONSENSE:
            return True
        first = record.msg not in self._said
        self._said.add(record.msg)
        record.exc_info = None
        return first


log = logging.getLogger(__name__)
log.addFilter(_FirstOnly())
log.setLevel(logging.WARNING)  # below, uvicorn writes addresses with the tokens in their query


class ClockedHttpProtocol(H11Protocol):
    """Tells its visit whether a request is complete."""

    def __init__(self, visit: Visit, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self.logger = log
        self._visit = visit

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        super().connection_lost(exc)
        self._visit.gone()

    def data_received(self, data: bytes) -> None:
        """A part of a request, or more than one."""
        super().data_received(data)
        incomplete = self.conn.their_state in (h11.IDLE, h11.SEND_BODY)
        if incomplete and self.transport.get_protocol() is self:  # and no websocket's
            self._visit.waits()
        else:
            self._visit.asked()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """From now on the websocket's protocol has the connection."""
        super().handle_websocket_upgrade(event)
        protocol = self.transport.get_protocol()
        assert isinstance(protocol, RefusableWebSocketProtocol)
        protocol.visit = self._visit


class RefusableWebSocketProtocol(WebSocketsSansIOProtocol):
    """Notes a refusal as a completed handshake."""

    visit: Visit | None = None

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.logger = log

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        super().connection_lost(exc)
        if self.visit is not None:
            self.visit.gone()

    def data_received(self, data: bytes) -> None:
        """A part of the head of the request, or of what follows."""
        super().data_received(data)
        fault = self.conn.handshake_exc
        if fault is not None and not self.handshake_initiated:
            # Older releases of websockets wrap what is wrong, newer ones do not.
            too_long = isinstance(fault.__cause__ or fault, SecurityError)
            self.transport.write(_TOO_LONG if too_long else _UNREADABLE)
            self.transport.close()

    async def send(self, message: Any) -> None:
        """Send an ASGI message."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and self.close_sent:
            self.handshake_complete = True
