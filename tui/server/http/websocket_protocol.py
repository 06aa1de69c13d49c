"""uvicorn's websocket protocol, put right where a websocket is refused with an HTTP response.

uvicorn 0.54 sends the response, then logs "ASGI callable returned without completing handshake" as
an error, because it forgets to note that a refusal completes the handshake. Every LiveKit client
is refused once (`/rtc/v1`), so the log would be full of it.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class RefusableWebSocketProtocol(WebSocketsSansIOProtocol):
    """Notes a refusal as a completed handshake."""

    async def send(self, message: Any) -> None:
        """Send an ASGI message."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and self.close_sent:
            self.handshake_complete = True
