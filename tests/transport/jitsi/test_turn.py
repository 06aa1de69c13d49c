"""A bridge that can only be reached through a TURN server: Debian's coturn, by UDP, TCP, TLS."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.interop.tls import make_certificate
from tests.transport.jitsi.conftest import World
from tests.transport.media import ColourSource, ToneSource
from tests.turn_server import RELAYED, turn_server

pytestmark = pytest.mark.interop


@pytest.fixture
async def turn_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A running TURN server's."""
    certificate = make_certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    options = ("--lt-cred-mech", "--user=ana:word")
    async with turn_server(tmp_path, *options, certificate=certificate) as port:
        yield port


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_through_a_turn_server(
    make_world: Callable[..., Awaitable[World]], turn_port: int, transport: str
) -> None:
    world = await make_world()
    world.bed.bridge.heard_from = RELAYED
    world.bed.xmpp.services = [
        {
            "type": "turns" if transport == "tls" else "turn",
            "host": "127.0.0.1",
            "port": turn_port,
            "transport": transport.replace("tls", "tcp"),
            "username": "ana",
            "password": "word",
        }
    ]
    ana, bo = await world.join("Ana"), await world.join("Bo")
    await ana.transport.publish_microphone(ToneSource(), muted=False)
    await ana.transport.publish_camera(ColourSource((81, 90, 200), (160, 120)), muted=False)
    await bo.media.until(lambda: len(bo.media.packets[ana.id]) > 20)
    await bo.media.until(lambda: bo.media.video_count(ana.id) > 5)
