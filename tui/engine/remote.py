"""A handle on a session in the engine process, over its socket."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final, TypeVar

from tui.domain.commands import Command
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import StreamId
from tui.domain.snapshot import Snapshot
from tui.domain.text import clean
from tui.engine.outbox import Answer, Outbox
from tui.engine.slots import SlotReader
from tui.engine.wire import (
    VERSION,
    WireError,
    decode_error,
    decode_result,
    decode_stream,
    decode_update,
    encode_command,
    encode_stream,
    pack,
    read_frame,
)
from tui.ports.handle import EngineGone, Picture, Update

R = TypeVar("R")

log = logging.getLogger(__name__)

GOODBYE_S: Final = 3.0
_GONE: Final = "The call's engine process ended. Start cellcall again; the log says more."


class RemoteHandle:
    """A seat at the engine's session: commands as frames. Make it with `connect`."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        release: Callable[[], Awaitable[None]],
    ):
        self._reader = reader
        self._writer = writer
        self._release = release
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._outboxes: list[Outbox] = []
        self._slots: dict[StreamId, SlotReader] = {}
        self._snapshot = Snapshot()
        self._gone = False
        self._closed = False
        self._stays = False
        """The engine lives on without us."""
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def connect(
        cls, path: Path, token: str, release: Callable[[], Awaitable[None]]
    ) -> RemoteHandle:
        """Join a running engine.

        Args:
            path: Its socket.
            token: What it expects.
            release: Awaited once the connection is over (ends the process, removes the folder).

        Raises:
            CallsError: `ERROR_CONNECTION_FAILED` when it refuses or speaks another version.
            OSError: When nothing listens there.
        """
        reader, writer = await asyncio.open_unix_connection(path, limit=2**20)
        writer.write(pack({"version": VERSION, "token": token}))
        hello = await read_frame(reader)
        if hello is None or hello.get("version") != VERSION:
            writer.close()
            raise CallsError(ErrorCode.CONNECTION_FAILED, _refused(hello))
        handle = cls(reader, writer, release)
        first = await read_frame(reader)
        if first is not None:
            handle._take(first)
        handle._reading = asyncio.create_task(handle._read(), name="engine-updates")
        return handle

    # ---- the connection
    async def _read(self) -> None:
        try:
            while (frame := await read_frame(self._reader)) is not None:
                self._take(frame)
        except (WireError, ConnectionError) as error:
            log.warning("engine connection: %s", error)
        finally:
            self._gone = True
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(CallsError(ErrorCode.CONNECTION_FAILED, _GONE))
            for outbox in self._outboxes:
                outbox.put(EngineGone(_GONE))

    def _take(self, frame: dict[str, Any]) -> None:
        match frame:
            case {"push": _}:
                update = decode_update(frame)
                if isinstance(update, Snapshot):
                    self._snapshot = update
                for outbox in self._outboxes:
                    outbox.put(update)
            case {"id": int(number)}:
                future = self._waiting.get(number)
                if future is not None and not future.done():
                    future.set_result(frame)
            case {"stays": True}:
                self._stays = True
            case {"slot": slot, "path": str(path)}:
                self._map_slot(decode_stream(slot), path)
            case _:
                raise WireError("a frame of no known kind")

    def _map_slot(self, stream: StreamId, path: str) -> None:
        old = self._slots.pop(stream, None)
        if old is not None:
            old.close()
        if path:
            # The raster may have changed again already; then its next path follows.
            with contextlib.suppress(FileNotFoundError):
                self._slots[stream] = SlotReader(Path(path))

    async def do(self, command: Command[R], *, action: str = "") -> R:
        """See `Handle`."""
        if self._gone or self._closed:
            raise CallsError(ErrorCode.CONNECTION_FAILED, _GONE)
        number = next(self._numbers)
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            self._write({"id": number, **encode_command(command), "action": action})
            answer = await future
        finally:
            self._waiting.pop(number, None)
        if "error" in answer:
            raise decode_error(answer["error"])
        return decode_result(command, answer.get("ok"))

    def _write(self, frame: dict[str, Any]) -> None:
        self._writer.write(pack(frame))

    # ---- what comes down
    def snapshot(self) -> Snapshot:
        """See `Handle`."""
        return self._snapshot

    async def updates(self) -> AsyncIterator[Update]:
        """See `Handle`."""
        outbox = Outbox()
        outbox.put(self._snapshot)
        if self._gone:
            outbox.put(EngineGone(_GONE))
        self._outboxes.append(outbox)
        try:
            while True:
                for update in await outbox.take():
                    if isinstance(update, Answer):
                        continue
                    yield update
                    if isinstance(update, EngineGone):
                        return
        finally:
            self._outboxes.remove(outbox)

    def show_picture(self, stream: StreamId, width: int, height: int, fps: float = 0.0) -> None:
        """See `Handle`."""
        if not self._gone and not self._closed:
            self._write(
                {"show": encode_stream(stream), "width": width, "height": height, "fps": float(fps)}
            )

    def picture(self, stream: StreamId) -> Picture | None:
        """See `Handle`."""
        slot = self._slots.get(stream)
        return slot.newest() if slot is not None else None

    async def close(self) -> None:
        """See `Handle`. The engine ends, unless the call is detached or somebody else shows it."""
        if self._closed:
            return
        self._closed = True
        if not self._gone:
            self._write({"bye": True})
        if self._reading is not None:
            # The engine closes the connection when it has left.
            await asyncio.wait([self._reading], timeout=GOODBYE_S)
            self._reading.cancel()
        self._writer.close()
        for slot in self._slots.values():
            slot.close()
        self._slots.clear()
        if not self._stays:
            await self._release()


def _refused(hello: dict[str, Any] | None) -> str:
    if hello is None:
        return "The engine process refused. Start cellcall again."
    theirs = clean(str(hello.get("version")), 20)
    return (
        f"The engine process is of another version of cellcall: it speaks version {theirs} of their"
        f" language, this program {VERSION}. Leave its call with the cellcall that began it, then"
        " start again."
    )
