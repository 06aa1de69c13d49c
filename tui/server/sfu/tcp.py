"""Media over TCP, for browsers on networks that let no UDP through (RFC 6544, passive candidates).

It comes on the server's own port, among HTTP, or on one of its own: a packet's length begins with a
byte that neither a word of HTTP nor TLS begins with.

Each packet has its length in two bytes before it (RFC 4571). Who connects is nobody until a Binding
request has come that an endpoint knows; who sends anything else first is put out. A line that takes
too little loses media, as over UDP: what waits for seconds is of no use.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from typing import Final

Address = tuple[str, int] | tuple[str, int, int, int] | tuple[str, int, int, int, str]
"""Where packets come from and go to; of five parts: by TCP."""

_LONGEST_BYTES: Final = 2048
_MOST_WAITING_BYTES: Final = 1 << 17
"""Half a second of a call of two megabits."""
_CONNECTIONS: Final = 512
_PER_HOST: Final = 32
_KNOWN_WITHIN_S: Final = 10.0


def begins_a_packet(first: int) -> bool:
    """Whether a connection that begins with this byte brings packets, and neither HTTP nor TLS."""
    return first <= _LONGEST_BYTES >> 8


class TcpWays:
    """The TCP port for media, and who is connected to it.

    Args:
        receive: Takes each packet and where it came from.
        known: Whether an endpoint has authenticated an address.
    """

    def __init__(
        self, receive: Callable[[bytes, Address], None], known: Callable[[Address], bool]
    ) -> None:
        self.port = 0
        """Of its own; 0: it has none."""
        self.ports: tuple[int, ...] = ()
        """Where clients may connect to."""
        self._receive = receive
        self._known = known
        self._ways: dict[Address, _Way] = {}
        self._numbers = itertools.count(1)
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> None:
        """Bind; OSError when the address or port can't be used."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Way(self), host or None, port)
        self.port = self._server.sockets[0].getsockname()[1]
        self.offer(self.port)

    def offer(self, port: int) -> None:
        """Clients may connect to this port, too: who listens there hands them to `protocol`."""
        self.ports = (*self.ports, port)

    def protocol(self, ended: Callable[[], None]) -> asyncio.Protocol:
        """For one connection that somebody else accepted, who is told of its end."""
        return _Way(self, ended)

    def send(self, packet: bytes, address: Address) -> bool:
        """Send now or drop; whether it is on its way."""
        way = self._ways.get(address)
        return way is not None and way.send(packet)

    def forget(self, address: Address) -> None:
        """Nobody is behind it any more."""
        way = self._ways.get(address)
        if way is not None:
            way.end()

    def close(self) -> None:
        """Close everything; safe to call again."""
        if self._server is not None:
            self._server.close()
        for way in list(self._ways.values()):
            way.end()

    def came(self, way: _Way, host: str, port: int) -> Address | None:
        """Somebody connected; None: there are too many."""
        of_host = sum(address[0] == host for address in self._ways)
        if len(self._ways) >= _CONNECTIONS or of_host >= _PER_HOST:
            return None
        address = (host, port, 0, 0, f"tcp-{next(self._numbers)}")
        self._ways[address] = way
        return address

    def went(self, address: Address) -> None:
        """It is disconnected."""
        self._ways.pop(address, None)

    def take(self, packet: bytes, address: Address) -> bool:
        """A packet; whether its sender may send more."""
        if not self._known(address) and packet[:1] not in (b"\0", b"\1"):
            return False  # no STUN
        self._receive(packet, address)
        return True

    def is_known(self, address: Address) -> bool:
        """Whether an endpoint has authenticated it."""
        return self._known(address)


class _Way(asyncio.Protocol):
    """One connection."""

    def __init__(self, ways: TcpWays, ended: Callable[[], None] = lambda: None) -> None:
        self._ways = ways
        self._ended = ended
        self._address: Address | None = None
        self._transport: asyncio.Transport | None = None
        self._came = bytearray()
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        host, port = transport.get_extra_info("peername")[:2]
        self._address = self._ways.came(self, host, port)
        if self._address is None:
            transport.abort()
            return
        self._timer = asyncio.get_running_loop().call_later(_KNOWN_WITHIN_S, self._look)

    def _look(self) -> None:
        if self._address is not None and not self._ways.is_known(self._address):
            self.end()

    def data_received(self, data: bytes) -> None:
        """Part of a packet, or more than one."""
        self._came += data
        at, address = 0, self._address
        while address is not None and len(self._came) - at >= 2:
            length = int.from_bytes(self._came[at : at + 2])
            if length > _LONGEST_BYTES:
                self.end()
                return
            if len(self._came) - at < 2 + length:
                break
            packet = bytes(self._came[at + 2 : at + 2 + length])
            at += 2 + length
            if packet and not self._ways.take(packet, address):
                self.end()
                return
        del self._came[:at]

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed."""
        self._ended()
        if self._timer is not None:
            self._timer.cancel()
        if self._address is not None:
            self._ways.went(self._address)

    def send(self, packet: bytes) -> bool:
        """Send, unless too much waits."""
        transport = self._transport
        if transport is None or transport.get_write_buffer_size() > _MOST_WAITING_BYTES:
            return False
        transport.write(len(packet).to_bytes(2) + packet)
        return True

    def end(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()
