"""Accepting connections: so many at once, so many from one address, and no silent one for long.

asyncio's own acceptor knows no bound and logs a traceback for every connection it has no
descriptor for, and uvicorn waits for ever for a request to be complete. Where all places are taken,
whoever has waited longest without having asked for anything makes room: a crowd that says nothing
keeps nobody out who says something.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import resource
import socket
import ssl
from collections.abc import Callable

from tui.server.limits import Limits
from tui.server.sfu.counters import Counters
from tui.server.sfu.tcp import begins_a_packet
from tui.server.tasks import OwnedTasks

log = logging.getLogger(__name__)

MediaProtocol = Callable[[Callable[[], None]], asyncio.Protocol]

_DESCRIPTORS_KEPT = 128
"""For everything else: media, database, files, what was accepted and not yet counted."""
_PAUSE_S = 0.2
"""Before accepting again, when the system had no descriptor or memory."""


class Visit:
    """One accepted connection.

    Args:
        crowd: Where it is counted.
        network: Whom it counts for.
    """

    __slots__ = ("_clock", "_crowd", "drop", "network")

    def __init__(self, crowd: Crowd, network: str) -> None:
        self.network = network
        self.drop: Callable[[], object] = lambda: None
        """Ends the connection at once."""
        self._crowd = crowd
        self._clock: asyncio.TimerHandle | None = None

    def waits(self) -> None:
        """A request is not complete: it must be within the limit."""
        if self._clock is None:
            loop = asyncio.get_running_loop()
            self._clock = loop.call_later(self._crowd.limits.request_s, self._too_slow)
            self._crowd.waiting(self)

    def asked(self) -> None:
        """A request is complete."""
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None
            self._crowd.busy(self)

    def gone(self) -> None:
        """The connection is closed. Idempotent."""
        self.asked()
        self._crowd.forget(self)

    def _too_slow(self) -> None:
        self._crowd.counters.trouble(
            "slow_requests", "a connection was closed: it sent no complete request in time"
        )
        self.drop()


class Crowd:
    """The connections that are open, and who may come in. Pure, except for the clocks.

    Args:
        limits: What is allowed.
        counters: Where refusals are counted.
        places: Connections at once; by default as the limits and the descriptors allow.
    """

    def __init__(self, limits: Limits, counters: Counters, places: int | None = None) -> None:
        self.limits = limits
        self.counters = counters
        self.places = places or min(limits.connections, _descriptors() - _DESCRIPTORS_KEPT)
        self._all: dict[Visit, None] = {}
        self._waiting: dict[Visit, None] = {}
        """The longest first."""
        self._of: dict[str, dict[Visit, None]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def admit(self, address: str) -> Visit | None:
        """A place for a connection from `address`, or None."""
        network = network_of(address)
        mine = self._of.get(network, {})
        # Behind a proxy on this machine everybody comes from loopback.
        if network and len(mine) >= self.limits.connections_per_address:
            if not self._make_room(mine):
                self._refuse(f"{network} has {len(mine)} connections already")
                return None
        elif len(self._all) >= self.places and not self._make_room(self._waiting):
            self._refuse(f"all {self.places} places are taken")
            return None
        visit = Visit(self, network)
        self._all[visit] = None
        self._of.setdefault(network, {})[visit] = None
        return visit

    def waiting(self, visit: Visit) -> None:
        """A connection waits: it has not asked for anything yet."""
        self._waiting[visit] = None

    def busy(self, visit: Visit) -> None:
        """A connection has asked for something, which is being done."""
        self._waiting.pop(visit, None)

    def forget(self, visit: Visit) -> None:
        """A connection is gone."""
        self._all.pop(visit, None)
        self._waiting.pop(visit, None)
        mine = self._of.get(visit.network)
        if mine is not None:
            mine.pop(visit, None)
            if not mine:
                del self._of[visit.network]

    def _make_room(self, among: dict[Visit, None]) -> bool:
        """End the one that waited longest; False when nobody waits."""
        longest = next((visit for visit in among if visit in self._waiting), None)
        if longest is None:
            return False
        self.counters.trouble(
            "connections_evicted", "a connection that asked for nothing made room for another"
        )
        longest.drop()
        longest.gone()
        return True

    def _refuse(self, why: str) -> None:
        self.counters.trouble("connections_refused", f"a connection was refused: {why}")


class Door:
    """Accepts on one listening socket until `close`.

    Args:
        listener: Not blocking; closed by `close`.
        crowd: Who may come in.
        protocol: Makes the protocol of one connection.
        tls: For `https`.
        media: Makes the protocol of a connection for media, which comes on the same port and is
            told apart by its first byte; it is told whom to tell of the end. None: there is none.
    """

    def __init__(
        self,
        listener: socket.socket,
        crowd: Crowd,
        protocol: Callable[[Visit], asyncio.Protocol],
        tls: ssl.SSLContext | None,
        media: MediaProtocol | None = None,
    ) -> None:
        self._media = media
        self._listener = listener
        self._crowd = crowd
        self._protocol = protocol
        self._tls = tls
        self._tasks = OwnedTasks()
        listener.setblocking(False)

    def open(self) -> None:
        """Begin to accept."""
        self._tasks.spawn(self._accept(), "http door")

    async def close(self) -> None:
        """Accept nobody any more. Idempotent."""
        await self._tasks.close()
        self._listener.close()
        await asyncio.sleep(0)  # what was cut off while it began closes in the loop's next turn

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(self._listener)
            except OSError as error:
                self._crowd.counters.trouble(
                    "accept_failures", f"no connection could be accepted: {error.strerror}"
                )
                await asyncio.sleep(_PAUSE_S)
                continue
            visit = self._crowd.admit(str(address[0]))
            if visit is None:
                connection.close()
            else:
                self._let_in(connection, visit)
            await asyncio.sleep(0)  # one at a time: media has its turn in between

    def _let_in(self, connection: socket.socket, visit: Visit) -> None:
        task = self._tasks.spawn(self._begin(connection, visit), "http connection")
        visit.drop = task.cancel
        visit.waits()

        def ended(done: asyncio.Task[None]) -> None:
            if done.cancelled():  # perhaps before it began
                connection.close()
                visit.gone()

        task.add_done_callback(ended)

    async def _begin(self, connection: socket.socket, visit: Visit) -> None:
        """Hand it to its protocol, over TLS where wanted."""
        media, tls = self._media, self._tls
        try:
            if media is not None and not begins_a_packet(await _first_byte(connection)):
                media = None
        except OSError as error:
            log.debug("a connection was over before it began: %r", error)
            connection.close()
            visit.gone()
            return
        if media is not None:
            tls = None
            visit.asked()
        try:
            transport, _ = await asyncio.get_running_loop().connect_accepted_socket(
                lambda: self._protocol(visit) if media is None else media(visit.gone),
                connection,
                ssl=tls,
                ssl_handshake_timeout=self._crowd.limits.request_s if tls else None,
            )
        except OSError as error:  # a handshake that failed
            log.debug("a connection did not begin: %r", error)
            visit.gone()
        else:
            visit.drop = transport.abort


async def _first_byte(connection: socket.socket) -> int:
    """What a connection begins with, which stays to be read; 255 when it is over before."""
    loop = asyncio.get_running_loop()
    connection.setblocking(False)
    while True:
        try:
            first = connection.recv(1, socket.MSG_PEEK)
            return first[0] if first else 255
        except (BlockingIOError, InterruptedError):
            readable = loop.create_future()
            loop.add_reader(connection, _settle, readable)
            try:
                await readable
            finally:
                loop.remove_reader(connection)


def _settle(readable: asyncio.Future[None]) -> None:
    if not readable.done():
        readable.set_result(None)


def _descriptors() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 20 if soft == resource.RLIM_INFINITY else max(soft, 2 * _DESCRIPTORS_KEPT)


def network_of(address: str) -> str:
    """Whom a connection counts for: an IPv4 address, an IPv6 network of one site, "" loopback."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is None:
            return "" if ip.is_loopback else str(ipaddress.ip_network((ip, 64), strict=False))
        ip = ip.ipv4_mapped
    return "" if ip.is_loopback else str(ip)
