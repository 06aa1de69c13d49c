"""Calls that run on this machine for this user: each engine leaves a note where it can be found.

A note says where the engine's socket is and what it expects; the folder is private, as the sockets
are. An engine that was killed leaves its note behind: whoever finds that nobody answers removes it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from pathlib import Path
from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.snapshot import Snapshot
from tui.engine.wire import VERSION, WireError, decode_update, pack, read_frame

_LOOK_S: Final = 2.0
_NOTE_MAX_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class RunningCall:
    """An engine that answered."""

    socket: Path
    token: str
    snapshot: Snapshot
    front_ends: int
    """How many show it now."""


def leave_note(folder: Path, socket: Path, token: str) -> Path:
    """Write where this process's engine is; remove the note when it ends.

    Raises:
        OSError: It can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{os.getpid()}.json"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump({"socket": str(socket), "token": token}, file)
    return path


async def running_calls(folder: Path) -> list[RunningCall]:
    """Calls somebody is in, the oldest first."""
    found: list[RunningCall] = []
    for note in _notes(folder):
        with contextlib.suppress(OSError, ValueError, WireError, TimeoutError):
            call = await _look(note)
            if call is not None and call.snapshot.in_session:
                found.append(call)
    return sorted(found, key=lambda call: call.snapshot.joined_at_ms)


def _notes(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json")) if folder.is_dir() else []


def _read(note: Path) -> object:
    with note.open("rb") as file:
        return json.loads(file.read(_NOTE_MAX_BYTES))


def _remove(note: Path) -> None:
    note.unlink(missing_ok=True)


async def _look(note: Path) -> RunningCall | None:
    match _read(note):
        case {"socket": str(socket), "token": str(token)}:
            pass
        case _:
            return None
    try:
        reader, writer = await asyncio.open_unix_connection(socket, limit=2**20)
    except (FileNotFoundError, ConnectionRefusedError):
        _remove(note)
        return None
    try:
        writer.write(pack({"version": VERSION, "token": token, "look": True}))
        async with asyncio.timeout(_LOOK_S):
            hello, first = await read_frame(reader), await read_frame(reader)
    finally:
        writer.close()
    if hello is None or first is None or hello.get("version") != VERSION:
        return None
    update = decode_update(first)
    if not isinstance(update, Snapshot):
        return None
    return RunningCall(Path(socket), token, update, int(hello.get("front_ends", 0)))
