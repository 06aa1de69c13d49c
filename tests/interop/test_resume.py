"""A websocket that breaks while media go on: other clients take it up again, and nobody sees it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from .call import SIGNATURES
from .cellcall_peers import PlainPeer
from .child import Child
from .namespace import ADDRESS, NetworkNamespace
from .peers import ChromiumPeer, RustPeer
from .servers import PORT, Server

pytestmark = pytest.mark.interop

CONNECTED = ("CONN_CONNECTED", "connected")


@dataclass
class Through:
    """A server, reached another way."""

    url: str
    key: str
    secret: str

    def start(self) -> None: ...

    def stop(self) -> None: ...


@pytest.mark.parametrize("kind", [RustPeer, ChromiumPeer])
def test_they_take_it_up_again_and_nobody_sees_it(
    namespace: NetworkNamespace, embedded_server: Server, tmp_path: Path, kind: Any
) -> None:
    if kind is ChromiumPeer and (lacks := ChromiumPeer.lacks()):
        pytest.skip(f"this machine lacks {lacks}")
    command = (sys.executable, "-m", "tests.interop.wire", ADDRESS, str(PORT))
    wire = Child(namespace.command(*command), log=tmp_path / "wire.log")
    mine = SIGNATURES[kind.make]
    peers: list[Any] = []
    try:
        port = wire.wait_for(lambda line: isinstance(line, int), "port")
        through = Through(f"ws://{ADDRESS}:{port}", embedded_server.key, embedded_server.secret)
        plain = PlainPeer.join(namespace, embedded_server, "resume", SIGNATURES["plain"], tmp_path)
        peers.append(plain)
        plain.wait_until_published()
        peer = kind.join(namespace, through, "resume", mine, tmp_path)
        peers.append(peer)
        peer.wait_for_media(SIGNATURES["plain"])
        plain.wait_for_person(mine.identity)
        since = len(peer.child.lines)
        wire.send("cut")
        assert wire.wait_for(lambda line: str(line).startswith("cut "), "cut") != "cut 0"
        peer.child.wait_for(
            lambda line: isinstance(line, dict) and line.get("state") in CONNECTED,
            "connection again",
            since=since,
        )
        peer.mute(muted=True)
        plain.wait_for_mute(mine.identity, muted=True)
        peer.mute(muted=False)
        plain.wait_for_mute(mine.identity, muted=False)
        told = [str(line) for line in plain.child.lines]
        assert not [line for line in told if line.startswith("leave:")], told
        states = [
            one["state"] for one in peer.child.lines if isinstance(one, dict) and "state" in one
        ]
        assert "CONN_DISCONNECTED" not in states and "disconnected" not in states
    finally:
        for one in [*peers]:
            one.child.stop()
        wire.stop()
