"""The two servers a room can live on: the embedded one and the real livekit-server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Protocol

from livekit import api

from tui.server.secret import FILE_NAME, ISSUER

from .child import Child
from .namespace import ADDRESS, NetworkNamespace
from .tls import make_certificate

PORT: Final = 7880
UDP_PORT: Final = 17882
_LIVEKIT_KEY: Final = "interop"
_LIVEKIT_SECRET: Final = "interop-secret-of-more-than-32-characters"


class Server(Protocol):
    """One media server inside a namespace."""

    url: str
    key: str

    @property
    def secret(self) -> str:
        """Of `key`, at least 32 characters."""

    def start(self) -> None:
        """Start, and wait until it takes connections."""

    def stop(self) -> None:
        """End it at once, as a crash would. Idempotent."""


def access_token(
    server: Server, room: str, identity: str, *, lifetime_s: float = 1800, admin: bool = False
) -> str:
    """A LiveKit access token with the grants that a participant, or a host, of a call needs."""
    grants = api.VideoGrants(
        room_join=True, room=room, can_update_own_metadata=True, room_admin=admin
    )
    return (
        api.AccessToken(server.key, server.secret)
        .with_identity(identity)
        .with_name(identity.title())
        .with_grants(grants)
        .with_ttl(timedelta(seconds=lifetime_s))
        .to_jwt()
    )


class _Process:
    """A server as a child process; `command` says which."""

    name: str
    port = PORT
    url = f"ws://{ADDRESS}:{PORT}"

    def __init__(self, namespace: NetworkNamespace, folder: Path):
        self.namespace = namespace
        self.folder = folder
        self._child: Child | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def start(self) -> None:
        child = self._child = Child(
            self.namespace.command(*self.command()), log=self.folder / f"{self.name}.log"
        )
        try:
            self.namespace.wait_for_port(self.port, 30, running=lambda: child.running)
        except TimeoutError as error:
            tail = child.tail()
            self.stop()
            raise AssertionError(f"{error}\n{tail}") from None

    def stop(self) -> None:
        if self._child is not None:
            self._child.kill()  # livekit-server would wait for its participants to leave
            self._child = None


class LivekitServer(_Process):
    """The real livekit-server; `CELLCALL_LIVEKIT_SERVER` or the PATH names the program."""

    name = "livekit-server"
    key = _LIVEKIT_KEY
    secret = _LIVEKIT_SECRET
    ice_lite = False
    """Set before the start: it asks nobody for connectivity, so media keeps to the way through a
    line put in between."""

    @staticmethod
    def program() -> str | None:
        """Where it is, or None."""
        return shutil.which(os.environ.get("CELLCALL_LIVEKIT_SERVER") or "livekit-server")

    def command(self) -> list[str]:
        program = self.program()
        assert program is not None
        return [program, "--config-body", json.dumps(self.settings())]  # JSON is YAML

    def settings(self) -> dict[str, Any]:
        """Its configuration."""
        return {
            "port": PORT,
            "bind_addresses": [ADDRESS],
            "rtc": {
                "udp_port": UDP_PORT,
                "tcp_port": 7881,
                "use_external_ip": False,
                "node_ip": ADDRESS,
                "use_ice_lite": self.ice_lite,
                "stun_servers": [f"{ADDRESS}:3478"],
            },
            "keys": {self.key: self.secret},
            "logging": {"level": "info"},
        }


class Redis(_Process):
    """What the nodes of one installation of livekit-server tell one another by."""

    name = "redis-server"
    port = 6379

    @staticmethod
    def program() -> str | None:
        """Where it is, or None."""
        return shutil.which("redis-server")

    def command(self) -> list[str]:
        return [
            *("redis-server", "--bind", ADDRESS, "--port", str(self.port), "--save", ""),
            *("--appendonly", "no", "--protected-mode", "no", "--dir", str(self.folder)),
        ]


class LivekitNode(LivekitServer):
    """One of several; `number` is 0, 1, ..."""

    def __init__(self, namespace: NetworkNamespace, folder: Path, number: int):
        super().__init__(namespace, folder)
        self.name = f"livekit-node-{number}"
        self.port = PORT + 10 * number
        self.url = f"ws://{ADDRESS}:{self.port}"
        self._number = number

    def settings(self) -> dict[str, Any]:
        settings = super().settings()
        settings["port"] = self.port
        settings["rtc"]["udp_port"] += self._number
        settings["rtc"]["tcp_port"] += 10 * self._number
        return settings | {"redis": {"address": f"{ADDRESS}:{Redis.port}"}}


class EmbeddedServer(_Process):
    """`cellcall serve`; its keys are read from its state folder, as a trusted program would."""

    name = "cellcall-serve"
    key = ISSUER

    @property
    def secret(self) -> str:
        """Signs access tokens; there once the server has started, and kept across restarts."""
        kept = json.loads((self._state / FILE_NAME).read_text())
        secret: str = kept["signingSecret"]
        return secret

    @property
    def _state(self) -> Path:
        return self.folder / "state"

    def command(self) -> list[str]:
        return [
            *(sys.executable, "-m", "tui", "serve"),
            *("--host", ADDRESS, "--port", str(PORT), "--udp-port", str(UDP_PORT)),
            *("--state", str(self._state)),
        ]


class SecureServer(EmbeddedServer):
    """`cellcall serve` over TLS, where browsers give devices; clients need `SSL_CERT_FILE`."""

    url = f"wss://{ADDRESS}:{PORT}"

    def __init__(self, namespace: NetworkNamespace, folder: Path):
        super().__init__(namespace, folder)
        self.certificate = make_certificate(folder, ADDRESS)

    def command(self) -> list[str]:
        return [*super().command(), "--cert", str(self.certificate)]

    def links(self, *words: str) -> str:
        """What `cellcall links` prints, asked of the server while it serves."""
        command = (sys.executable, "-m", "tui", "links", "--state", str(self._state), *words)
        ran = subprocess.run(self.namespace.command(*command), capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout


def join_link(server: Server, room: str, identity: str, *, lifetime_s: float = 1800) -> str:
    """What somebody called `identity` gets to open in a browser."""
    address = server.url.replace("ws", "http", 1)
    token = access_token(server, room, identity, lifetime_s=lifetime_s)
    return f"{address}/join/{room}#token={token}"
