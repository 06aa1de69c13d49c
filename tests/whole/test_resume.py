"""A websocket that breaks while media go on: the Rust SDK takes it up again, and nobody sees it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.interop.wire import Wire
from tui.domain.device_choice import MediaChoice
from tui.domain.happenings import Joined, Left

from .program import Server
from .test_two_headless import figures, participant

LISTENER = MediaChoice("null", "null", "null")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.stop()


@asynccontextmanager
async def rust_client(server: Server, url: str) -> AsyncIterator[asyncio.subprocess.Process]:
    client = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.interop.rust_peer",
        *("--url", url, "--token", server.access_token("rusty", "standup")),
        *("--colour", "c82828", "--tone", "440"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield client
    finally:
        client.kill()
        await client.wait()


async def said(client: asyncio.subprocess.Process, event: str) -> dict:
    """The client's next word of this kind."""
    assert client.stdout is not None
    async with asyncio.timeout(60):
        while True:
            word = json.loads(await client.stdout.readline())
            if word["event"] == event:
                return dict(word)


async def test_the_rust_sdk_resumes_without_a_gap_and_nobody_sees_it(server: Server) -> None:
    wire = Wire("127.0.0.1", int(server.url.rsplit(":", 1)[1]))
    async with (
        await wire.start(),
        participant(server, "bo", LISTENER) as bo,
        rust_client(server, f"ws://127.0.0.1:{wire.port}") as rusty,
    ):
        heard: dict[int, Joined | Left] = {}

        async def listen() -> None:
            async for update in bo.updates():
                if isinstance(update, Joined | Left):
                    heard[len(heard)] = update

        listening = asyncio.create_task(listen())
        await said(rusty, "published")

        async def packets(count: int) -> None:
            async with asyncio.timeout(60):
                while (await figures(bo, "rusty")).get("audio_packets", 0) < count:
                    await asyncio.sleep(0.05)

        await packets(100)
        before = await figures(bo, "rusty")
        assert wire.cut()
        states = [(await said(rusty, "state"))["state"]]
        while states[-1] != "CONN_CONNECTED":
            states.append((await said(rusty, "state"))["state"])
        assert states[0] == "CONN_RECONNECTING"
        await packets(before["audio_packets"] + 150)
        after = await figures(bo, "rusty")
        assert after["audio_gaps"] == before["audio_gaps"], "no gap over 60 ms"
        # What it says now arrives: its signalling lives, and so does ours to it.
        assert rusty.stdin is not None
        rusty.stdin.write(b'{"op": "mute", "muted": true}\n')
        async with asyncio.timeout(20):
            while not (one := bo.snapshot().participant("rusty")) or not one.audio_muted:
                await asyncio.sleep(0.05)
        listening.cancel()
        assert [type(one) for one in heard.values()] == [Joined]
