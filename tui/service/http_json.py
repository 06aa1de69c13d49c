"""One JSON request and its answer; everything that can go wrong comes out as a `CallsError`."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.network import NoAnswer, failure_of, reason_of
from tui.domain.text import clean
from tui.wire.address import shown_origin
from tui.wire.rest import ErrorBody
from tui.wire.rules import RESPONSE_MAX_BYTES

TIMEOUT_S: Final = 10.0

Model = TypeVar("Model", bound=BaseModel)


@cache
def trusted_certificates() -> ssl.SSLContext:
    """Certificates to trust; reading them takes up to 200 ms, so once for the process."""
    return httpx.create_ssl_context()


def http_client(
    *,
    proxy: str | None,
    tls: bool,
    certificates: ssl.SSLContext | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
    timeout_s: float,
) -> httpx.AsyncClient:
    """A client as all our requests use it; `timeout_s` is for each read and each connection [s].

    Args:
        proxy: Where requests go through, as `proxy_for` says; None: straight.
        tls: Whether `https://` is asked; without it no certificate is trusted.
        certificates: Which to trust; by default those of this machine.
        transport: In place of the network (tests).
        timeout_s: httpx counts each read by itself, and a slow drip would never end: whoever asks
            counts the whole, too.
    """
    return httpx.AsyncClient(
        transport=transport,
        verify=(certificates or trusted_certificates())
        if tls
        else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        # Not the environment, of which httpx raises over what it does not know.
        trust_env=False,
        proxy=proxy if transport is None else None,
        timeout=httpx.Timeout(timeout_s),
        # Shorter than uvicorn keeps an idle connection (5 s), so that none is used as it ends.
        limits=httpx.Limits(max_connections=8, keepalive_expiry=4.0),
    )


def unusable_address(error: httpx.InvalidURL) -> CallsError:
    """`VALIDATION_ERROR` for an address that httpx refuses."""
    return CallsError(
        ErrorCode.VALIDATION, f"The server address can't be used: {clean(str(error), 120)}."
    )


def failure_of_request(error: Exception, url: str, *, proxied: bool = False) -> NoAnswer:
    """Why asking `url` failed; httpx wraps what the operating system says, or says it itself."""
    if isinstance(error, httpx.ProxyError) or (proxied and isinstance(error, httpx.ConnectError)):
        return NoAnswer.PROXY
    if isinstance(error, httpx.TimeoutException):
        return NoAnswer.TOO_LATE
    if (failure := failure_of(error)) is not None:
        return failure
    if isinstance(error, httpx.ConnectError):
        return NoAnswer.NO_CONNECTION
    if isinstance(error, httpx.RemoteProtocolError) and url.startswith("http:"):
        return NoAnswer.HUNG_UP
    return NoAnswer.BROKE_OFF


class HttpJson:
    """An HTTP client that speaks JSON and nothing else.

    Args:
        proxy: Where requests go through, as `proxy_for` says; None: straight.
        tls: Whether `https://` is asked; without it no certificate is trusted.
        certificates: Which to trust; by default those of this machine.
        transport: In place of the network (tests).
        timeout_s: For one whole request and its answer [s].
    """

    def __init__(
        self,
        *,
        proxy: str | None,
        tls: bool,
        certificates: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout_s: float = TIMEOUT_S,
    ):
        self._timeout_s = timeout_s
        self._proxied = proxy is not None
        self._client = http_client(
            proxy=proxy,
            tls=tls,
            certificates=certificates,
            transport=transport,
            timeout_s=timeout_s,
        )

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
    ) -> tuple[int, bytes]:
        """HTTP status and body.

        Raises:
            CallsError: `NETWORK_ERROR`; `BAD_RESPONSE` for an answer beyond all measure.
        """
        content = None if body is None else json.dumps(body).encode()
        # Answers are small, and what is not packed can't grow without a bound.
        sent = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        if content is not None:
            sent["Content-Type"] = "application/json"
        try:
            async with (
                asyncio.timeout(self._timeout_s),
                self._client.stream(method, url, headers=sent, content=content) as response,
            ):
                if response.has_redirect_location:
                    raise _sent_on(url, str(response.headers["Location"]))
                return response.status_code, await _bounded(response)
        except (TimeoutError, httpx.HTTPError) as error:
            failure = failure_of_request(error, url, proxied=self._proxied)
            reason = reason_of(error)
            if failure is NoAnswer.TOO_LATE:
                reason = f"nothing came in {self._timeout_s:g} seconds"
            raise CallsError(
                ErrorCode.NETWORK, failure.sentences(shown_origin(url), reason)
            ) from error
        except httpx.InvalidURL as error:
            raise unusable_address(error) from error

    async def aclose(self) -> None:
        """Release connections. Idempotent."""
        await self._client.aclose()


def _sent_on(url: str, location: str) -> CallsError:
    """A redirection is told and never followed: what a request carries is for one server."""
    try:
        to = str(httpx.URL(url).join(location))
    except httpx.InvalidURL:
        to = location
    return CallsError(
        ErrorCode.BAD_RESPONSE,
        f"{shown_origin(url)} sends us on to {shown_origin(to)}, which gets no key or token meant "
        "for another address. If that is the right one, give it as the server.",
    )


async def _bounded(response: httpx.Response) -> bytes:
    packed = [one for one in response.headers.get("Content-Encoding", "").split(",") if one.strip()]
    if len(packed) > 1:
        # Packed twice, 50 kB become gigabytes before a bound is looked at.
        raise CallsError(
            ErrorCode.BAD_RESPONSE,
            f"The server's answer is packed {len(packed)} times over, which nobody asked for. "
            "Is this a call server?",
        )
    received = bytearray()
    async for chunk in response.aiter_bytes():
        received += chunk
        if len(received) > RESPONSE_MAX_BYTES:
            raise CallsError(
                ErrorCode.BAD_RESPONSE,
                f"The server's answer is over {RESPONSE_MAX_BYTES // 2**20} MB. Is this a call "
                "server?",
            )
    return bytes(received)


def json_object(status: int, raw: bytes) -> dict[str, Any]:
    """The JSON object in an answer.

    As in the SDK, the HTTP status does not decide: an answer without `error` is a success.

    Raises:
        CallsError: The server's own code and message, or `BAD_RESPONSE`.
    """
    try:
        answer = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise CallsError(
            ErrorCode.BAD_RESPONSE,
            f"The server answered something that is not JSON (HTTP status {status}). Is this the "
            "address of a call server?",
        ) from error
    if not isinstance(answer, dict):
        raise CallsError(
            ErrorCode.BAD_RESPONSE,
            f"The server answered JSON that is not an object (HTTP status {status}).",
        )
    if "error" in answer:
        raise _server_error(answer, status)
    if status >= 400:
        # Nobody's documented behaviour, but an answer to a refused request is never data.
        raise CallsError(
            ErrorCode.BAD_RESPONSE, f"The server refused (HTTP status {status}) without a reason."
        )
    return answer


def _server_error(answer: dict[str, Any], status: int) -> CallsError:
    try:
        detail = ErrorBody.model_validate(answer).error
    except ValidationError:
        return CallsError(
            ErrorCode.BAD_RESPONSE,
            f"The server refused in a form this program does not know (HTTP status {status}).",
        )
    code = clean(detail.code, 80) or ErrorCode.API
    return CallsError(code, clean(detail.message) or "The server refused without a reason.")


def bad_response(error: ValidationError, what: str) -> CallsError:
    """`BAD_RESPONSE` that names the first field which does not fit."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "the whole of it"
    return CallsError(
        ErrorCode.BAD_RESPONSE,
        f"The server's {what} does not fit: {clean(field, 80)}: {clean(first['msg'], 120)}. "
        "Perhaps it is another version.",
    )


def model_of(model: type[Model], value: object, what: str) -> Model:
    """`value` as `model`.

    Raises:
        CallsError: `BAD_RESPONSE` naming the field.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise bad_response(error, what) from error
