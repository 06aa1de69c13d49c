"""The composition root: the only module that knows every part by name.

It makes handles. A local one holds the session in this process; an engine one spawns the engine
process and holds it over a socket, so that a stalled or killed screen never reaches the media.
Heavy imports stay inside functions: a command pays only for what it uses.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, assert_never

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.join import JitsiJoin, LiveKitJoin
from tui.domain.loading import uncollected
from tui.domain.log_limit import LogLimit
from tui.ports.handle import Handle

if TYPE_CHECKING:
    from tui.devices.fed import Feed
    from tui.domain.join import TransportDocument
    from tui.engine.local import LocalHandle
    from tui.engine.running import RunningCall
    from tui.ports.devices import Devices
    from tui.ports.service import RoomAdmin
    from tui.ports.slots import PictureSlots
    from tui.ports.transport import Transport
    from tui.server.embedded import EmbeddedServer
    from tui.server.serve_config import ServeConfig
    from tui.session.world import World
    from tui.wire.known_servers import KnownServers

log = logging.getLogger(__name__)

TOKEN_VARIABLE: Final = "CELLCALL_ENGINE_TOKEN"
_GUEST_VARIABLE: Final = "CELLCALL_ENGINE_GUEST"
ENGINE_START_S: Final = 60.0
_SWITCH_INTERVAL_S: Final = 0.001
"""Thread switch interval of the engine: sound callbacks wait at most this (spec audio 3)."""
_NICE: Final = -10


async def open_local_handle(*, devices: Devices | None = None) -> LocalHandle:
    """A session in this process: `--headless`, bots, library use."""
    from tui.engine.local import LocalHandle
    from tui.engine.slots import MemoryPictures
    from tui.session.core import SessionCore

    pictures = MemoryPictures()
    return LocalHandle(SessionCore(make_world(pictures, devices)), pictures)


def make_feed(size: tuple[int, int], fps: float) -> Feed:
    """Devices of a program's own: what it feeds is sent."""
    from tui.devices.fed import Feed

    return Feed(size, fps)


async def running_calls() -> list[RunningCall]:
    """Calls of this user on this machine, the oldest first."""
    from tui.engine.running import running_calls

    return await running_calls(_calls_folder())


async def attach_to(call: RunningCall) -> Handle:
    """Hold the session of a running engine; it goes on when it is let go, if it was detached.

    Raises:
        CallsError: `ERROR_CONNECTION_FAILED` when it has ended since, or refuses.
    """
    from tui.engine.remote import RemoteHandle

    async def release() -> None:
        """The engine ends by itself."""

    try:
        return await RemoteHandle.connect(call.socket, call.token, release)
    except OSError as error:
        raise CallsError(ErrorCode.CONNECTION_FAILED, "The call has ended.") from error


def _calls_folder() -> Path:
    import platformdirs

    return platformdirs.user_state_path("cellcall", appauthor=False) / "calls"


class EngineProcess(Protocol):
    """What there is to know of a process."""

    def poll(self) -> int | None:
        """None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it is gone; raises after `timeout` seconds."""

    def kill(self) -> None:
        """End it at once."""


Bear = Callable[[Sequence[str], Sequence[int], Mapping[str, str]], Awaitable[EngineProcess]]
"""Starts `cellcall ARGUMENTS` with three descriptors and added variables."""


async def open_engine_handle(
    *,
    log_file: Path | None = None,
    guest: bool = False,
    lasting: bool = False,
    bear: Bear | None = None,
) -> Handle:
    """Spawn the engine process and hold its session.

    Args:
        guest: It has no devices and starts no programs.
        bear: Starts it, where its libraries are loaded already; None: it is spawned.
        log_file: Where the engine's log and everything C libraries print goes; None: nowhere.
        lasting: It may outlive the person's login, with which some folders go.

    Raises:
        CallsError: `ERROR_CONNECTION_FAILED` when the process does not come up.
    """
    from tui.engine.remote import RemoteHandle

    folder = _runtime_folder(lasting=lasting)
    path = folder / "engine"
    token = secrets.token_urlsafe(24)
    told = {TOKEN_VARIABLE: token, _GUEST_VARIABLE: "1" if guest else ""}
    with (log_file or Path(os.devnull)).open("ab") as out:
        streams = (subprocess.DEVNULL, out.fileno(), out.fileno())
        process = await (bear or _spawned)(("engine", str(path)), streams, told)

    async def release() -> None:
        try:
            await asyncio.to_thread(process.wait, 3.0)
        except (subprocess.TimeoutExpired, TimeoutError):
            process.kill()
            await asyncio.to_thread(process.wait)
        shutil.rmtree(folder, ignore_errors=True)

    deadline = time.monotonic() + ENGINE_START_S
    while True:
        try:
            return await RemoteHandle.connect(path, token, release)
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                await release()
                raise CallsError(
                    ErrorCode.CONNECTION_FAILED,
                    "The call's engine process did not start. The log says why"
                    + (f": {log_file}." if log_file else "; run `cellcall doctor`."),
                ) from None
        await asyncio.sleep(0.01)


async def _spawned(
    arguments: Sequence[str], streams: Sequence[int], environment: Mapping[str, str]
) -> EngineProcess:
    return subprocess.Popen(  # noqa: ASYNC220 - returns at once
        [sys.executable, "-m", "tui", *arguments],
        env={**os.environ, **environment},
        stdin=streams[0],
        stdout=streams[1],
        stderr=streams[2],
        # Its own session: a hang-up or ctrl+c of the terminal is the front end's business.
        start_new_session=True,
    )


def run_engine(socket_path: str) -> None:
    """The engine process: serve one session core until its front ends are gone."""
    from tui.engine.process import EngineServer
    from tui.engine.running import leave_note
    from tui.engine.shared_pictures import SharedPictures
    from tui.session.core import SessionCore

    handler = logging.StreamHandler()
    handler.addFilter(LogLimit())
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=[handler],
    )
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    with contextlib.suppress(OSError):
        # Sound comes before pictures; only root or a generous limit may ask for it.
        os.nice(_NICE)
    path, notes = Path(socket_path), list[Path]()

    async def serve() -> None:
        token = os.environ.pop(TOKEN_VARIABLE, "")
        guest = bool(os.environ.pop(_GUEST_VARIABLE, ""))
        if not guest:  # a guest's call is nobody's of this machine
            with contextlib.suppress(OSError):  # nobody can attach then
                notes.append(leave_note(_calls_folder(), path, token))
        pictures = SharedPictures(path.parent)
        core = SessionCore(make_world(pictures, guest=guest))
        server = EngineServer(core, pictures, token)
        # A machine that shuts down asks this way: others should see us leave, not fade.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
        loading = asyncio.create_task(asyncio.to_thread(_load_transport))
        try:
            await server.serve(path)
        finally:
            await loading

    try:
        asyncio.run(serve())
    finally:
        for note in notes:
            note.unlink(missing_ok=True)
        # A front end that was killed can't remove the folder any more.
        shutil.rmtree(path.parent, ignore_errors=True)


def _load_transport() -> None:
    """Load what a join needs while the person is still signing in; a join waits for the rest."""
    with uncollected():
        from tui.transport.livekit import transport

    log.debug("loaded %s", transport.__name__)


def make_server(config: ServeConfig) -> EmbeddedServer:
    """The embedded server, not yet started."""
    from tui.server.embedded import EmbeddedServer

    return EmbeddedServer(config)


def make_world(
    slots: PictureSlots, devices: Devices | None = None, *, guest: bool = False
) -> World:
    """Service, transports and devices of the real world; a guest has none of the last."""
    from tui.devices.local import LocalDevices
    from tui.devices.nothing import NoDevices, NoVoice
    from tui.devices.recogniser.process import LocalRecognisers
    from tui.devices.recording.recorder import FileRecordings
    from tui.devices.speech_programs import SpeechPrograms
    from tui.service.jitsi_sites import HttpJitsiSites
    from tui.service.rest import RestService
    from tui.service.round_trips import HttpProbe
    from tui.session.world import World
    from tui.wire.address import read_address

    known = known_servers()
    return World(
        make_service=lambda app: RestService(app, known=known),
        make_transport=_make_transport,
        probe=HttpProbe(known=known),
        devices=devices or (NoDevices() if guest else LocalDevices()),
        synthesizer=NoVoice() if guest else SpeechPrograms(),
        slots=slots,
        recognisers=None if guest else LocalRecognisers(),
        recordings=FileRecordings(),
        jitsi_sites=HttpJitsiSites(),
        meet=lambda address, certificate: known.learn(read_address(address), certificate),
    )


def known_servers() -> KnownServers:
    """Servers with certificates of their own that were met on this machine."""
    import platformdirs

    from tui.wire.known_servers import KnownServers

    folder = platformdirs.user_state_path("cellcall", appauthor=False)
    return KnownServers(folder / "known_servers")


def _make_transport(document: TransportDocument) -> Transport:
    match document:
        case LiveKitJoin():
            from tui.transport.livekit.transport import LiveKitTransport

            return LiveKitTransport(make_room_admin=_make_room_admin, known=known_servers())
        case JitsiJoin():
            from tui.service.jitsi_sites import HttpJitsiSites
            from tui.transport.jitsi.transport import JitsiTransport

            return JitsiTransport(ask_conference=HttpJitsiSites().open_conference)
        case _:
            assert_never(document)


def _make_room_admin(url: str, token: str) -> RoomAdmin:
    from tui.service.room_admin import TwirpRoomAdmin

    return TwirpRoomAdmin(url, token, known=known_servers())


def _runtime_folder(*, lasting: bool) -> Path:
    """A fresh folder only this user can enter, in memory where the system has a place for it.

    Those are emptied when the last login ends (logind, RemoveIPC).
    """
    for parent in (None,) if lasting else (os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm", None):
        with contextlib.suppress(OSError):
            if parent is None or os.access(parent, os.W_OK):
                return Path(tempfile.mkdtemp(prefix="cellcall-", dir=parent))
    raise CallsError(
        ErrorCode.CONNECTION_FAILED,
        "No folder for the engine's socket can be made. Set TMPDIR to one you can write to.",
    )
