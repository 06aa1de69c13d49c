"""A TCP way to a server that can be cut while UDP goes on; run as a script, inside a namespace.

Arguments: host and port of the server. Standard output has the port to connect to; each line of
standard input cuts what is open then.
"""

from __future__ import annotations

import asyncio
import sys


class Wire:
    """A TCP way to the server that a test cuts."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self.port = 0
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self) -> asyncio.Server:
        listening = await asyncio.start_server(self._connected, self._server[0], 0)
        self.port = listening.sockets[0].getsockname()[1]
        return listening

    def cut(self) -> int:
        """Break every connection; how many there were."""
        broken = [one for one in self._open if not one.is_closing()]
        for writer in broken:
            writer.transport.abort()
        return len(broken)

    async def _connected(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        far, to_far = await asyncio.open_connection(*self._server)
        self._open |= {to_near, to_far}
        await asyncio.gather(_pump(near, to_far), _pump(far, to_near))
        self._open -= {to_near, to_far}


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65_536):
            sink.write(data)
            await sink.drain()
    except ConnectionError:
        pass
    finally:
        sink.transport.abort()


async def main() -> None:
    wire = Wire(sys.argv[1], int(sys.argv[2]))
    async with await wire.start():
        print(wire.port, flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(f"cut {wire.cut()}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
