"""Why a server did not let us in, in the words of a person."""

from __future__ import annotations

import json

from websockets.exceptions import InvalidHandshake, InvalidStatus, ProxyError, WebSocketException

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.network import NoAnswer, failure_of, reason_of
from tui.domain.text import clean
from tui.transport.livekit.address import ServerAddress
from tui.wire.address import shown_origin

_BODY_MAX_BYTES = 4096
_SAID_MAX_CHARACTERS = 160


def refused_by_status(status: int, body: bytes, token: str) -> CallsError:
    """The error for an HTTP answer to the websocket handshake.

    livekit-server quotes the whole token in its error text, so it is cut out: it is a secret and
    errors are shown and logged.
    """
    said = _said(body, token)
    lower = said.lower()
    quoted = f" The server says: {said}" if said else ""
    crowded = "full" in lower or "max participants" in lower or "limit" in lower
    if status == 429 or (crowded and status in (403, 409, 503)):
        return CallsError(
            ErrorCode.SESSION_FULL, f"The session takes nobody more right now.{quoted} Try later."
        )
    if status in (401, 403):
        if lower.startswith("removed"):
            return CallsError(
                ErrorCode.CALL_TOKEN_REFUSED,
                "A moderator removed you from this session. Ask them to let you in again.",
            )
        if "exp" in lower.replace("expected", ""):
            why = "it has expired; get a new one or a new invite link."
        elif "api key" in lower or "signature" in lower or "verif" in lower:
            why = "it was signed for another server; check that link and server belong together."
        elif status == 403 or "permission" in lower or "not allow" in lower:
            why = "it gives no right to join this session; ask who invited you."
        else:
            why = "it is not valid here; get a new one or a new invite link."
        return CallsError(
            ErrorCode.CALL_TOKEN_REFUSED, f"The server refused the call token: {why}{quoted}"
        )
    if status == 410:
        return CallsError(
            ErrorCode.NO_SESSION, "The session was ended for everybody while you were away."
        )
    if 300 <= status < 400:
        advice = "It sends us on to another one, which gets no token; if that is right, name it."
    elif status == 404:
        advice = "Is it a LiveKit server, and is the path right?"
    elif status == 503:
        advice = "It is starting, stopping or overloaded; try again in a moment."
    else:
        advice = "Try again; if it goes on, ask who runs the server."
    return CallsError(
        ErrorCode.CONNECTION_FAILED, f"The server answered HTTP {status}.{quoted} {advice}"
    )


def connect_failed(error: BaseException, address: ServerAddress, token: str) -> CallsError:
    """The error for anything that went wrong while the websocket was opened."""
    if isinstance(error, InvalidStatus):
        body = error.response.body or b""
        return refused_by_status(error.response.status_code, bytes(body[:_BODY_MAX_BYTES]), token)
    where, reason = shown_origin(address.base), reason_of(error)
    if address.proxy and isinstance(error, (OSError, ProxyError)):
        why = NoAnswer.PROXY.sentences(where, reason)
    elif (failure := failure_of(error)) is not None:
        why = failure.sentences(where, reason)
    elif isinstance(error, InvalidHandshake):
        why = f"{where} is no LiveKit server: {clean(reason, 120)}. Check the address."
    elif isinstance(error, (OSError, WebSocketException, EOFError)):
        why = NoAnswer.NO_CONNECTION.sentences(where, reason)
    else:
        raise error
    return CallsError(ErrorCode.CONNECTION_FAILED, why)


def _said(body: bytes, token: str) -> str:
    text = body.decode("utf-8", "replace")
    try:
        parsed = json.loads(text)
    except ValueError:
        pass
    else:
        if isinstance(parsed, dict):
            text = str(parsed.get("msg") or parsed.get("message") or parsed.get("error") or "")
    if token:
        text = text.replace(token, "(token)")
    return clean(text, _SAID_MAX_CHARACTERS)
