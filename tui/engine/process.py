"""The engine's side of the socket: front ends come and go, the call goes on.

Detached (`tui.session.absence`), it waits for a front end until the time that was said. Otherwise a
lost front end (killed, hung up) means that nobody could mute: the microphone and the camera go
off at once, and when no front end is back within a grace period the call is left and the process
ends. A stopped front end costs nothing: its updates wait in a bounded outbox.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

from tui.domain.commands.call import KEPT_S
from tui.domain.commands.own import SetMuted, SetVideoPaused
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.snapshot import Phase, Snapshot
from tui.engine.outbox import Answer, Outbox
from tui.engine.shared_pictures import SharedPictures
from tui.engine.wire import (
    VERSION,
    WireError,
    decode_command,
    decode_stream,
    encode_error,
    encode_result,
    encode_stream,
    encode_update,
    pack,
    read_frame,
)
from tui.ports.handle import Update
from tui.session.core import SessionCore
from tui.session.seat import Seat

log = logging.getLogger(__name__)

GRACE_S: Final = 8.0
"""How long a call waits, silent, for a front end to come back."""
FIRST_FRONT_END_S: Final = 30.0
"""How long a fresh engine waits for its first front end."""
HELLO_S: Final = 5.0


class EngineServer:
    """Serves one session core to front ends over a local socket.

    Args:
        core: The session core; each front end gets a seat at it.
        pictures: Its slots.
        token: What a front end must show first; the socket's rights are 0600 besides.
    """

    def __init__(self, core: SessionCore, pictures: SharedPictures, token: str):
        self._core = core
        core.front_ends = lambda: max(1, len(self._front_ends))
        self._pictures = pictures
        self._token = token
        self._front_ends: set[_FrontEnd] = set()
        self._over = asyncio.Event()
        self._deserted: asyncio.TimerHandle | None = None
        self._silencing: set[asyncio.Task[None]] = set()

    async def serve(self, path: Path) -> None:
        """Serve until the last front end says goodbye or stays away; then leave and clean up."""
        server = await asyncio.start_unix_server(self._connected, path, limit=2**20)
        os.chmod(path, 0o600)
        self._desert_in(FIRST_FRONT_END_S)
        self._core.outlet.subscribe(self._notice_end)
        try:
            await self._over.wait()
        finally:
            server.close()
            for front_end in list(self._front_ends):
                front_end.close()
            await self._core.aclose()
            self._pictures.close()

    def stop(self) -> None:
        """Leave and end, as when the last front end has said goodbye."""
        self._over.set()

    def _desert_in(self, seconds: float) -> None:
        self._deserted = asyncio.get_running_loop().call_later(seconds, self._over.set)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        front_end = _FrontEnd(self._core, self._pictures, reader, writer)
        polite = admitted = False
        try:
            async with asyncio.timeout(HELLO_S):
                only_looks = await front_end.greet(self._token, len(self._front_ends))
            if only_looks:
                return
            if self._deserted is not None:
                self._deserted.cancel()
            self._front_ends.add(front_end)
            admitted = True
            polite = await front_end.serve()
        except (WireError, TimeoutError, ConnectionError) as error:
            log.warning("front end refused: %s", error)
        finally:
            self._front_ends.discard(front_end)
            if admitted and (self._front_ends or self._core.outlet.newest.away_until_ms):
                front_end.say_it_stays()
            front_end.close()
            if admitted:
                self._pictures.forget(front_end)
                if self._front_ends:
                    await front_end.seat.leave()
                else:
                    self._left_alone(polite=polite)

    def _left_alone(self, *, polite: bool) -> None:
        newest, call = self._core.outlet.newest, self._core.current.going
        if call is not None and newest.away_until_ms:
            self._desert_in(call.absence.left_s)
            return
        if polite or not newest.in_session:
            self._over.set()
            return
        if self._core.keeps_when_lost:
            log.warning("the front end is gone: the call goes on without")
            self._then(self._detach())
            self._desert_in(KEPT_S)
            return
        log.warning("the front end is gone: microphone and camera off")
        self._then(self._silence())
        self._desert_in(GRACE_S)

    def _then(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._silencing.add(task)
        task.add_done_callback(self._silencing.discard)

    def _notice_end(self, update: Update) -> None:
        """A call that nobody is before is over: nothing is left to wait for."""
        ended = isinstance(update, Snapshot) and update.phase is Phase.ENDED
        if ended and not self._front_ends:
            self._over.set()

    async def _detach(self) -> None:
        with contextlib.suppress(CallsError):
            await self._core.detach(KEPT_S)

    async def _silence(self) -> None:
        nobody = Seat(self._core)
        for command in (SetMuted(True), SetVideoPaused(True)):
            with contextlib.suppress(CallsError):
                await nobody.do(command)


class _FrontEnd:
    """One connected front end: its seat, its commands, and its outbox."""

    def __init__(
        self,
        core: SessionCore,
        pictures: SharedPictures,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ):
        self._core = core
        self.seat = Seat(core)
        self._pictures = pictures
        self._reader = reader
        self._writer = writer
        self.outbox = Outbox()

    async def greet(self, token: str, front_ends: int) -> bool:
        """Let it in; whether it only wants to look at the newest snapshot, and has it."""
        hello = await read_frame(self._reader)
        if hello is None:
            raise WireError("no greeting")
        if hello.get("version") != VERSION:
            self._writer.write(pack({"version": VERSION}))  # so that the other side can say why
            raise WireError(f"version {hello.get('version')!r}; this engine speaks {VERSION}")
        if not hmac.compare_digest(str(hello.get("token", "")).encode(), token.encode()):
            raise WireError("wrong token")
        self._writer.write(pack({"version": VERSION, "front_ends": front_ends}))
        if not hello.get("look"):
            return False
        self._writer.write(pack(encode_update(self._core.outlet.newest)))
        await self._writer.drain()
        return True

    async def serve(self) -> bool:
        """Serve this front end until it goes. Returns whether it said goodbye."""
        self.outbox.put(self._core.outlet.newest)
        unsubscribe = self._core.outlet.subscribe(self.outbox.put)
        try:
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(self._send())
                polite = await self._receive(tasks)
                sending.cancel()
            return polite
        except* (ConnectionError, WireError) as errors:
            log.warning("front end connection: %s", errors.exceptions[0])
        finally:
            unsubscribe()
        return False

    async def _receive(self, tasks: asyncio.TaskGroup) -> bool:
        running: set[asyncio.Task[None]] = set()
        polite = False
        while (frame := await read_frame(self._reader)) is not None:
            match frame:
                case {"do": str(), "id": int(number)}:
                    task = tasks.create_task(self._do(number, frame))
                    running.add(task)
                    task.add_done_callback(running.discard)
                case {
                    "show": shown,
                    "width": int(width),
                    "height": int(height),
                    "fps": float(fps),
                }:
                    stream = decode_stream(shown)
                    path = self._pictures.want(self, stream, width, height)
                    self.outbox.put(Answer({"slot": encode_stream(stream), "path": path}))
                    self.seat.show_picture(stream, width, height, fps)
                case {"bye": _}:
                    polite = True
                    break
                case _:
                    raise WireError("a frame of no known kind")
        for task in running:
            task.cancel()
        return polite

    async def _do(self, number: int, frame: dict[str, Any]) -> None:
        name = frame["do"]
        try:
            command = decode_command(name, frame.get("with"))
            result = await self.seat.do(command, action=str(frame.get("action", "")))
            answer = {"ok": encode_result(command, result)}
        except CallsError as error:
            answer = {"error": encode_error(error)}
        except WireError as error:
            refused = CallsError(ErrorCode.VALIDATION, str(error))
            answer = {"error": encode_error(refused)}
        except Exception:
            log.exception("command %s failed", name)
            fault = CallsError(ErrorCode.UNKNOWN, "The engine had a fault. The log says more.")
            answer = {"error": encode_error(fault)}
        self.outbox.put(Answer({"id": number, **answer}))

    async def _send(self) -> None:
        while True:
            for item in await self.outbox.take():
                frame = item.frame if isinstance(item, Answer) else encode_update(item)
                self._writer.write(pack(frame))
            await self._writer.drain()

    def say_it_stays(self) -> None:
        """The last word to a front end that goes: the engine lives on."""
        self._writer.write(pack({"stays": True}))

    def close(self) -> None:
        self._writer.close()
