"""Servers for the contract suites: in this process, the embedded one, the real livekit-server.

`ScriptedRig` has no server: the others are the script's own people, who do what it says and look
at nothing. So whatever two clients say to one another can't be asked of it, which is most of
`test_contract`; `test_contract_alone` asks it, as everybody else, what one client sees.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import httpx

from tests.fakes.echo import EchoJoin, EchoRoom, EchoTransport
from tests.fakes.jitsi.bed import DOMAIN
from tests.fakes.loopback import LoopbackHub, LoopbackTransport
from tests.tokens import issued
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import TrackSource
from tui.domain.join import JitsiJoin, LiveKitJoin, TransportDocument
from tui.domain.snapshot import User
from tui.ports.transport import Transport
from tui.ports.transport_events import DisconnectReason
from tui.sdk.testing import steps
from tui.sdk.testing.cast import Cast
from tui.sdk.testing.clock import ScriptClock
from tui.sdk.testing.transport import Room, ScriptedTransport
from tui.server.access import JwtAccess
from tui.service.room_admin import TwirpRoomAdmin
from tui.transport.backoff import Backoff
from tui.transport.jitsi.transport import JitsiTransport
from tui.transport.livekit.transport import LiveKitTransport

KEY, SECRET = "devkey", "a-secret-of-more-than-thirty-two-bytes"
START_TIMEOUT_S = 60.0


class Rig(Protocol):
    """What the contract tests need of a server."""

    name: str
    hears_levels: bool
    new_id_every_time: bool
    """Who joins again is another participant with the same uid."""

    def transport(self) -> Transport: ...
    def document(
        self, room: str, identity: str, *, moderator: bool = False
    ) -> TransportDocument: ...
    def forged(self) -> TransportDocument: ...
    async def remove(self, room: str, identity: str) -> None: ...
    async def end(self, room: str) -> None: ...
    async def mute(self, room: str, identity: str, sid: str) -> None: ...
    async def kill(self) -> None: ...
    async def restart(self) -> None: ...
    def close(self) -> None: ...


class LoopbackRig:
    name = "loopback"
    hears_levels = True
    new_id_every_time = False

    def __init__(self) -> None:
        self._hub = LoopbackHub()

    def transport(self) -> Transport:
        return LoopbackTransport(self._hub)

    def document(self, room: str, identity: str, *, moderator: bool = False) -> LiveKitJoin:
        token = self._hub.token(room, identity, name=identity.title(), moderator=moderator)
        return LiveKitJoin("ws://loopback", token)

    def forged(self) -> LiveKitJoin:
        return LiveKitJoin("ws://loopback", "not-a-token")

    async def remove(self, room: str, identity: str) -> None:
        self._hub.remove(room, identity)

    async def end(self, room: str) -> None:
        self._hub.end_session(room)

    async def mute(self, room: str, identity: str, sid: str) -> None:
        self._hub.mute(room, identity, TrackSource.MICROPHONE)

    async def kill(self) -> None:
        self._hub.stop()

    async def restart(self) -> None:
        self._hub.start()

    def close(self) -> None:
        pass


class EchoRig:
    name = "echo"
    hears_levels = True
    new_id_every_time = True

    def __init__(self) -> None:
        self._rooms: dict[str, EchoRoom] = {}

    def transport(self) -> EchoTransport:
        return EchoTransport()

    def document(self, room: str, identity: str, *, moderator: bool = False) -> EchoJoin:
        return EchoJoin(self._room(room), identity, identity.title(), moderator)

    def forged(self) -> EchoJoin:
        return EchoJoin(None)

    async def remove(self, room: str, identity: str) -> None:
        self._room(room).dismiss(identity, DisconnectReason.REMOVED)

    async def end(self, room: str) -> None:
        self._room(room).end()

    async def mute(self, room: str, identity: str, sid: str) -> None:
        self._room(room).mute(identity, TrackSource.MICROPHONE)

    async def kill(self) -> None:
        for room in self._rooms.values():
            room.stop()

    async def restart(self) -> None:
        for room in self._rooms.values():
            room.up = True

    def close(self) -> None:
        pass

    def _room(self, name: str) -> EchoRoom:
        return self._rooms.setdefault(name, EchoRoom(name))


class ScriptedRig:
    """A script for each client."""

    name = "scripted"
    hears_levels = False
    new_id_every_time = False

    def __init__(self) -> None:
        self._newest = self._new()
        self._rooms: dict[str, Room] = {}

    def _new(self) -> Room:
        return Room(Cast(("Bo Chen",), "none"), ScriptClock(), User("nobody", "Nobody"))

    def transport(self) -> Transport:
        self._newest = self._new()
        return ScriptedTransport(self._newest, began=lambda: None)

    def document(self, room: str, identity: str, *, moderator: bool = False) -> LiveKitJoin:
        self._newest.session_id = room
        self._newest.user = User(identity, identity.title())
        self._newest.may_moderate = moderator
        self._rooms[room] = self._newest
        return LiveKitJoin("ws://scripted", "")

    def forged(self) -> LiveKitJoin:
        self._newest.refuse = CallsError(ErrorCode.CALL_TOKEN_REFUSED, "The script refuses.")
        return LiveKitJoin("ws://scripted", "not-a-token")

    async def remove(self, room: str, identity: str) -> None:
        self._rooms[room].do(steps.Removed())

    async def end(self, room: str) -> None:
        self._rooms[room].do(steps.EndsForAll())

    async def mute(self, room: str, identity: str, sid: str) -> None:
        self._rooms[room].do(steps.MutesUs())

    async def kill(self) -> None:
        for room in self._rooms.values():
            room.do(steps.ConnectionLost())

    async def restart(self) -> None:
        for room in self._rooms.values():
            room.do(steps.ConnectionRestored())

    def close(self) -> None:
        pass


class ProcessRig:
    """A server in a process of its own, on loopback."""

    name: str
    new_id_every_time = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port, self._udp_port = _free_port(socket.SOCK_STREAM), _free_port(socket.SOCK_DGRAM)
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self._port}"

    async def kill(self) -> None:
        await asyncio.to_thread(self.close)

    async def restart(self) -> None:
        await asyncio.to_thread(self.start)

    def pause(self) -> None:
        """Nothing comes of it any more, as if the network were away."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def start(self) -> None:
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(), stdout=log, stderr=log, env={**os.environ, **self._environment()}
            )
        until = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < until:
            if self._process.poll() is not None:
                raise RuntimeError((self._folder / "server.log").read_text()[-2000:])
            try:
                socket.create_connection(("127.0.0.1", self._port), 0.2).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        self.close()
        raise RuntimeError(f"{self.name} did not start within {START_TIMEOUT_S:.0f} s")

    def close(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _command(self) -> list[str]:
        raise NotImplementedError

    def _environment(self) -> Mapping[str, str]:
        return {}


class LiveKitRig(ProcessRig):
    _access = JwtAccess({KEY: SECRET})

    def transport(self) -> Transport:
        return LiveKitTransport(backoff=Backoff(first_s=0.2), make_room_admin=TwirpRoomAdmin)

    def token(self, room: str, identity: str, *, moderator: bool = False) -> str:
        return issued(
            self._access,
            identity,
            room,
            name=identity.title(),
            room_admin=moderator,
            room_create=moderator,
        )

    def document(self, room: str, identity: str, *, moderator: bool = False) -> LiveKitJoin:
        return LiveKitJoin(self.url, self.token(room, identity, moderator=moderator), moderator)

    def forged(self) -> LiveKitJoin:
        return LiveKitJoin(self.url, "not-a-token")

    async def remove(self, room: str, identity: str) -> None:
        await self._ask("RemoveParticipant", room=room, identity=identity)

    async def end(self, room: str) -> None:
        await self._ask("DeleteRoom", room=room)

    async def mute(self, room: str, identity: str, sid: str) -> None:
        await self._ask(
            "MutePublishedTrack", room=room, identity=identity, trackSid=sid, muted=True
        )

    async def _ask(self, method: str, **message: Any) -> None:
        admin = issued(
            self._access,
            "admin",
            message["room"],
            room_admin=True,
            room_create=True,
            room_list=True,
        )
        async with httpx.AsyncClient(trust_env=False) as client:
            response = await client.post(
                f"http://127.0.0.1:{self._port}/twirp/livekit.RoomService/{method}",
                json=message,
                headers={"Authorization": f"Bearer {admin}"},
                timeout=10,
            )
        assert response.status_code == 200, response.text


class EmbeddedRig(LiveKitRig):
    name = "embedded"
    hears_levels = True

    def _command(self) -> list[str]:
        return [
            sys.executable,
            "-m",
            "tests.transport.serve_embedded",
            str(self._port),
            str(self._udp_port),
        ]


class RealRig(LiveKitRig):
    name = "livekit-server"
    hears_levels = False
    """It does not negotiate the audio level with receivers."""

    def _command(self) -> list[str]:
        binary = find_livekit_server()
        assert binary is not None
        config = self._folder / "livekit.yaml"
        config.write_text(
            f"port: {self._port}\n"
            "bind_addresses: [127.0.0.1]\n"
            f"rtc: {{udp_port: {self._udp_port}, tcp_port: 0, enable_loopback_candidate: true,"
            " use_external_ip: false, node_ip: 127.0.0.1, stun_servers: ['127.0.0.1:9']}\n"
            f"keys: {{{KEY}: {SECRET}}}\n"
            "logging: {level: info}\n"
        )
        return [binary, "--config", str(config)]


class JitsiRig(ProcessRig):
    """A server of ours as a Jitsi one, with our part of an XMPP server."""

    name = "jitsi"
    hears_levels = True
    new_id_every_time = True

    def __init__(self, folder: Path) -> None:
        self._control_port = _free_port(socket.SOCK_STREAM)
        self._bridge_port = _free_port(socket.SOCK_STREAM)
        super().__init__(folder)

    def transport(self) -> Transport:
        return JitsiTransport(backoff=Backoff(first_s=0.2))

    def document(self, room: str, identity: str, *, moderator: bool = False) -> JitsiJoin:
        return self._document(room, identity, "moderator" if moderator else "")

    def forged(self) -> JitsiJoin:
        return self._document("room", "nobody", "not-a-token")

    async def remove(self, room: str, identity: str) -> None:
        await self._order("kick", room, identity)

    async def end(self, room: str) -> None:
        await self._order("end", room)

    async def mute(self, room: str, identity: str, sid: str) -> None:
        await self._order("mute", room, identity)

    def _document(self, room: str, identity: str, token: str) -> JitsiJoin:
        return JitsiJoin(
            service_url=f"{self.url}/xmpp-websocket",
            token=token,
            room=room,
            domain=DOMAIN,
            muc=f"conference.{DOMAIN}",
            user=User(identity, identity.title()),
        )

    async def _order(self, *words: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._control_port)
        writer.write(json.dumps(words).encode() + b"\n")
        assert await asyncio.wait_for(reader.readline(), 10) == b"done\n"
        writer.close()

    def _command(self) -> list[str]:
        ports = (self._port, self._bridge_port, self._control_port)
        return [sys.executable, "-m", "tests.fakes.jitsi.serve", *map(str, ports)]


class ProsodyRig(JitsiRig):
    """The same with Debian's prosody."""

    name = "prosody"

    def close(self) -> None:
        pidfile = self._folder / "prosody" / "prosody.pid"
        if pidfile.exists():
            os.kill(int(pidfile.read_text()), signal.SIGKILL)
            pidfile.unlink()
        super().close()

    def _command(self) -> list[str]:
        component = str(_free_port(socket.SOCK_STREAM))
        folder = str(self._folder / "prosody")
        return [*super()._command(), "--prosody", folder, "--component", component]


def find_livekit_server() -> str | None:
    """The real server's binary, from the environment or the PATH."""
    named = os.environ.get("CELLCALL_LIVEKIT_SERVER")
    if named:
        return named if Path(named).is_file() else None
    return shutil.which("livekit-server")


def _free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
