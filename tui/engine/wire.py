"""What engine and front end say to one another over the socket: framed JSON, versioned and typed.

Each frame is a four-byte length and one JSON object. A command's fields and its answer are typed by
its class, so it can't be spelled or typed differently on the two sides.
"""

from __future__ import annotations

import asyncio
import json
import struct
from functools import cache
from typing import Any, Final, TypeVar, get_args

from pydantic import TypeAdapter, ValidationError

from tui.domain.commands import KINDS, Command
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import HAPPENINGS
from tui.domain.ids import ParticipantId, StreamId, TrackSource
from tui.domain.snapshot import Levels, Snapshot
from tui.ports.handle import EngineGone, Update

VERSION: Final = 3
MAX_FRAME_BYTES: Final = 4 * 1024 * 1024
_LENGTH: Final = struct.Struct("!I")


class WireError(Exception):
    """A frame that does not fit; the connection is closed."""


R = TypeVar("R")
_KINDS: Final = {kind.__name__: kind for kind in KINDS}


@cache
def _fields(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(_KINDS[name])


@cache
def _result(name: str) -> TypeAdapter[Any]:
    """The type of a command's answer: `User` for `class Login(Command[User])`."""
    (base,) = _KINDS[name].__orig_bases__  # type: ignore[attr-defined]
    (result,) = get_args(base)
    return TypeAdapter(result)


def encode_command(command: Command[Any]) -> dict[str, Any]:
    """A command as its name and its fields."""
    name = type(command).__name__
    return {"do": name, "with": _fields(name).dump_python(command, mode="json")}


def decode_command(name: str, fields: Any) -> Command[Any]:
    """The command back. Raises `WireError` for an unknown one, or fields that do not fit."""
    if name not in _KINDS:
        raise WireError(f"unknown command {name[:40]!r}")
    try:
        command: Command[Any] = _fields(name).validate_python(fields)
    except ValidationError as error:
        raise WireError(f"{name}: {error}") from error
    return command


def encode_result(command: Command[R], result: R) -> Any:
    """What a command was answered with, as JSON values."""
    return _result(type(command).__name__).dump_python(result, mode="json")


def decode_result(command: Command[R], value: Any) -> R:
    """The answer back, typed."""
    result: R = _result(type(command).__name__).validate_python(value)
    return result


def encode_error(error: CallsError) -> dict[str, Any]:
    """An error as JSON."""
    return {"code": error.code, "description": error.description, "field": error.field}


def decode_error(raw: Any) -> CallsError:
    """JSON back as an error."""
    match raw:
        case {"code": str(code), "description": str(description)}:
            field = raw.get("field")
            return CallsError(code, description, field=field if isinstance(field, str) else None)
        case _:
            pass
    return CallsError(ErrorCode.UNKNOWN, "The engine answered with something unknown.")


_UPDATES: Final[dict[str, type[Update]]] = {
    kind.__name__: kind for kind in (Snapshot, Levels, EngineGone, *HAPPENINGS)
}


@cache
def _update_adapter(name: str) -> TypeAdapter[Any]:
    # Made when first needed: making all of them takes long, and a call needs few.
    return TypeAdapter(_UPDATES[name])


def encode_update(update: Update) -> dict[str, Any]:
    """An update as a push."""
    name = type(update).__name__
    return {"push": name, "data": _update_adapter(name).dump_python(update, mode="json")}


def decode_update(frame: dict[str, Any]) -> Update:
    """A push back as an update. Raises `WireError`."""
    name = str(frame.get("push"))
    if name not in _UPDATES:
        raise WireError(f"unknown push {name[:40]!r}")
    try:
        update: Update = _update_adapter(name).validate_python(frame.get("data"))
    except ValidationError as error:
        raise WireError(str(error)) from error
    return update


def encode_stream(stream: StreamId) -> list[Any]:
    """What names a stream, as JSON."""
    return [stream.participant, stream.source, stream.number]


def decode_stream(raw: Any) -> StreamId:
    """JSON back as a stream. Raises `WireError`."""
    match raw:
        case [str(who), str(source), int(number)] if source in set(TrackSource):
            return StreamId(ParticipantId(who), TrackSource(source), number)
        case _:
            raise WireError(f"no stream: {str(raw)[:80]}")


def pack(frame: dict[str, Any]) -> bytes:
    """One frame as bytes."""
    # A lone surrogate may be in any text of a JSON file, and in none of UTF-8.
    body = json.dumps(frame, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")
    return _LENGTH.pack(len(body)) + body


async def read_frame(reader: asyncio.StreamReader) -> dict[str, Any] | None:
    """The next frame; None at the end of the stream. Raises `WireError`."""
    try:
        (length,) = _LENGTH.unpack(await reader.readexactly(_LENGTH.size))
        if length > MAX_FRAME_BYTES:
            raise WireError(f"a frame of {length} bytes; {MAX_FRAME_BYTES} are allowed")
        body = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    try:
        frame = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WireError("a frame that is not JSON") from error
    if not isinstance(frame, dict):
        raise WireError("a frame that is not an object")
    return frame
