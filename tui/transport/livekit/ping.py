"""Asks a LiveKit server for a sign of life, and measures how long the answer takes."""

from __future__ import annotations

import asyncio
import time

from livekit.protocol import rtc

from tui.transport.livekit.signal import SignalClosed
from tui.transport.livekit.signalling import Signalling


class Ping:
    """Pings over one connection's signalling.

    Args:
        signalling: The connection's.
        interval_s: Between two pings, as the server wants it [s]; 0: it wants none.
        timeout_s: How long the server may be silent [s].
    """

    def __init__(self, signalling: Signalling, *, interval_s: float, timeout_s: float) -> None:
        self._signalling = signalling
        self._interval_s = interval_s
        self._timeout_s = max(timeout_s, interval_s * 2)
        self._rtt_ms = 0

    async def run(self) -> None:
        """Ping for as long as the connection lasts.

        Raises:
            SignalClosed: The server is silent, and another websocket to it did not help.
        """
        if self._interval_s <= 0:
            return
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._interval_s)
            silent_s = loop.time() - self._signalling.last_message_s
            if silent_s > self._timeout_s:
                if await self._signalling.renew():
                    continue
                raise SignalClosed(f"no sign of the server for {silent_s:.0f} s")
            now_ms = int(time.time() * 1000)
            await self._signalling.send(ping_req=rtc.Ping(timestamp=now_ms, rtt=self._rtt_ms))

    def answered(self, sent_ms: int) -> None:
        """The server has answered the ping of this moment [Unix ms]."""
        self._rtt_ms = max(0, int(time.time() * 1000) - sent_ms)
