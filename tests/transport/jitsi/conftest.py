from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable

import pytest

from tests.fakes.jitsi.bed import DOMAIN, Bed
from tests.transport.client import Client
from tui.domain.join import JitsiJoin
from tui.domain.snapshot import User
from tui.transport.backoff import Backoff
from tui.transport.jitsi.transport import JitsiTransport


class World:
    """A server in this process, and clients of it."""

    def __init__(self, bed: Bed) -> None:
        self.bed = bed
        self.clients: list[Client] = []

    @property
    def room_jid(self) -> str:
        return f"room@conference.{DOMAIN}"

    def document(self, name: str, **more: object) -> JitsiJoin:
        base: dict[str, object] = {
            "service_url": self.bed.xmpp.websocket,
            "token": "",
            "room": "room",
            "domain": DOMAIN,
            "muc": f"conference.{DOMAIN}",
            "user": User(name.lower(), name),
        }
        return JitsiJoin(**{**base, **more})  # type: ignore[arg-type]

    def transport(self) -> JitsiTransport:
        return JitsiTransport(backoff=Backoff(first_s=0.1))

    async def join(self, name: str, **more: object) -> Client:
        client = Client(self.transport(), name)
        self.clients.append(client)
        client.follow()
        client.joined = await client.transport.join(self.document(name, **more), client.media)
        return client


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
async def make_world() -> AsyncIterator[Callable[..., object]]:
    made: list[World] = []

    async def make(**more: float | bool) -> World:
        bed = Bed(free_port(), free_port(), **more)
        await bed.start()
        made.append(World(bed))
        return made[-1]

    yield make
    for world in made:
        for client in world.clients:
            await client.close()
        await world.bed.stop()
