"""A bridge that can only be reached through a TURN server: Debian's coturn, by UDP, TCP, TLS."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.interop.tls import make_certificate
from tests.transport.jitsi.conftest import World, free_port
from tests.transport.media import ColourSource, ToneSource

pytestmark = pytest.mark.interop
RELAYED = range(50_100, 50_140)


@pytest.fixture
async def turn_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A running TURN server's."""
    program = shutil.which("turnserver")
    if program is None:
        pytest.skip("no turnserver (Debian: coturn)")
    port = free_port()
    certificate = make_certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    options = [
        *("-n", "--no-cli", "--no-dtls", "--lt-cred-mech", "--allow-loopback-peers"),
        *(f"--cert={certificate}", f"--pkey={certificate}", f"--tls-listening-port={port}"),
        *("--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={port}"),
        *(f"--min-port={RELAYED[0]}", f"--max-port={RELAYED[-1]}"),
        *("--realm=cell", "--user=ana:word", f"--pidfile={tmp_path / 'pid'}"),
        *(f"--db={tmp_path / 'db'}", "--log-file=stdout"),
    ]
    log = (tmp_path / "turn.log").open("wb")
    process = await asyncio.create_subprocess_exec(program, *options, stdout=log, stderr=log)
    try:
        async with asyncio.timeout(10):
            while True:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                await asyncio.sleep(0.05)
        yield port
    finally:
        process.kill()
        await process.wait()
        log.close()


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
