"""Data packets on their way to one client: held, sent, and what has not been confirmed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from tui.server.limits import Limits
from tui.server.rooms.subscriptions import LOSSY, RELIABLE
from tui.server.sfu.dtls import DataChannel, MediaTransport

_NEWEST: Final = 256


class DataOut:
    """The data channels of one subscriber.

    Args:
        transport: Which has them.
        limits: How much may wait.
        overrun: Called when too much reliable data waits: the client is too slow.
        client_opens: The client opens the channels, not the server.
    """

    def __init__(
        self,
        transport: MediaTransport,
        limits: Limits,
        overrun: Callable[[], None],
        *,
        client_opens: bool = False,
    ) -> None:
        self._transport = transport
        self._limits = limits
        self._overrun = overrun
        self._held: list[bytes] = []
        self._newest: deque[bytes] = deque(maxlen=_NEWEST)
        """The last reliable messages that were sent."""
        self._client_opens = client_opens
        if client_opens:
            transport.on_channel = self._opened

    def send(self, label: str, message: bytes) -> None:
        """Pass a data packet on, unless too much is waiting."""
        channel, counters = self._transport.channels.get(label), self._transport.counters
        opens = self._client_opens if channel is None else channel.readyState == "connecting"
        if opens and label == RELIABLE:
            self._hold(channel, message)
            return
        if channel is None or channel.readyState != "open":
            counters.data_dropped += 1
            return
        if label == LOSSY and channel.bufferedAmount > self._limits.buffered_lossy_bytes:
            counters.data_dropped += 1
            return
        bulk = len(message) >= self._limits.bulk_packet_bytes
        if bulk and channel.bufferedAmount > self._limits.buffered_bulk_bytes:
            counters.data_dropped += 1
            return
        if channel.bufferedAmount > self._limits.buffered_data_bytes:
            self._overrun()
            return
        counters.data_out += 1
        channel.send(message)
        if label == RELIABLE:
            self._newest.append(message)

    @property
    def lags(self) -> bool:
        """Whether so much waits that more should come later; not for whom it is too late."""
        channel = self._transport.channels.get(RELIABLE)
        waiting = channel.bufferedAmount if channel is not None else 0
        most = self._limits.buffered_bulk_bytes
        return most // 4 < waiting <= most

    def unconfirmed(self) -> list[bytes]:
        """Reliable messages that the client may not have got, oldest first."""
        left = self._transport.unconfirmed_bytes(RELIABLE)
        found: list[bytes] = []
        for message in reversed(self._newest):
            if left <= 0:
                break
            left -= len(message)
            found.append(message)
        return [*reversed(found), *self._held]

    def _opened(self, label: str) -> None:
        if label == RELIABLE:
            self._send_held()

    def _hold(self, channel: DataChannel | None, message: bytes) -> None:
        """Keep what is said between joining and the opening of the channel, within the limit."""
        held = sum(map(len, self._held))
        if held + len(message) > self._limits.buffered_data_bytes:
            self._transport.counters.data_dropped += 1
            return
        self._held.append(message)
        if len(self._held) == 1 and channel is not None:
            channel.once("open", self._send_held)

    def _send_held(self) -> None:
        held, self._held = self._held, []
        for message in held:
            self.send(RELIABLE, message)
