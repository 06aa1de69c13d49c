"""Signalling messages on their way to one client: bounded, so a stalled client costs no memory."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from google.protobuf import json_format
from livekit.protocol import rtc


class SignalSocket(Protocol):
    """What the outbox needs of a websocket."""

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary message."""
        ...

    async def send_text(self, data: str) -> None:
        """Send a text message."""
        ...


class Outbox:
    """Queued `SignalResponse` messages.

    Args:
        capacity: How many may wait.
    """

    def __init__(self, capacity: int) -> None:
        self.overflowed = False
        """A message did not fit; the client has missed something and must start again."""
        self.as_json = False
        """Protobuf as JSON in text messages, for a client that writes such itself."""
        self._queue: asyncio.Queue[rtc.SignalResponse | None] = asyncio.Queue(capacity + 2)
        self._capacity = capacity
        self._closed = False

    def send(self, **message: Any) -> None:
        """Queue one message: the name of its kind and its contents."""
        if self._closed:
            return
        if self._queue.qsize() >= self._capacity:
            self.overflowed = True
            return
        self._queue.put_nowait(rtc.SignalResponse(**message))

    def close(self, last: rtc.LeaveRequest | None = None) -> None:
        """Take nothing more; what is queued, then `last`, still goes out."""
        if self._closed:
            return
        self._closed = True
        if last is not None:
            self._queue.put_nowait(rtc.SignalResponse(leave=last))
        self._queue.put_nowait(None)

    async def drain(self, socket: SignalSocket) -> None:
        """Send until closed and empty."""
        while (message := await self._queue.get()) is not None:
            if self.as_json:
                await socket.send_text(json_format.MessageToJson(message, indent=None))
            else:
                await socket.send_bytes(message.SerializeToString())
