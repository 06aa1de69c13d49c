"""What engine and front end say to one another over the socket: framed JSON, versioned and typed.

Each frame is a four-byte length and one JSON object. Argument and result types are taken from the
`Handle` protocol itself, so an operation can't be spelled or typed differently on the two sides.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import struct
import typing
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import HAPPENINGS
from tui.domain.snapshot import Levels, Snapshot
from tui.ports.handle import EngineGone, Handle, Update

VERSION: Final = 1
MAX_FRAME_BYTES: Final = 4 * 1024 * 1024
_LENGTH: Final = struct.Struct("!I")

OPERATIONS: Final = frozenset(
    name
    for name, member in inspect.getmembers(Handle, inspect.iscoroutinefunction)
    if not name.startswith("_") and name != "close"
)
"""Every async command of the handle."""


class WireError(Exception):
    """A frame that does not fit; the connection is closed."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Adapters of one operation's arguments and result."""

    arguments: tuple[tuple[str, TypeAdapter[Any]], ...]
    result: TypeAdapter[Any]


@cache
def signature(operation: str) -> Signature:
    """From the `Handle` protocol. Raises `WireError` for an unknown operation."""
    if operation not in OPERATIONS:
        raise WireError(f"unknown operation {operation[:40]!r}")
    method = getattr(Handle, operation)
    hints = typing.get_type_hints(method)
    names = [name for name in inspect.signature(method).parameters if name != "self"]
    return Signature(
        tuple((name, TypeAdapter(hints[name])) for name in names), TypeAdapter(hints["return"])
    )


def encode_arguments(operation: str, arguments: tuple[Any, ...]) -> list[Any]:
    """Positional arguments as JSON values."""
    adapters = signature(operation).arguments
    return [
        adapter.dump_python(value, mode="json")
        for (_, adapter), value in zip(adapters, arguments, strict=True)
    ]


def decode_arguments(operation: str, values: Any) -> list[Any]:
    """JSON values back as typed arguments. Raises `WireError`."""
    adapters = signature(operation).arguments
    if not isinstance(values, list) or len(values) != len(adapters):
        raise WireError(f"{operation} takes {len(adapters)} arguments")
    try:
        return [
            adapter.validate_python(value)
            for (_, adapter), value in zip(adapters, values, strict=True)
        ]
    except ValidationError as error:
        raise WireError(f"{operation}: {error}") from error


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
    # Made when first needed: all of them take long, and a call meets few.
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


def pack(frame: dict[str, Any]) -> bytes:
    """One frame as bytes."""
    body = json.dumps(frame, separators=(",", ":"), ensure_ascii=False).encode()
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
