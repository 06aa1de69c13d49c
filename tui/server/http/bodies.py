"""Reading requests and answering JSON, refusals in the four-string form of spec (d)."""

from __future__ import annotations

import http
import logging
import re
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from tui.domain.errors import CallsError
from tui.domain.text import clean
from tui.wire.codes import ServerCode
from tui.wire.rest import ErrorBody, http_status
from tui.wire.rules import BODY_MAX_BYTES

logger = logging.getLogger(__name__)

BASE: Final = "/v3.0"
"""What the paths of the API begin with."""

Model = TypeVar("Model", bound=BaseModel)
_HOST: Final = re.compile(
    r"[A-Za-z0-9._-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?"
)
Endpoint = Callable[[Request], Awaitable[Response]]

# Answers hold tokens; no cache on the way may keep one.
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def json_answer(content: dict[str, Any], status: int = 200) -> Response:
    """`content` as it is."""
    return JSONResponse(content, status, headers=_HEADERS)


def data_answer(data: object) -> Response:
    """`{"data": ...}`."""
    return json_answer({"data": data})


def error_answer(error: CallsError) -> Response:
    """`{"error": ...}` with the HTTP status that goes with its code."""
    return json_answer(ErrorBody.of(error).to_wire(), http_status(error.code))


def answering(endpoint: Endpoint) -> Endpoint:
    """`endpoint`, with its refusals as error bodies."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except CallsError as error:
            return error_answer(error)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        except sqlite3.Error:
            logger.exception("the store failed")
            return error_answer(
                CallsError(
                    ServerCode.UNAVAILABLE,
                    "The server can't read or write its data now. Tell who runs it, and try "
                    "again later.",
                )
            )

    return answer


async def body_of(request: Request) -> bytes:
    """The body, never more than `BODY_MAX_BYTES` of it.

    Raises:
        CallsError: `ERR_BODY_TOO_LARGE`.
    """
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > BODY_MAX_BYTES:
            raise CallsError(
                ServerCode.BODY_TOO_LARGE,
                f"The request body is over {BODY_MAX_BYTES // 1024} kB, more than any call needs.",
            )
    return bytes(received)


async def model_of(request: Request, model: type[Model], *, optional: bool = False) -> Model:
    """The JSON body as `model`; an empty one as its defaults where `optional`.

    Raises:
        CallsError: `ERR_BAD_REQUEST` naming the first field that does not fit, or
            `ERR_BODY_TOO_LARGE`.
    """
    raw = await body_of(request)
    if optional and not raw.strip():
        raw = b"{}"
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise CallsError(
            ServerCode.BAD_REQUEST,
            "The request body does not fit"
            + (f": {clean(field, 80)}: " if field else ": ")
            + clean(first["msg"], 160)
            + ". Expected a JSON object.",
        ) from error


def origin_of(request: Request, scheme: str) -> str:
    """The address the client used for us, which is one it can reach."""
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        server = request.scope.get("server") or ("127.0.0.1", 80)
        host = f"[{server[0]}]:{server[1]}" if ":" in server[0] else f"{server[0]}:{server[1]}"
    return f"{scheme}://{host}"


async def http_exception(request: Request, error: Exception) -> Response:
    """Starlette's own refusals (unknown path, wrong method) as an error body."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    path = clean(request.url.path, 80)
    if status == 404:
        refusal = CallsError(
            ServerCode.PATH_NOT_FOUND,
            f"There is nothing at {path}. The API is under {BASE}.",
        )
    elif status == 405:
        refusal = CallsError(
            ServerCode.METHOD_NOT_ALLOWED, f"{request.method} does not go with {path}."
        )
    else:
        reason = http.client.responses.get(status, "refused") if status < 500 else "failed"
        refusal = CallsError(
            ServerCode.BAD_REQUEST, f"The request to {path} was refused: {reason}."
        )
    return json_answer(ErrorBody.of(refusal).to_wire(), status)


async def internal_error(request: Request, _error: Exception) -> Response:
    """A bug of ours; the traceback is logged by the server."""
    return error_answer(
        CallsError(
            ServerCode.INTERNAL,
            f"The server failed at {clean(request.url.path, 80)}. Tell who runs it.",
        )
    )
