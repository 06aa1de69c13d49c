"""Join links: one line that lets somebody into a session, `http(s)://HOST/join/SESSION?token=...`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from tui.domain.errors import CallsError
from tui.wire.rules import check_session_id, fits_header

_MAX_CHARACTERS: Final = 16_384
_HOST: Final = re.compile(r"[A-Za-z0-9.:_\[\]-]+")
_PATH: Final = re.compile(r"(?P<prefix>(?:/[^/?#]+)*)/join/(?P<session>[^/?#]+)/?")


@dataclass(frozen=True, slots=True)
class JoinLink:
    """What a join link says."""

    server: str
    """The origin to ask, `http://127.0.0.1:7880`, without a trailing slash."""

    session_id: str
    token: str = ""
    """A call token; empty when the link only names the session, which then needs a login."""


def url_scheme(text: str) -> str:
    """The scheme of `text` in lower case; empty for what has none or is no URL at all."""
    try:
        return urlsplit(text.strip()).scheme
    except ValueError:  # "http://[::1", and other hosts that are none
        return ""


def make_join_link(server: str, session_id: str, token: str = "") -> str:
    """The link that `parse_join_link` reads back. Everything in it is percent-encoded ASCII."""
    query = f"?{urlencode({'token': token})}" if token else ""
    return f"{server.rstrip('/')}/join/{quote(session_id, safe='')}{query}"


def parse_join_link(text: str) -> JoinLink | None:
    """The link in `text`, or None when it is something else: a session ID, a LiveKit address.

    Quotes, angle brackets and white space around it (from a mail or a shell line) do not matter.
    """
    text = text.strip().strip("<>'\"").strip()
    if len(text) > _MAX_CHARACTERS:
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port  # only reading it checks it
        query = parse_qs(parts.query, max_num_fields=20)
    except ValueError:
        return None
    # A user name in front of the host is how a link pretends to be another one.
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.netloc):
        return None
    path = _PATH.fullmatch(parts.path)
    if path is None:
        return None
    try:
        session_id = check_session_id(unquote(path["session"], errors="strict"))
    except (CallsError, UnicodeDecodeError):
        return None
    token = query.get("token", [""])[0]
    if not fits_header(token):
        return None
    return JoinLink(f"{parts.scheme}://{parts.netloc}{path['prefix']}", session_id, token)
