"""Debian's coturn on 127.0.0.1, for media that have no other way."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

RELAYED: Final = range(50_100, 50_140)
"""The UDP ports that it sends from."""


@contextlib.asynccontextmanager
async def turn_server(
    folder: Path, *options: str, certificate: Path | None = None
) -> AsyncIterator[int]:
    """A running one's port, of UDP and TCP, with a certificate of TLS, too; skips without it."""
    program = shutil.which("turnserver")
    if program is None:
        pytest.skip("no turnserver (Debian: coturn)")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    tls = ["--no-tls"]
    if certificate is not None:
        tls = [f"--cert={certificate}", f"--pkey={certificate}", f"--tls-listening-port={port}"]
    command = [
        *("-n", "--no-cli", "--no-dtls", "--allow-loopback-peers", *tls),
        *("--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", f"--listening-port={port}"),
        *(f"--min-port={RELAYED[0]}", f"--max-port={RELAYED[-1]}"),
        *("--realm=cell", f"--pidfile={folder / 'pid'}", f"--db={folder / 'db'}"),
        *("--log-file=stdout", *options),
    ]
    log = (folder / "turn.log").open("wb")
    process = await asyncio.create_subprocess_exec(program, *command, stdout=log, stderr=log)
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
