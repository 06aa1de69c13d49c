"""The whole server on a real port: starting, refusing to start, serving, stopping.

The media side is played by a stand-in; `tests/server/rooms` asks the real one.
"""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import logging
import signal
import socket
import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import websockets
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from tui.domain.errors import CallsError
from tui.domain.settings import AppSettings
from tui.domain.snapshot import User
from tui.server import embedded
from tui.server.access import AccessVerifier
from tui.server.embedded import EmbeddedServer
from tui.server.http.listener import ServeError
from tui.server.limits import Limits
from tui.server.media import RoomObserver
from tui.server.serve_config import ServeConfig
from tui.server.sfu.counters import Counters, Metric
from tui.server.turn import TurnServers
from tui.service.rest import RestService
from tui.wire.address import parse_join_link


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")


class StandInMedia:
    """As much of `MediaServer` as the rest of the server can see."""

    def __init__(
        self,
        access: AccessVerifier,
        limits: Limits,
        observer: RoomObserver,
        relays: TurnServers = TurnServers(),  # noqa: B008 - frozen
    ) -> None:
        self.udp_port = 0
        self.addresses = ("127.0.0.1",)
        self.stopped = False
        self.stop_takes_s = 0.0
        self.observer = observer
        self.tally = Counters()

    async def start(
        self,
        host: str,
        udp_port: int = 0,
        *,
        advertise: str | None = None,
        tcp_port: int | None = None,
    ) -> None:
        if udp_port == 1:
            raise OSError(98, "Address already in use")
        self.udp_port = udp_port or 50_000

    def lock_of(self, session_id: str) -> None:
        """Nothing is locked here."""

    def media_protocol(self, port: int) -> None:
        """No media comes by TCP."""

    def routes(self) -> list[BaseRoute]:
        return [WebSocketRoute("/rtc", _rtc)]

    def metrics(self) -> tuple[Metric, ...]:
        return (Metric("joins", "Participants who joined.", 3),)

    async def stop(self) -> None:
        self.stopped = True
        await asyncio.sleep(self.stop_takes_s)


async def _rtc(socket: WebSocket) -> None:
    if "access_token" not in socket.query_params:
        await socket.send_denial_response(PlainTextResponse("no token", 401))
        return
    await socket.accept()
    while True:
        await socket.send_bytes(await socket.receive_bytes())


@pytest.fixture(autouse=True)
def media(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "MediaServer", StandInMedia)


@pytest.fixture
async def server() -> AsyncIterator[EmbeddedServer]:
    one = EmbeddedServer(ServeConfig(port=0))
    await one.start()
    yield one
    await one.stop()


async def log_in(server: EmbeddedServer, uid: str = "ana", **more: Any) -> tuple[RestService, str]:
    service = RestService(AppSettings(server=server.url, **more))
    await service.create_user(uid, uid.title(), server.api_key)
    return service, await service.create_auth_token(uid, server.api_key)


async def test_a_client_logs_in_and_gets_a_join_document(server: EmbeddedServer) -> None:
    service, token = await log_in(server)
    call_token = await service.create_call_token(token, "daily")
    document = await service.resolve_call_token(token, call_token)
    await service.aclose()
    assert document.transport.url == server.ws_url
    assert document.user == User("ana", "Ana")
    assert server.port > 0
    assert server.udp_port == 50_000
    assert server.warnings == ()


async def test_an_invite_link_needs_no_account(server: EmbeddedServer) -> None:
    text = await server.invite_link("guest-1", "Guest", " daily \u200b", moderator=True)
    link = parse_join_link(text)
    assert link is not None
    assert (link.server, link.session_id) == (server.url, "daily")
    service = RestService(AppSettings(server=link.server))
    document = await service.resolve_call_token("", link.token)
    await service.aclose()
    assert document.user == User("guest-1", "Guest")
    assert document.transport.moderator
    async with httpx.AsyncClient(trust_env=False) as http:
        page = await http.get(text)
    assert f"cellcall join '{text.partition('#')[0]}'" in page.text


async def test_an_invite_to_no_session_is_refused(server: EmbeddedServer) -> None:
    with pytest.raises(CallsError) as caught:
        server.issue_call_token("guest", "Guest", "\x00")
    assert caught.value.code == "ERR_SESSION_ID_INVALID"


async def test_websockets_are_served_and_denied_with_a_reason(server: EmbeddedServer) -> None:
    async with websockets.connect(f"{server.ws_url}/rtc?access_token=x", proxy=None) as one:
        await one.send(b"hello")
        assert await one.recv() == b"hello"
    with pytest.raises(websockets.InvalidStatus) as caught:
        async with websockets.connect(f"{server.ws_url}/rtc", proxy=None):
            pass
    assert caught.value.response.status_code == 401
    assert caught.value.response.body == b"no token"


async def test_a_token_with_much_metadata_is_read(server: EmbeddedServer) -> None:
    """It stands in the first line of the request, which may be longer than 8192 bytes."""
    token = "x" * 20_000
    async with websockets.connect(f"{server.ws_url}/rtc?access_token={token}", proxy=None) as one:
        await one.send(b"hello")
        assert await one.recv() == b"hello"


async def test_a_message_over_the_limit_closes_the_websocket() -> None:
    server = EmbeddedServer(ServeConfig(port=0, limits=Limits(signal_bytes=1000)))
    await server.start()
    async with websockets.connect(f"{server.ws_url}/rtc?access_token=x", proxy=None) as one:
        await one.send(b"x" * 2000)
        with pytest.raises(websockets.ConnectionClosed) as caught:
            await one.recv()
    await server.stop()
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1009


@pytest.mark.parametrize(
    ("proxies", "last", "scheme"),
    [
        ((), 429, "ws://"),
        (("10.9.8.7",), 429, "ws://"),
        (("127.0.0.1",), 401, "wss://"),
    ],
)
async def test_only_a_named_proxy_is_believed_whom_it_speaks_for(
    proxies: tuple[str, ...], last: int, scheme: str
) -> None:
    limits = Limits(login_attempts_per_minute=3)
    server = EmbeddedServer(ServeConfig(port=0, limits=limits, proxies=proxies))
    await server.start()
    try:
        service, token = await log_in(server)
        call_token = await service.create_call_token(token, "daily")
        await service.aclose()
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as http:
            answers = [
                await http.post(
                    "/v3.0/users/ana/auth_tokens",
                    headers={"apiKey": "guess", "X-Forwarded-For": f"203.0.113.{number}"},
                )
                for number in range(4)
            ]
            forwarded = {"X-Forwarded-Proto": "https", "calltoken": call_token}
            document = await http.get("/v3.0/call_tokens?configVersion=1", headers=forwarded)
        assert [one.status_code for one in answers] == [401, 401, 401, last]
        assert document.json()["data"]["url"].startswith(scheme)
    finally:
        await server.stop()


async def test_users_and_keys_survive_a_restart(tmp_path: Path) -> None:
    config = ServeConfig(port=0, state_dir=tmp_path / "state")
    first = EmbeddedServer(config)
    await first.start()
    service, token = await log_in(first)
    call_token = await service.create_call_token(token, "daily")
    await service.aclose()
    key = first.api_key
    await first.stop()
    second = EmbeddedServer(config)
    await second.start()
    assert second.api_key == key
    service = RestService(AppSettings(server=second.url))
    assert (await service.me(token)).uid == "ana"
    document = await service.resolve_call_token(token, call_token)
    assert document.session_id == "daily"
    await service.aclose()
    await second.stop()


async def test_a_sign_out_survives_a_restart(tmp_path: Path) -> None:
    config = ServeConfig(port=0, state_dir=tmp_path / "state")
    first = EmbeddedServer(config)
    await first.start()
    service, token = await log_in(first)
    call_token = await service.create_call_token(token, "daily")
    await service.logout(token)
    await service.aclose()
    await first.stop()
    second = EmbeddedServer(config)
    await second.start()
    service = RestService(AppSettings(server=second.url))
    with pytest.raises(CallsError, match="signed out"):
        await service.resolve_call_token("", call_token)
    await service.aclose()
    await second.stop()


async def test_two_servers_do_not_trust_one_another(server: EmbeddedServer) -> None:
    other = EmbeddedServer(ServeConfig(port=0))
    await other.start()
    service = RestService(AppSettings(server=server.url))
    with pytest.raises(CallsError) as caught:
        await service.resolve_call_token("", other.issue_call_token("ana", "Ana", "daily"))
    await service.aclose()
    await other.stop()
    assert caught.value.code == "AUTH_ERR_CALL_TOKEN_INVALID"


# --- not starting


async def refused(config: ServeConfig) -> ServeError:
    server = EmbeddedServer(config)
    with pytest.raises(ServeError) as caught:
        await server.start()
    await server.stop()
    assert caught.value.remedy
    assert caught.value.exit_code == 2
    return caught.value


async def test_a_port_in_use_is_named(server: EmbeddedServer) -> None:
    error = await refused(ServeConfig(port=server.port))
    assert str(server.port) in error.problem
    assert "--port" in error.remedy


async def test_a_udp_port_in_use_is_named_and_the_tcp_port_is_free_again() -> None:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    error = await refused(ServeConfig(port=port, udp_port=1))
    assert "UDP port 1" in error.problem
    server = EmbeddedServer(ServeConfig(port=port))
    await server.start()
    assert server.port == port
    await server.stop()


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid", "a b", "x" * 300, "\x00"])
async def test_hosts_that_are_not_ours(host: str) -> None:
    error = await refused(ServeConfig(host=host, port=0))
    assert "--host" in error.remedy
    assert error.problem.isprintable()


async def test_a_state_folder_that_is_a_file(tmp_path: Path) -> None:
    blocked = tmp_path / "state"
    blocked.write_text("")
    error = await refused(ServeConfig(port=0, state_dir=blocked))
    assert str(blocked) in error.problem
    assert "--state" in error.remedy


async def test_a_state_folder_in_use_by_another_server(tmp_path: Path) -> None:
    first = EmbeddedServer(ServeConfig(port=0, state_dir=tmp_path))
    await first.start()
    error = await refused(ServeConfig(port=0, state_dir=tmp_path))
    await first.stop()
    assert "another server" in error.remedy


async def test_keys_that_could_be_read_are_warned_about(tmp_path: Path) -> None:
    config = ServeConfig(port=0, state_dir=tmp_path)
    first = EmbeddedServer(config)
    await first.start()
    await first.stop()
    (tmp_path / "server-keys.json").chmod(0o644)
    second = EmbeddedServer(config)
    await second.start()
    await second.stop()
    (warning,) = second.warnings
    assert "0644" in warning


# --- TLS


def make_certificate(folder: Path, *, password: bytes | None = None) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "calls.test")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        encryption = serialization.BestAvailableEncryption(password)
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    )
    return folder / "cert.pem", folder / "key.pem"


async def test_tls_is_served_and_an_unknown_certificate_is_explained(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    server = EmbeddedServer(ServeConfig(port=0, tls_certificate=certificate, tls_key=key))
    await server.start()
    assert server.url.startswith("https://127.0.0.1:")
    assert server.ws_url.startswith("wss://127.0.0.1:")
    token = server.issue_call_token("ana", "Ana", "daily")
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with httpx.AsyncClient(verify=trusting, trust_env=False) as http:
        answer = await http.get(f"{server.url}/v3.0/call_tokens", headers={"calltoken": token})
    service = RestService(AppSettings(server=server.url))
    with pytest.raises(CallsError, match="not trusted") as caught:
        await service.resolve_call_token("", token)
    await service.aclose()
    await server.stop()
    assert answer.json()["data"]["url"] == server.ws_url
    assert caught.value.code == "NETWORK_ERROR"


async def test_certificates_that_can_not_be_used(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    certificate, _ = make_certificate(tmp_path)
    _, other_key = make_certificate(tmp_path / "other")
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    for files in (
        (tmp_path / "missing.pem", None),
        (nonsense, None),
        (certificate, other_key),
        (certificate, None),
        (None, other_key),
    ):
        error = await refused(ServeConfig(port=0, tls_certificate=files[0], tls_key=files[1]))
        assert "TLS" in error.problem


async def test_a_key_with_a_password_does_not_ask_for_it(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path, password=b"secret")
    error = await refused(ServeConfig(port=0, tls_certificate=certificate, tls_key=key))
    assert "password" in error.problem + error.remedy


# --- being a guest in somebody's program


async def test_signals_and_logging_are_left_alone() -> None:
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    server = EmbeddedServer(ServeConfig(port=0))
    await server.start()
    during = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)]
    await server.stop()
    assert during == before
    assert logging.getLogger("uvicorn").handlers == []
    assert logging.getLogger("uvicorn.error").handlers == []


async def test_stopping_tells_everybody_and_is_quick() -> None:
    server = EmbeddedServer(ServeConfig(port=0))
    await server.start()
    stand_in = server.media
    began = time.monotonic()
    async with websockets.connect(f"{server.ws_url}/rtc?access_token=x", proxy=None) as one:
        await server.stop()
        with pytest.raises(websockets.ConnectionClosed):
            await one.recv()
    assert time.monotonic() - began < 2.5
    assert isinstance(stand_in, StandInMedia)
    assert stand_in.stopped
    await server.stop()


async def test_stopping_is_bounded_whatever_hangs() -> None:
    server = EmbeddedServer(ServeConfig(port=0))
    await server.start()
    stand_in = server.media
    assert isinstance(stand_in, StandInMedia)
    stand_in.stop_takes_s = 60
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"POST /v3.0/user_sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
    await writer.drain()
    began = time.monotonic()
    await server.stop()
    assert time.monotonic() - began < 3
    writer.close()


async def test_counters_are_told_to_this_machine_when_asked_for() -> None:
    server = EmbeddedServer(ServeConfig(host="0.0.0.0", port=0, metrics_port=0))
    await server.start()
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(server.metrics_url)
        public = await client.get(f"http://127.0.0.1:{server.port}/metrics")
    listening = server.metrics_url.removeprefix("http://").removesuffix("/metrics")
    assert listening.startswith("127.0.0.1:")
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert "cellcall_joins_total 3\n" in answer.text
    assert public.status_code == 404
    await server.stop()
    with pytest.raises(ConnectionError):
        await asyncio.open_connection(*listening.split(":"))


async def test_without_being_asked_no_counters_are_served(server: EmbeddedServer) -> None:
    assert server.metrics_url == ""


async def test_a_taken_port_of_counters_names_the_option() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = EmbeddedServer(ServeConfig(port=0, metrics_port=taken.getsockname()[1]))
        with pytest.raises(ServeError) as caught:
            await server.start()
    assert "in use" in caught.value.problem
    assert "--metrics" in caught.value.remedy


async def test_stopping_before_starting_is_harmless() -> None:
    server = EmbeddedServer(ServeConfig(port=0))
    await server.stop()
    assert server.udp_port == 0
    with pytest.raises(RuntimeError):
        _ = server.api_key


@pytest.mark.parametrize(
    ("config", "url"),
    [
        (ServeConfig(host="0.0.0.0", port=0), "http://127.0.0.1:"),
        (ServeConfig(host="0.0.0.0", port=0, advertise="192.0.2.7"), "http://192.0.2.7:"),
        (ServeConfig(host="localhost", port=0), "http://localhost:"),
        pytest.param(ServeConfig(host="::1", port=0), "http://[::1]:", marks=needs_ipv6),
    ],
)
async def test_the_address_for_people(config: ServeConfig, url: str) -> None:
    server = EmbeddedServer(config)
    await server.start()
    assert server.url == f"{url}{server.port}"
    await server.stop()


async def test_the_rate_limit_of_the_config_holds() -> None:
    server = EmbeddedServer(ServeConfig(port=0, limits=Limits(login_attempts_per_minute=1)))
    await server.start()
    service, _ = await log_in(server)
    codes = []
    for _ in range(2):
        with pytest.raises(CallsError) as caught:
            await service.create_auth_token("ana", "guess")
        codes.append(caught.value.code)
    assert await service.create_auth_token("ana", server.api_key)
    await service.aclose()
    await server.stop()
    assert codes == ["AUTH_ERR_API_KEY_NOT_FOUND", "ERR_TOO_MANY_LOGINS"]


async def test_all_addresses_are_shown_as_the_one_others_reach() -> None:
    server = EmbeddedServer(ServeConfig(host="0.0.0.0", port=0))
    await server.start()
    server.media.addresses = ("192.0.2.9", "127.0.0.1")  # type: ignore[misc]
    link = await server.invite_link("ana", "Ana", "daily")
    await server.stop()
    assert link.startswith(f"http://192.0.2.9:{server.port}/join/daily#token=")


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("call.example.org", "wss://call.example.org/team"),
        ("10.0.0.7:7880", "ws://10.0.0.7:7880"),
    ],
)
async def test_below_a_path_of_a_proxy_the_media_address_has_it_too(host: str, url: str) -> None:
    server = EmbeddedServer(ServeConfig(port=0, public_url="https://call.example.org/team"))
    await server.start()
    try:
        headers = {"calltoken": server.issue_call_token("ana", "Ana", "standup"), "Host": host}
        async with httpx.AsyncClient() as client:
            address = f"http://127.0.0.1:{server.port}/v3.0/call_tokens?configVersion=1"
            answer = await client.get(address, headers=headers)
        assert answer.json()["data"]["url"] == url
    finally:
        await server.stop()
