"""A bad network between one client and the embedded server, without root.

The client talks to this program's TCP port, which passes everything on to the server but names our
UDP port in the server's candidates; so its media comes through here too. Packets of media are lost
or late as told; where a direction harms `everything`, STUN, DTLS and RTCP are no better off.
Signalling passes unharmed but for a blackout and a change of address, which stop it, too.

    with BadLine(http_port, udp_port) as line:
        line.to_client.loss = 0.05          # and join http://127.0.0.1:{line.http_port}
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from tests.whole.program import free_port

_LOOK_AGAIN_S = 0.02


@dataclass
class Direction:
    """What happens to packets one way. Change it at any time."""

    loss: float = 0.0
    burst: float = 1.0
    """Mean length of a burst of lost packets (Gilbert's model); 1: each by itself."""
    delay_s: float = 0.0
    jitter_s: float = 0.0
    """Each packet is late by 0 to this on top of the delay; they overtake one another."""
    rate_bps: float = 0.0
    """What the line carries; 0: anything. Packets wait for it, and are lost when it is too long."""
    queue_s: float = 0.3
    black: bool = False
    """Nothing passes."""
    everything: bool = False
    """Whether STUN, DTLS and RTCP are harmed as media are."""
    drop_next: int = 0
    """So many of the next packets are lost."""
    passed: int = 0
    dropped: int = 0
    came: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=50_000))
    """When each of the newest packets came to the line [monotonic s], and its bytes."""
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    _bursting: bool = False
    _free_at_s: float = 0.0

    def lateness_s(self, size: int, now_s: float) -> float | None:
        """How long to keep the next packet, of so many bytes; None: lost."""
        self.came.append((now_s, size))
        waits_s = max(0.0, self._free_at_s - now_s) if self.rate_bps else 0.0
        if self._lost() or waits_s > self.queue_s:
            self.dropped += 1
            return None
        self.passed += 1
        if self.rate_bps:
            waits_s += size * 8 / self.rate_bps
            self._free_at_s = now_s + waits_s
        return waits_s + self.delay_s + self.chance.random() * self.jitter_s

    def _lost(self) -> bool:
        if self.drop_next > 0:
            self.drop_next -= 1
            return True
        if self.burst <= 1:
            return self.black or self.chance.random() < self.loss
        ends = 1 / self.burst
        begins = self.loss * ends / max(1 - self.loss, 1e-6)
        chance = self.chance.random()
        self._bursting = chance >= ends if self._bursting else chance < begins
        return self.black or self._bursting


def is_rtp(data: bytes) -> bool:
    """RTP by its first two bytes, not RTCP (RFC 7983, RFC 5761 4)."""
    return len(data) > 12 and 128 <= data[0] < 192 and not 64 <= data[1] & 0x7F < 96


class _Far(asyncio.DatagramProtocol):
    """Our socket towards the server, one for each client socket."""

    def __init__(self, line: BadLine, client: tuple[str, int]):
        self._line, self._client = line, client

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._line.pass_on(self._line.to_client, data, self._line.near, self._client)

    def error_received(self, exc: Exception) -> None:
        pass


class _Near(asyncio.DatagramProtocol):
    """The socket clients send to."""

    def __init__(self, line: BadLine):
        self._line = line

    def connection_made(self, transport: Any) -> None:
        self._line.near = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._line.from_client(data, addr)

    def error_received(self, exc: Exception) -> None:
        pass


class BadLine:
    """The line of one client; see the module."""

    def __init__(self, http_port: int, udp_port: int, *, host: str = "127.0.0.1"):
        self.host = host
        """Where the server is, and where we listen."""
        self._server_http, self._server_udp = http_port, udp_port
        self.http_port, self.udp_port = _five_digits(), _five_digits()
        self.to_client, self.to_server = Direction(), Direction()
        self.near: Any = None
        self._far: dict[Any, _Far] = {}
        self._passing: set[asyncio.Event] = set()
        """One for each TCP connection, set when nothing passes it any more."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()

    def __enter__(self) -> BadLine:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the line did not come up")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._open())
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(self._shut())
        self._loop.close()

    async def _shut(self) -> None:
        self._server.close()
        for transport in (
            self.near,
            *(getattr(far, "transport", None) for far in self._far.values()),
        ):
            if transport is not None:
                transport.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # closed sockets are let go in the next round

    async def _open(self) -> None:
        await self._loop.create_datagram_endpoint(
            lambda: _Near(self), local_addr=(self.host, self.udp_port)
        )
        self._server = await asyncio.start_server(self._serve, self.host, self.http_port)

    # ---- media
    def from_client(self, data: bytes, addr: Any) -> None:
        far = self._far.get(addr)
        if far is None:
            far = self._far[addr] = _Far(self, addr)
            self._loop.create_task(self._connect(far, data))
        elif hasattr(far, "transport"):
            self.pass_on(self.to_server, data, far.transport, None)

    async def _connect(self, far: _Far, first: bytes) -> None:
        await self._loop.create_datagram_endpoint(
            lambda: far, remote_addr=(self.host, self._server_udp)
        )
        self.pass_on(self.to_server, first, far.transport, None)

    def pass_on(self, way: Direction, data: bytes, transport: Any, addr: Any) -> None:
        harmed = way.everything or is_rtp(data)
        late_s = way.lateness_s(len(data), time.monotonic()) if harmed else 0.0
        if late_s is None:
            return
        if late_s:
            self._loop.call_later(late_s, self._send, transport, data, addr)
        else:
            transport.sendto(data, addr)

    @staticmethod
    def _send(transport: Any, data: bytes, addr: Any) -> None:
        if not transport.is_closing():
            transport.sendto(data, addr)

    def change_address(self) -> None:
        """As when a client comes to another network: the server sees it from another port, what
        is on its way to the old one is lost, and nothing more comes over its TCP connections."""

        def change() -> None:
            former, self._far = self._far, {}
            for far in former.values():
                if hasattr(far, "transport"):
                    far.transport.close()
            for dead in self._passing:
                dead.set()
            self._passing.clear()

        self._loop.call_soon_threadsafe(change)

    # ---- signalling
    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._light()
        far_reader, far_writer = await asyncio.open_connection(self.host, self._server_http)
        head = await reader.readuntil(b"\r\n\r\n")
        # Compressed frames would hide the port in them.
        lines = [
            line
            for line in head.split(b"\r\n")
            if not line.lower().startswith(b"sec-websocket-extensions")
        ]
        far_writer.write(b"\r\n".join(lines))
        # As a candidate writes it: other numbers may hold the same digits.
        ours, theirs = f" {self.udp_port} ".encode(), f" {self._server_udp} ".encode()

        dead = asyncio.Event()
        self._passing.add(dead)

        async def pump(
            source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, rename: bool
        ) -> None:
            while data := await source.read(1 << 18):
                await self._light()
                if dead.is_set():
                    continue
                sink.write(data.replace(theirs, ours) if rename else data)
                await sink.drain()
            sink.close()

        try:
            await asyncio.gather(
                pump(reader, far_writer, rename=False),
                pump(far_reader, writer, rename=True),
                return_exceptions=True,
            )
        finally:
            self._passing.discard(dead)
            writer.close()
            far_writer.close()

    async def _light(self) -> None:
        """Wait for the end of a blackout."""
        while self.to_client.black or self.to_server.black:
            await asyncio.sleep(_LOOK_AGAIN_S)


def _five_digits() -> int:
    """A free port as long as any other: lengths in the protocol must not change."""
    while (port := free_port()) < 10_000:
        pass
    return port
