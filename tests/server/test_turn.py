"""Networks without UDP: clients get to our server through a TURN server, by themselves."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.interop.tls import make_certificate
from tests.server.conftest import ACCESS, Log
from tests.tokens import issued
from tests.transport.client import Client
from tests.transport.media import ColourSource, ToneSource
from tests.turn_server import RELAYED, turn_server
from tui.domain.ids import ParticipantId
from tui.domain.join import LiveKitJoin
from tui.server.http.web import WebServer
from tui.server.limits import Limits
from tui.server.media import MediaServer
from tui.server.turn import LIFETIME_S, TurnServers, turn_problem
from tui.transport.livekit.transport import LiveKitTransport

SECRET = "shared-with-coturn"


@pytest.mark.interop
@pytest.mark.parametrize("kind", ["tcp", "tls"])
async def test_media_go_through_turn_where_no_udp_goes(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["--use-auth-secret", f"--static-auth-secret={SECRET}"]
    certificate = make_certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with turn_server(tmp_path, *options, certificate=certificate) as port:
        scheme = "turns" if kind == "tls" else "turn"
        relays = TurnServers((f"{scheme}:127.0.0.1:{port}?transport=tcp",), SECRET)
        media = MediaServer(ACCESS, Limits(), Log(), relays=relays)
        await media.start("127.0.0.1")
        _hear_relayed_only(media, monkeypatch)
        web = WebServer(Starlette(routes=media.routes()), Limits(), media.tally)
        listener = socket.create_server(("127.0.0.1", 0))
        await web.start(listener)
        clients: list[Client] = []
        try:
            for identity in ("ana", "bo"):
                client = Client(LiveKitTransport(), ParticipantId(identity))
                token = issued(ACCESS, identity, "demo", name=identity.title())
                url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
                client.joined = await client.transport.join(LiveKitJoin(url, token), client.media)
                client.follow()
                clients.append(client)
            ana, bo = clients
            await ana.transport.publish_microphone(ToneSource(), muted=False)
            await ana.transport.publish_camera(ColourSource((81, 90, 200), (160, 120)), muted=False)
            await bo.media.until(lambda: len(bo.media.packets[ana.id]) > 20)
            await bo.media.until(lambda: bo.media.video_count(ana.id) > 5)
        finally:
            for client in clients:
                await client.close()
            await web.stop()
            await media.stop()


def _hear_relayed_only(media: MediaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    take = media._mux.receive

    def receive(datagram: bytes, address: Any) -> None:
        if address[1] in RELAYED:
            take(datagram, address)

    monkeypatch.setattr(media._mux, "receive", receive)


def test_everybody_gets_a_password_of_their_own() -> None:
    relays = TurnServers(("turn:t.test", "turns:t.test:443?transport=tcp"), SECRET)
    (ana,), (bo,) = (relays.for_client(who, lambda: 1_000_000) for who in ("ana", "bo"))
    assert list(ana.urls) == ["turns:t.test:443?transport=tcp", "turn:t.test"]
    assert ana.username.startswith(f"{1_000_000 + LIFETIME_S}:")
    assert ana.username != bo.username
    assert ana.credential != bo.credential
    assert "ana" not in ana.username  # the TURN server need not know who it is
    assert TurnServers().for_client("ana") == ()


@pytest.mark.parametrize(
    "url",
    [
        "turn.test",
        "stun:turn.test",
        "turn:",
        "turn:a b",
        "turns:t.test?transport=udp",
        "turn:t:1:2",
    ],
)
def test_what_is_no_turn_server_is_refused(url: str) -> None:
    assert turn_problem(url)
    for good in ("turn:t.test", "turn:[::1]:3478?transport=tcp", "turns:10.0.0.1:443"):
        assert not turn_problem(good)
