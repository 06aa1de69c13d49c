"""A signalling server that says what a test tells it to; no media."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from livekit.protocol import models, rtc
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


class Scripted:
    def __init__(self) -> None:
        self.url = ""
        self.tokens: list[str] = []
        """The token of each join."""
        self.paths: list[str] = []
        self.requests: list[rtc.SignalRequest] = []
        self.refuse_status = 0
        self.ping_interval = 0
        self.ping_timeout = 0
        self.silent = False
        """Take connections, say nothing."""
        self._socket: ServerConnection | None = None
        self._changed = asyncio.Event()

    async def say(self, **message: object) -> None:
        await self.say_raw(rtc.SignalResponse(**message).SerializeToString())

    async def say_raw(self, raw: bytes | str) -> None:
        assert self._socket is not None
        await self._socket.send(raw)

    async def drop(self) -> None:
        """End the connection without a goodbye."""
        assert self._socket is not None
        self._socket.transport.abort()

    async def heard(self, kind: str, count: int = 1, timeout_s: float = 10.0) -> rtc.SignalRequest:
        """The `count`-th request of this kind."""
        async with asyncio.timeout(timeout_s):
            while True:
                found = [one for one in self.requests if one.WhichOneof("message") == kind]
                if len(found) >= count:
                    return found[count - 1]
                self._changed.clear()
                await self._changed.wait()

    async def joined(self, count: int, timeout_s: float = 10.0) -> None:
        async with asyncio.timeout(timeout_s):
            while len(self.tokens) < count:
                self._changed.clear()
                await self._changed.wait()

    def join_response(self) -> rtc.JoinResponse:
        return rtc.JoinResponse(
            room=models.Room(sid="RM_1", name="room", creation_time=1_700_000_000),
            participant=models.ParticipantInfo(
                sid=f"PA_{len(self.tokens)}", identity="me", name="Me", metadata="{}"
            ),
            other_participants=[models.ParticipantInfo(sid="PA_a", identity="alice", name="Alice")],
            ping_interval=self.ping_interval,
            ping_timeout=self.ping_timeout,
        )

    async def _serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        self.tokens.append(socket.request.headers["Authorization"].removeprefix("Bearer "))
        self.paths.append(socket.request.path)
        self._socket = socket
        if not self.silent:
            await self.say(join=self.join_response())
        self._changed.set()
        try:
            async for raw in socket:
                self.requests.append(rtc.SignalRequest.FromString(raw))
                self._changed.set()
        except ConnectionClosed:
            pass

    def _gate(self, socket: ServerConnection, _request: object) -> object:
        if self.refuse_status:
            return socket.respond(self.refuse_status, "token is expired (exp)\n")
        return None


@asynccontextmanager
async def scripted() -> AsyncIterator[Scripted]:
    server = Scripted()
    async with serve(
        server._serve, "127.0.0.1", 0, process_request=server._gate, close_timeout=0.2
    ) as listening:
        server.url = f"ws://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield server
