"""What was typed as the call to join: session ID, join link, Jitsi room or LiveKit address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.frozen import dataclass
from tui.domain.text import clean
from tui.wire.address import MEDIA, JoinLink, parse_join_link, url_scheme
from tui.wire.jitsi_link import JitsiLink, parse_jitsi_link


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedTarget:
    """One of `room`, `link` and `session_id`; all are empty where the server says it all."""

    server: str
    """The server it names, or else the one of the options; may be empty."""
    session_id: str = ""
    link: JoinLink | None = None
    room: JitsiLink | None = None

    @property
    def by_link(self) -> bool:
        """A link names the server, and anybody can make a link."""
        return self.link is not None or self.room is not None


def read_target(target: str | None, choices: Mapping[str, Any]) -> TypedTarget:
    """What is meant by it; None is to be chosen later.

    Raises:
        CallsError: `VALIDATION_ERROR`, it is none of these.
    """
    server = str(choices.get("server") or "")
    if target is None:
        return TypedTarget(server=server)
    room = _jitsi(target, choices)
    if room is not None:
        return TypedTarget(server=room.site, room=room)
    link, text = _read(target)
    if link is not None:
        return TypedTarget(server=link.server, session_id=link.session_id, link=link)
    if url_scheme(text) in MEDIA:
        return TypedTarget(server=text)
    return TypedTarget(server=server, session_id=text)


def _jitsi(target: str, choices: Mapping[str, Any]) -> JitsiLink | None:
    """The Jitsi room that is meant; None when it is something else."""
    forced = bool(choices.get("jitsi"))
    server = str(choices.get("server") or "") if "server" in choices.get("explicit", ()) else ""
    text = target.strip()
    if forced and server and "/" not in text:
        text = f"{server.rstrip('/')}/{quote(text, safe='')}"
    room = parse_jitsi_link(text, forced=forced)
    if forced and room is None:
        raise CallsError(
            ErrorCode.VALIDATION,
            f"{clean(text, 80)} is not a link to a Jitsi room; expected https://HOST/Room, or with "
            "--server the room's name.",
            field="session",
        )
    return room


def _read(target: str) -> tuple[JoinLink | None, str]:
    """A join link, or a session ID."""
    text = target.strip()
    link = parse_join_link(text)
    if link is None and "://" in text and url_scheme(text) not in MEDIA:
        raise CallsError(
            ErrorCode.VALIDATION,
            f"{clean(text, 80)} is not a join link; expected http(s)://HOST/join/SESSION, or a "
            "Jitsi room as https://HOST/Room.",
            field="session",
        )
    return link, text
