"""How fast a connection by ssh is read: so much a second, and a little at a time.

Each message costs asyncssh some 0.3 ms of the loop that forwards everybody's media, whatever it
asks for and is refused, and what is typed costs the guest's program far more. asyncssh reads all
that has come before anything else has a turn; 256 kB of small messages are a second. The trap is
that a person pastes: what is too much waits, with its sender, and nothing is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from tui.domain.token_bucket import TokenBucket

_AT_ONCE_BYTES: Final = 1024
"""Some 30 of the smallest messages."""


class Pace:
    """Stands between a connection and its transport.

    Args:
        take: Takes what came.
        transport: Where it comes from.
        allowance: Of bytes.
    """

    def __init__(
        self, take: Callable[[bytes], None], transport: asyncio.Transport, allowance: TokenBucket
    ) -> None:
        self._take = take
        self._transport = transport
        self._allowance = allowance
        self._waiting = bytearray()
        self._turn: asyncio.TimerHandle | None = None

    def received(self, data: bytes) -> None:
        """Something came."""
        self._waiting += data
        if self._turn is None:
            self._go_on()

    def close(self) -> None:
        """Nothing is taken any more. Idempotent."""
        self._waiting.clear()
        if self._turn is not None:
            self._turn.cancel()
            self._turn = None

    def _go_on(self) -> None:
        self._turn = None
        if self._transport.is_closing():
            return
        piece = bytes(self._waiting[:_AT_ONCE_BYTES])
        del self._waiting[:_AT_ONCE_BYTES]
        self._allowance.owe(len(piece))
        self._take(piece)
        wait_s = self._allowance.lacks_s(0)
        if self._transport.is_closing():
            return
        if not self._waiting and not wait_s:
            self._transport.resume_reading()
            return
        self._transport.pause_reading()
        loop = asyncio.get_running_loop()
        self._turn = loop.call_later(wait_s, self._go_on)
