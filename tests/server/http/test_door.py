"""Connections that ask for nothing, and too many of them: nobody else is kept out."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import resource
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.asyncio.client import connect

from tests.server.lk_client import until
from tui.server.http.door import Crowd
from tui.server.http.web import WebServer
from tui.server.limits import Limits
from tui.server.sfu.counters import Counters


@asynccontextmanager
async def served(limits: Limits) -> AsyncIterator[tuple[WebServer, int, Counters]]:
    async def echo(request: Request) -> PlainTextResponse:
        return PlainTextResponse(await request.body() or b"hello")

    async def socket_(websocket: WebSocket) -> None:
        await websocket.accept()
        with contextlib.suppress(RuntimeError, KeyError):
            while True:
                await websocket.send_text(await websocket.receive_text())

    counters = Counters()
    app = Starlette(
        routes=[Route("/", echo, methods=["GET", "POST"]), WebSocketRoute("/ws", socket_)]
    )
    web = WebServer(app, limits, counters)
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    await web.start(listener)
    try:
        yield web, listener.getsockname()[1], counters
    finally:
        await web.stop()


async def close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def answered(port: int) -> tuple[int, float]:
    """Status, and after how many seconds."""
    began = time.monotonic()
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{port}/", timeout=5)
    return answer.status_code, time.monotonic() - began


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
    ],
)
async def test_a_request_that_is_never_complete_is_ended(sent: bytes) -> None:
    async with served(Limits(request_s=0.4)) as (web, port, counters):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        with contextlib.suppress(ConnectionError):
            await asyncio.wait_for(reader.read(), 5)
        await until(lambda: len(web.crowd) == 0, what="gone")
        assert counters.slow_requests == 1
        await close(writer)


UPGRADE = (
    "Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.mark.parametrize(
    "head",
    [
        f"GET /ws?access_token={'x' * 70_000} HTTP/1.1\r\n",
        f"GET /ws HTTP/1.1\r\nX-Long: {'x' * 70_000}\r\n",
        "GET /ws HTTP/1.1\r\n" + "X-Many: x\r\n" * 200,
    ],
    ids=["line", "header", "headers"],
)
async def test_a_websocket_whose_head_is_too_long_is_refused_in_words(head: str) -> None:
    # uvicorn answers nothing: the connection would stay, and its client wait.
    async with served(Limits()) as (_, port, _counters), asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{head}{UPGRADE}".encode())
        answer = await reader.read()
        await close(writer)
    assert answer.startswith(b"HTTP/1.1 431 "), answer
    assert answer.endswith(b"The request is too long: its first line or its headers."), answer


async def test_a_websocket_that_has_a_body_is_refused_in_other_words() -> None:
    async with served(Limits()) as (_, port, _counters), asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /ws HTTP/1.1\r\nContent-Length: 2\r\n{UPGRADE}hi".encode())
        answer = await reader.read()
        await close(writer)
    assert answer.startswith(b"HTTP/1.1 400 "), answer
    assert b"it has a body" in answer


async def test_a_complete_request_may_take_as_long_as_it_takes() -> None:
    async with served(Limits(request_s=0.3)) as (web, port, counters):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(
            b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        assert b"101" in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(1), 0.9)  # three times the limit
        assert (len(web.crowd), counters.slow_requests) == (1, 0)
        await close(writer)
        await until(lambda: len(web.crowd) == 0, what="gone")


async def test_silent_connections_make_room_for_those_who_ask(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """1,100 that say nothing, and 40 places: everybody who asks is answered at once."""
    caplog.set_level(logging.WARNING)
    async with served(Limits(connections=40, request_s=60)) as (web, port, counters):
        silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(100)]
        for _ in range(10):
            silent += [await asyncio.open_connection("127.0.0.1", port) for _ in range(100)]
            status, seconds = await answered(port)
            assert status == 200
            assert seconds < 1
        assert len(web.crowd) <= 40
        assert counters.connections_evicted >= 1000
        for _, writer in silent:
            await close(writer)
    told = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert len(told) == 1
    assert "made room" in told[0].getMessage()


async def test_with_no_descriptor_left_it_says_so_once_and_goes_on(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.WARNING)
    loop = asyncio.get_running_loop()
    accept, failures = loop.sock_accept, iter(range(5))

    async def none_left(listener: socket.socket) -> tuple[socket.socket, object]:
        for _ in failures:
            raise OSError(24, "Too many open files")
        return await accept(listener)

    monkeypatch.setattr(loop, "sock_accept", none_left)
    monkeypatch.setattr("tui.server.http.door._PAUSE_S", 0.01)
    async with served(Limits()) as (_, port, counters):
        assert (await answered(port))[0] == 200
        assert counters.accept_failures == 5
    assert [one.getMessage() for one in caplog.records if "Too many open files" in one.message] == [
        "no connection could be accepted: Too many open files (number 1; only the first is logged)"
    ]


async def test_nonsense_fills_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    async with served(Limits()) as (_, port, _counters):
        for _ in range(50):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"\x16\x03\x01 what is this\r\n\r\n")
            assert b"400" in await asyncio.wait_for(reader.read(), 5)
            await close(writer)
    assert len(caplog.records) <= 1


async def test_no_log_holds_the_token_of_a_websocket(caplog: pytest.LogCaptureFixture) -> None:
    """uvicorn writes the whole address of each at the level of information."""
    caplog.set_level(logging.DEBUG)
    async with (
        served(Limits()) as (_, port, _counters),
        connect(f"ws://127.0.0.1:{port}/ws?access_token=SECRET") as socket_,
    ):
        await socket_.send("x")
        assert await socket_.recv() == "x"
    ours = [one for one in caplog.records if one.name.startswith(("tui", "uvicorn"))]
    assert all("SECRET" not in one.getMessage() for one in ours)


async def test_one_address_has_so_many_places_and_no_more() -> None:
    counters = Counters()
    crowd = Crowd(Limits(connections_per_address=3), counters, places=100)
    visits = [crowd.admit("192.0.2.7") for _ in range(3)]
    assert all(visits)
    assert crowd.admit("192.0.2.7") is None
    assert crowd.admit("192.0.2.8") is not None
    first = visits[0]
    assert first is not None
    dropped: list[str] = []
    first.drop = lambda: dropped.append("first")
    first.waits()
    assert crowd.admit("::ffff:192.0.2.7") is not None  # the same address
    assert dropped == ["first"]
    assert (counters.connections_refused, counters.connections_evicted) == (1, 1)
    assert len(crowd) == 4


@pytest.mark.parametrize(
    ("addresses", "let_in"),
    [
        (["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3"], 2),  # one network of 64 bits
        (["2001:db8::1", "2001:db8:0:1::1", "2001:db8:0:2::1"], 3),
        (["fe80::1%eth0", "fe80::2%eth0", "fe80::3%eth1"], 2),
        (["127.0.0.1"] * 5 + ["::1"] * 5, 10),  # a proxy on this machine speaks for everybody
    ],
)
async def test_an_ipv6_site_counts_as_one(addresses: list[str], let_in: int) -> None:
    crowd = Crowd(Limits(connections_per_address=2), Counters(), places=100)
    assert sum(crowd.admit(address) is not None for address in addresses) == let_in


async def test_all_places_taken_by_those_who_asked() -> None:
    crowd = Crowd(Limits(), Counters(), places=2)
    first, second = crowd.admit("192.0.2.1"), crowd.admit("192.0.2.2")
    assert first is not None
    assert second is not None
    assert crowd.admit("192.0.2.3") is None
    first.gone()
    first.gone()
    assert crowd.admit("192.0.2.3") is not None
    assert crowd.counters.connections_refused == 1


async def test_places_leave_descriptors_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (1024, 4096))
    assert Crowd(Limits(), Counters()).places == 1024 - 128
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (resource.RLIM_INFINITY,) * 2)
    assert Crowd(Limits(), Counters()).places == Limits().connections


def test_uvicorn_names() -> None:
    advice = "uvicorn changed: see tui/server/http/protocols.py"
    source = inspect.getsource(WebSocketsSansIOProtocol)
    assert "self.close_sent" in source, advice
    assert "if not self.handshake_complete:" in source, advice
    assert "self.handshake_initiated = True" in source, advice
    assert "self.conn = ServerProtocol(" in source, advice
    assert "self.send)" in source, advice
    assert "self.logger" in source, advice
    source = inspect.getsource(H11Protocol)
    assert "self.conn = h11.Connection(" in source, advice
    assert "self.transport.set_protocol(protocol)" in source, advice
    assert "Invalid HTTP request received." in source, advice
