"""Media by TCP: framed packets, who is let in, and what is too much."""

from __future__ import annotations

import asyncio
import contextlib
from urllib.parse import urlsplit

import pytest

from tests.server.conftest import Connect, Running, StartServer
from tests.server.sfu.test_wire_parsers import _binding_request
from tui.server.sfu import tcp
from tui.server.sfu.stun import BindingSuccess, parse_binding


@pytest.fixture
async def server(start_server: StartServer) -> Running:
    running = await start_server()
    await running.media._mux.tcp.listen("127.0.0.1", 0)
    return running


async def _opened(server: Running) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", server.media._mux.tcp.port)


def _framed(packet: bytes) -> bytes:
    return len(packet).to_bytes(2) + packet


async def _is_closed(reader: asyncio.StreamReader) -> bool:
    with contextlib.suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), 5)  # to its end: the server's own check is in it
    return True


async def test_media_and_http_share_a_port(server: Running, connect: Connect) -> None:
    ann = await connect(server, "ann")
    (room,) = server.media._rooms
    transport = room.participants["ann"].subscriber_transport
    url = urlsplit(server.ws)
    offered = [line.split()[5] for line in _offer(ann).splitlines() if " tcp " in line]
    assert str(url.port) in offered
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    writer.write(_framed(_binding_request(f"{transport.ufrag}:x", transport.password)))
    length = int.from_bytes(await asyncio.wait_for(reader.readexactly(2), 5))
    assert isinstance(parse_binding(await reader.readexactly(length)), BindingSuccess)
    asking, asks = await asyncio.open_connection(url.hostname, url.port)
    asks.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert (await asyncio.wait_for(asking.read(), 5)).startswith(b"HTTP/1.1 ")
    await ann.close()
    assert await _is_closed(reader)
    for one in (writer, asks):
        one.close()


async def test_a_check_is_answered_and_its_sender_known(server: Running, connect: Connect) -> None:
    ann = await connect(server, "ann")
    (room,) = server.media._rooms
    transport = room.participants["ann"].subscriber_transport
    assert any(" tcp " in line and "passive" in line for line in _offer(ann).splitlines())
    reader, writer = await _opened(server)
    request = _framed(_binding_request(f"{transport.ufrag}:x", transport.password))
    for at in range(0, len(request), 7):  # in pieces, as a stream brings them
        writer.write(request[at : at + 7])
        await writer.drain()
    length = int.from_bytes(await asyncio.wait_for(reader.readexactly(2), 5))
    answer = parse_binding(await reader.readexactly(length))
    assert isinstance(answer, BindingSuccess)
    assert answer.authentic(transport.password)
    await ann.close()
    assert await _is_closed(reader)
    writer.close()


def _offer(client) -> str:  # type: ignore[no-untyped-def]
    return str(client.all_responses("offer")[0].sdp)


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n\r\n", _framed(b"\x90media"), b"\xff" * 40])
async def test_whoever_sends_something_else_is_put_out(server: Running, sent: bytes) -> None:
    reader, writer = await _opened(server)
    writer.write(sent)
    assert await _is_closed(reader)
    writer.close()


async def test_silent_ones_are_put_out_and_many_of_one_host_not_let_in(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp, "_KNOWN_WITHIN_S", 0.2)
    monkeypatch.setattr(tcp, "_PER_HOST", 2)
    opened = [await _opened(server) for _ in range(3)]
    assert all([await _is_closed(reader) for reader, _ in opened])
    for _, writer in opened:
        writer.close()
