"""Why a Jitsi server did not let us in, or sent us out, in the words of a person."""

from __future__ import annotations

from typing import Final

from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.network import NoAnswer, failure_of, reason_of
from tui.domain.text import clean
from tui.ports.transport_events import DisconnectReason
from tui.transport.jitsi.xml import (
    CLIENT,
    MUC_USER,
    STANZAS,
    Element,
    find,
    find_all,
    split,
    text_of,
)
from tui.transport.one_connection import Ended
from tui.wire.address import shown_origin

_SAID_MAX_CHARACTERS: Final = 160

_OF_A_ROOM: Final = {
    "item-not-found": (
        ErrorCode.CONNECTION_FAILED,
        "The room does not exist. Check its name, or ask whether the meeting has begun.",
    ),
    "gone": (ErrorCode.CONNECTION_FAILED, "The room does not exist any more."),
    "forbidden": (
        ErrorCode.CALL_TOKEN_REFUSED,
        "You are banned from this room, or it has you not on its list. Ask who runs the meeting.",
    ),
    "not-acceptable": (
        ErrorCode.CONNECTION_FAILED,
        "The room takes nobody by the name we came with. Try again.",
    ),
    "conflict": (ErrorCode.CONNECTION_FAILED, "Somebody has our place in the room. Try again."),
    "service-unavailable": (
        ErrorCode.SESSION_FULL,
        "The room is full: it takes nobody more. Try later.",
    ),
    "resource-constraint": (
        ErrorCode.SESSION_FULL,
        "The server is full: it takes nobody more right now. Try later.",
    ),
    "registration-required": (
        ErrorCode.CALL_TOKEN_REFUSED,
        "The room is for members only. Ask who runs the meeting to let you in.",
    ),
    "not-allowed": (
        ErrorCode.CALL_TOKEN_REFUSED,
        "The server does not let you into this room. It may not exist yet, or need an account: "
        "give its token with --token.",
    ),
}


class XmppError(Exception):
    """What a server refused. Never shown to a person as it is.

    Args:
        condition: The name of the defined condition (RFC 6120 8.3.3, 6.5).
        said: Its text; NOT cleaned.
    """

    def __init__(self, condition: str, said: str = "", inside: tuple[str, ...] = ()) -> None:
        super().__init__(f"{condition}: {said}" if said else condition)
        self.condition = condition
        self.said = said
        self.inside = inside
        """Names of what else the error holds, as `password-required`."""


def error_of(stanza: Element) -> XmppError:
    """The error that a stanza of type `error` carries."""
    error = find(stanza, CLIENT, "error")
    if error is None:
        return XmppError("undefined-condition")
    names = [split(one.tag) for one in error]
    known = [name for namespace, name in names if namespace == STANZAS and name != "text"]
    others = tuple(name for namespace, name in names if namespace != STANZAS)
    return XmppError(
        known[0] if known else "undefined-condition", text_of(error, STANZAS, "text"), others
    )


def room_refused(error: XmppError, *, password_given: bool) -> CallsError:
    """Why a room does not let us in."""
    if error.condition == "not-authorized":
        if password_given:
            return CallsError(
                ErrorCode.PASSWORD_WRONG,
                "The room has another password. Ask for it, and mind capital letters.",
            )
        return CallsError(
            ErrorCode.PASSWORD_WRONG, "The room wants a password. Type it, or give --password."
        )
    if "displayname-required" in error.inside:
        return CallsError(
            ErrorCode.VALIDATION,
            "The room takes nobody without a name. Give yours with --name.",
            field="displayName",
        )
    code, words = _OF_A_ROOM.get(
        error.condition,
        (
            ErrorCode.CONNECTION_FAILED,
            f"The room refused us ({clean(error.condition, 60)}). Try again.",
        ),
    )
    return CallsError(code, words + _quoted(error.said))


FOCUS_DOWN: Final = (
    "service-unavailable",
    "remote-server-not-found",
    "remote-server-timeout",
    "item-not-found",
)
"""What is answered in place of a focus that is not there, or not yet."""


def focus_refused(error: XmppError) -> CallsError:
    """Why the focus opens no conference for us."""
    if error.condition in ("not-authorized", "not-allowed", "forbidden"):
        return CallsError(
            ErrorCode.CALL_TOKEN_REFUSED,
            "The server opens a room only for somebody with an account. Wait until one has begun "
            f"the meeting, or give your token with --token.{_quoted(error.said)}",
        )
    if error.condition in FOCUS_DOWN:
        return CallsError(
            ErrorCode.CONNECTION_FAILED,
            "The server has nothing that opens conferences right now (its focus is down)."
            " Try again in a moment.",
        )
    if error.condition == "resource-constraint":
        return CallsError(*_OF_A_ROOM["resource-constraint"])
    return CallsError(
        ErrorCode.CONNECTION_FAILED,
        f"The server opens no conference ({clean(error.condition, 60)}).{_quoted(error.said)}",
    )


def login_refused(error: XmppError, *, token: str) -> CallsError:
    """Why the XMPP server does not know us."""
    said = _quoted(error.said.replace(token, "(token)") if token else error.said)
    if not token:
        return CallsError(
            ErrorCode.CALL_TOKEN_REFUSED,
            f"The server lets nobody in without an account: give your token with --token.{said}",
        )
    expired = "exp" in error.said.lower().replace("expected", "")
    why = (
        "it has expired; get a new one or a new link."
        if expired
        else "it is not valid here; get a new one or a new link."
    )
    return CallsError(ErrorCode.CALL_TOKEN_REFUSED, f"The server refused the token: {why}{said}")


def connect_failed(error: BaseException, url: str) -> CallsError:
    """Why the XMPP server was not reached."""
    where, reason = shown_origin(url), reason_of(error)
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        if status == 404:
            why = f"{where} has no XMPP over WebSocket where its config.js says. Is it down?"
        else:
            why = f"{where} answered HTTP {status} instead of XMPP. Try again in a moment."
    elif (failure := failure_of(error)) is not None:
        why = failure.sentences(where, reason)
    elif isinstance(error, InvalidHandshake):
        why = f"{where} is no XMPP server: {clean(reason, 120)}. Check the address."
    elif isinstance(error, (OSError, WebSocketException, EOFError)):
        why = NoAnswer.NO_CONNECTION.sentences(where, reason)
    else:
        raise error
    return CallsError(ErrorCode.CONNECTION_FAILED, why)


def sent_out(presence: Element) -> Ended:
    """Why we are in the room no more, by our own presence that says so (XEP-0045 10.9, 8.2)."""
    x = find(presence, MUC_USER, "x")
    codes = {one.get("code") for one in find_all(x, MUC_USER, "status")}
    destroyed = find(x, MUC_USER, "destroy")
    if destroyed is not None:
        why = text_of(destroyed, MUC_USER, "reason") or "The conference was ended."
        return Ended(why, DisconnectReason.SESSION_ENDED)
    if codes & {"307", "301"} and "333" not in codes:
        why = text_of(find(x, MUC_USER, "item"), MUC_USER, "reason") or "Removed from the room."
        return Ended(why, DisconnectReason.REMOVED)
    return Ended("the room sent us out")


def _quoted(said: str) -> str:
    said = clean(said, _SAID_MAX_CHARACTERS)
    return f" The server says: {said}" if said else ""
