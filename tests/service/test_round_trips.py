"""Asking a server for nothing but an answer: real ones on this machine, good and bad.

Time is the test's: a clock that moves by what each answer is to take.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.fakes.world import FakeTime
from tests.service.test_rest_client import free_port
from tui.domain.errors import CallsError
from tui.domain.network import NoAnswer
from tui.domain.server_answer import ServerAnswer
from tui.server.embedded import EmbeddedServer
from tui.server.serve_config import ServeConfig
from tui.service import round_trips
from tui.service.http_json import http_client
from tui.service.round_trips import ROUND_TRIPS, HttpProbe

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
"""To HEAD: no body follows."""


class Server:
    """A web server that counts what it is asked.

    Args:
        time: Moves with each answer.
        took_s: How long each answer takes, the first on a connection included [s]; then the last.
        answer: The head of each answer; empty: none ever comes.
    """

    def __init__(self, time: FakeTime, took_s: list[float], *, answer: bytes = OK):
        self._time = time
        self._took_s = took_s
        self._answer = answer
        self.requests: list[bytes] = []
        self.connections = 0
        self.address = ""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                if self._answer:
                    number = min(len(self.requests), len(self._took_s)) - 1
                    self._time.now_s += self._took_s[number]
                    writer.write(self._answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Server]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield self
        server.close()
        await server.wait_closed()


def probe(time: FakeTime, *, timeout_s: float = 5.0) -> HttpProbe:
    return HttpProbe(timeout_s=timeout_s, clock=lambda: time.now_s)


async def test_the_median_of_the_round_trips_counts_and_connecting_does_not() -> None:
    time = FakeTime()
    async with Server(time, [0.9, 0.040, 0.050, 0.8, 0.045, 0.044]).running() as server:
        assert await probe(time).measure(server.address) == ServerAnswer(
            round_trip_ms=pytest.approx(45)
        )
        assert len(server.requests) == 1 + ROUND_TRIPS and server.connections == 1


async def test_a_slow_server_is_asked_less_often() -> None:
    time = FakeTime()
    async with Server(time, [3.0, 1.25]).running() as server:
        answer = await probe(time).measure(server.address)
        assert answer.words == "slow, 1250 ms" and len(server.requests) == 3


async def test_nothing_of_the_person_is_sent() -> None:
    time = FakeTime()
    async with Server(time, [0.01]).running() as server:
        named = server.address.replace("http://", "ws://ana:secret@")
        await probe(time).measure(f"{named}/x/rtc?access_token=secret#ana")
        for request in server.requests:
            first, *headers = request.decode().strip().split("\r\n")
            assert first == "HEAD /x/ HTTP/1.1"
            assert {line.partition(":")[0].lower() for line in headers} <= {
                *("host", "accept", "accept-encoding", "connection", "user-agent")
            }
            assert b"ana" not in request and b"secret" not in request


@pytest.mark.parametrize("ending", ["", "/", "/rtc", "/v3.0", "/v3.0/"])
async def test_the_server_is_asked_at_its_root(ending: str) -> None:
    time = FakeTime()
    async with Server(time, [0.01]).running() as server:
        await probe(time).measure(f"{server.address}/calls{ending}")
        assert {request.split()[1] for request in server.requests} == {b"/calls/"}


@pytest.mark.parametrize("status", [b"204 No Content", b"301 Moved", b"404 Not Found"])
async def test_a_refusal_is_an_answer_too(status: bytes) -> None:
    time = FakeTime()
    head = b"HTTP/1.1 " + status + b"\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n"
    async with Server(time, [0.02], answer=head).running() as server:
        answer = await probe(time).measure(server.address)
    assert answer.words == "ok, 20 ms"


async def failure(address: str, **options: float) -> NoAnswer | None:
    return (await probe(FakeTime(), **options).measure(address)).failure


async def test_a_proxy_without_its_server_is_no_answer() -> None:
    head = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
    async with Server(FakeTime(), [0.0], answer=head).running() as server:
        assert await failure(server.address) is NoAnswer.SERVER_FAULT


async def test_a_server_that_never_answers_is_given_up() -> None:
    async with Server(FakeTime(), [], answer=b"").running() as server:
        assert await failure(server.address, timeout_s=0.05) is NoAnswer.TOO_LATE


async def test_nobody_listens() -> None:
    assert await failure(f"ws://127.0.0.1:{free_port()}") is NoAnswer.REFUSED


@asynccontextmanager
async def saying(words: bytes) -> AsyncIterator[int]:
    """A port that answers anything with `words` and hangs up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(words)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def test_what_speaks_no_tls_or_never_ends_to_begin_it() -> None:
    async with saying(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert await failure(f"wss://127.0.0.1:{port}") is NoAnswer.NO_TLS
    async with Server(FakeTime(), [], answer=b"").running() as server:
        address = server.address.replace("http:", "https:")
        assert await failure(address, timeout_s=0.05) is NoAnswer.TOO_LATE


async def test_a_server_that_hangs_up() -> None:
    async with saying(b"") as port:
        assert await failure(f"http://127.0.0.1:{port}") is NoAnswer.HUNG_UP


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), NoAnswer.UNKNOWN_NAME),
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), NoAnswer.UNTRUSTED),
        (ssl.SSLError(1, "wrong version number"), NoAnswer.NO_TLS),
        (OSError(101, "Network is unreachable"), NoAnswer.UNREACHABLE),
        (OSError(24, "Too many open files"), NoAnswer.NO_CONNECTION),
    ],
)
async def test_networks_that_are_not_here(cause: OSError, expected: NoAnswer) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(str(cause)) from cause

    asked = HttpProbe(transport=httpx.MockTransport(answer))
    assert (await asked.measure("wss://calls.test")).failure is expected


@pytest.mark.parametrize(
    ("address", "by_proxy"),
    [
        ("http://127.0.0.1:7880", False),
        ("ws://[::1]:7880", False),
        ("ws://192.168.0.1:7880", False),
        ("http://192.168.0.1:7880", False),
        ("ws://calls.test:7880", True),
    ],
)
async def test_a_proxy_is_used_where_a_join_would(
    monkeypatch: pytest.MonkeyPatch, address: str, by_proxy: bool
) -> None:
    through: list[str | None] = []

    def client(*, proxy: str | None, **options: Any) -> httpx.AsyncClient:
        through.append(proxy)
        return http_client(proxy=None, **options)

    monkeypatch.setattr(round_trips, "http_client", client)
    monkeypatch.setenv("ALL_PROXY", "http://proxy.test:3128")
    for name in ("NO_PROXY", "no_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    asked = HttpProbe(transport=httpx.MockTransport(lambda _request: httpx.Response(200)))
    assert (await asked.measure(address)).is_good
    assert through == ["http://proxy.test:3128" if by_proxy else None]


@pytest.mark.parametrize("address", ["", "calls.test:7880", "ftp://x", "ws://[::1", "http://h:x/"])
async def test_what_is_no_address(address: str) -> None:
    with pytest.raises(CallsError) as caught:
        await HttpProbe().measure(address)
    assert caught.value.code == "VALIDATION_ERROR" and caught.value.description.isprintable()


@pytest.mark.parametrize("of", [lambda s: s.url, lambda s: s.ws_url, lambda s: f"{s.url}/v3.0"])
async def test_our_own_server_answers(of: Callable[[EmbeddedServer], str]) -> None:
    server = EmbeddedServer(ServeConfig(port=0))
    await server.start()
    try:
        assert (await HttpProbe().measure(of(server))).failure is None
    finally:
        await server.stop()
