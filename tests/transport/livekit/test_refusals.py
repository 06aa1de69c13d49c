"""What a person is told when a server does not let them in."""

from __future__ import annotations

import asyncio
import socket
import ssl

import pytest

from tests.tokens import issued
from tests.transport.media import Recorder
from tests.transport.serving import KEY, SECRET, Rig
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.join import LiveKitJoin
from tui.server.access import JwtAccess
from tui.transport.livekit.address import parse_address
from tui.transport.livekit.refusal import connect_failed, refused_by_status
from tui.transport.livekit.transport import LiveKitTransport

SECRET_TOKEN = "eyJhbGciOiJIUzI1NiJ9.secret.signature"


async def refusal(url: str, token: str) -> CallsError:
    transport = LiveKitTransport()
    with pytest.raises(CallsError) as refused:
        await transport.join(LiveKitJoin(url, token), Recorder())
    await transport.leave()
    return refused.value


async def test_an_expired_token(served: Rig, room: str) -> None:
    token = issued(JwtAccess({KEY: SECRET}), "alice", room, lifetime_s=-3600)
    error = await refusal(served.url, token)
    assert error.code == ErrorCode.CALL_TOKEN_REFUSED
    assert "it has expired; get a new one" in error.description
    assert token not in error.description


async def test_a_token_of_another_server(served: Rig, room: str) -> None:
    for access in (
        JwtAccess({"otherkey": SECRET}),
        JwtAccess({KEY: "another-secret-of-more-than-32-bytes"}),
    ):
        token = issued(access, "alice", room)
        error = await refusal(served.url, token)
        assert error.code == ErrorCode.CALL_TOKEN_REFUSED
        assert "signed for another server" in error.description
        assert token not in error.description


async def test_a_token_without_the_right_to_join(served: Rig, room: str) -> None:
    token = issued(JwtAccess({KEY: SECRET}), "alice", room, room_join=False)
    error = await refusal(served.url, token)
    assert error.code == ErrorCode.CALL_TOKEN_REFUSED
    assert "no right to join" in error.description


@pytest.mark.parametrize("token", ["", "  ", "two words", "naïve", "line\r\nbreak: x"])
async def test_a_damaged_token_is_not_even_sent(token: str) -> None:
    error = await refusal("ws://127.0.0.1:9", token)
    assert error.code == ErrorCode.CALL_TOKEN_REFUSED


async def test_nothing_listens() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for host in ("127.0.0.1", "localhost"):
        error = await refusal(f"ws://{host}:{port}", "token")
        assert error.code == ErrorCode.CONNECTION_FAILED
        assert error.description == (
            f"Nothing answers at ws://{host}:{port}: connection refused. See whether the server "
            "runs, and whether its address and port are right."
        )


async def test_not_a_livekit_server() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SSH-2.0-server\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        error = await refusal(f"ws://127.0.0.1:{port}", "token")
    assert error.code == ErrorCode.CONNECTION_FAILED
    assert "is no LiveKit server" in error.description


@pytest.mark.parametrize(
    ("status", "body", "code", "words"),
    [
        (503, b"the session is full (32 participants)", ErrorCode.SESSION_FULL, "nobody more"),
        (429, b"", ErrorCode.SESSION_FULL, "Try later"),
        (
            403,
            b"removed: a moderator took you out",
            ErrorCode.CALL_TOKEN_REFUSED,
            "let you in again",
        ),
        (403, b"room is full", ErrorCode.SESSION_FULL, "room is full"),
        (503, b"the server is stopping", ErrorCode.CONNECTION_FAILED, "try again in a moment"),
        (500, b"", ErrorCode.CONNECTION_FAILED, "HTTP 500"),
        (404, b"<html>nope</html>", ErrorCode.CONNECTION_FAILED, "path"),
        (401, b'{"code":401,"msg":"token is expired (exp)"}', ErrorCode.CALL_TOKEN_REFUSED, "exp"),
    ],
)
def test_an_answer_is_put_into_words(status: int, body: bytes, code: str, words: str) -> None:
    error = refused_by_status(status, body, SECRET_TOKEN)
    assert error.code == code
    assert words in error.description


def test_what_a_server_says_is_cleaned_and_short() -> None:
    body = b"\x1b[2J\xff invalid token: " + SECRET_TOKEN.encode() + b" " + b"x" * 5000
    said = refused_by_status(401, body, SECRET_TOKEN).description
    assert SECRET_TOKEN not in said
    assert "\x1b" not in said
    assert len(said) < 400


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            socket.gaierror(-2, "Name or service not known"),
            "No server has the name in wss://call.test.",
        ),
        (ssl.SSLCertVerificationError("self-signed certificate"), "self-signed certificate"),
        (TimeoutError(), "wss://call.test did not answer: nothing came in time."),
        (OSError(101, "Network is unreachable"), "wss://call.test can't be reached"),
        (OSError(24, "Too many open files"), "wss://call.test: [Errno 24] Too many open files."),
    ],
)
def test_a_failure_is_put_into_words(error: Exception, words: str) -> None:
    failed = connect_failed(error, parse_address("wss://call.test"), "token")
    assert failed.code == ErrorCode.CONNECTION_FAILED
    assert words in failed.description
    assert "\n" not in failed.description
