"""Messages over a media connection: one SCTP data channel (RFC 8831)."""

from __future__ import annotations

import asyncio
from typing import Final

from aiortc import (
    RTCDataChannel,
    RTCDataChannelParameters,
    RTCDtlsTransport,
    RTCSctpCapabilities,
)

from tui.transport.gone import ConnectionGone
from tui.transport.rtc.ortc_private import GuardedSctp

_MESSAGE_MAX_BYTES: Final = 65_536
_WAITING: Final = 1000


class MessageChannel:
    """Text, both ways, from `open` to `close`."""

    def __init__(self, dtls: RTCDtlsTransport, label: str, protocol: str, port: int) -> None:
        self._sctp = GuardedSctp(dtls)
        self._port = port
        self._received: asyncio.Queue[str | None] = asyncio.Queue()
        self._open = asyncio.Event()
        self._channel = RTCDataChannel(
            self._sctp, RTCDataChannelParameters(label=label, protocol=protocol)
        )
        self._channel.on("open", self._open.set)
        self._channel.on("message", self._take)
        self._channel.on("close", lambda: self._received.put_nowait(None))

    async def open(self) -> None:
        """Connect, and wait until messages can be sent."""
        await self._sctp.start(RTCSctpCapabilities(maxMessageSize=_MESSAGE_MAX_BYTES), self._port)
        await self._open.wait()

    async def send(self, text: str) -> None:
        """Send a message.

        Raises:
            ConnectionGone: It is closed.
        """
        if self._channel.readyState != "open":
            raise ConnectionGone("the data channel is closed")
        self._channel.send(text)

    async def receive(self) -> str:
        """The next message.

        Raises:
            ConnectionGone: It is closed.
        """
        text = await self._received.get()
        if text is None:
            raise ConnectionGone("the data channel was closed")
        return text

    async def close(self) -> None:
        """Release it; the media connection stays. Idempotent."""
        await self._sctp.stop()

    def _take(self, text: object) -> None:
        if isinstance(text, str) and self._received.qsize() < _WAITING:
            self._received.put_nowait(text)
