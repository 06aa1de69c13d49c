"""A media server on loopback, and clients for it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from tests.server.lk_client import LkClient
from tests.tokens import issued
from tui.server.access import JwtAccess
from tui.server.http.web import WebServer
from tui.server.limits import Limits
from tui.server.media import MediaServer

ACCESS = JwtAccess({"key": "secret-secret-secret-secret-secret"})


@dataclass
class Log:
    """An observer that writes down what it hears."""

    events: list[tuple[str, ...]] = field(default_factory=list)

    def session_started(self, session_id: str, at_ms: int) -> None:
        self.events.append(("started", session_id))

    def participant_joined(self, session_id: str, uid: str, name: str, at_ms: int) -> None:
        self.events.append(("joined", session_id, uid, name))

    def participant_left(self, session_id: str, uid: str, at_ms: int) -> None:
        self.events.append(("left", session_id, uid))

    def session_ended(self, session_id: str, at_ms: int) -> None:
        self.events.append(("ended", session_id))


@dataclass
class Running:
    """A started server."""

    media: MediaServer
    log: Log
    port: int

    @property
    def ws(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def present(self) -> dict[str, list[str]]:
        """Who is in which session."""
        return {room.name: list(room.participants) for room in self.media._rooms}


@pytest.fixture(autouse=True)
def loopback_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    """aioice leaves 127.0.0.1 out of its candidates."""
    monkeypatch.setattr("aioice.ice.get_host_addresses", lambda use_ipv4, use_ipv6: ["127.0.0.1"])


StartServer = Callable[..., Awaitable[Running]]
Connect = Callable[..., Awaitable[LkClient]]


@pytest.fixture
async def start_server() -> AsyncIterator[StartServer]:
    stops: list[Any] = []

    async def start(limits: Limits | None = None) -> Running:
        log = Log()
        media = MediaServer(ACCESS, limits or Limits(), log)
        await media.start("127.0.0.1")
        listener = socket.create_server(("127.0.0.1", 0))
        web = WebServer(
            Starlette(routes=media.routes()),
            limits or Limits(),
            media.tally,
            media=media.media_protocol(listener.getsockname()[1]),
        )
        await web.start(listener)
        stops.extend([media, web])
        return Running(media, log, listener.getsockname()[1])

    yield start
    for one in stops:
        await one.stop()


@pytest.fixture
async def server(start_server: StartServer) -> Running:
    return await start_server()


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    clients: list[LkClient] = []

    async def make(
        server: Running,
        uid: str,
        room: str = "demo",
        query: str = "auto_subscribe=1",
        **grants: Any,
    ) -> LkClient:
        client = LkClient()
        clients.append(client)
        token = issued(ACCESS, uid, room, name=uid.title(), **grants)
        await client.connect(server.ws, token, query=query)
        return client

    yield make
    await asyncio.gather(*(client.close() for client in clients))


async def request(
    server: Running,
    method: str,
    path: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes]:
    """One HTTP request: status and body."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.request(
            method, server.http + path, content=body, headers=headers or {}
        )
    return answer.status_code, answer.content
