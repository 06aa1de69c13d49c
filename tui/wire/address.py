"""Addresses of servers and join links: the one place that reads them and says what is wrong.

The trap is that two addresses that look alike may be two servers, and two that differ may be one:
whose secrets may go where is decided by the origin alone (scheme, host, port; RFC 6454), never by
comparing text.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import field
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.frozen import dataclass
from tui.domain.text import clean
from tui.wire.rules import check_session_id, fits_header

WEB: Final = ("http", "https")
"""Schemes of a REST service."""
MEDIA: Final = ("ws", "wss")
"""Schemes of a media server."""
ANY: Final = (*WEB, *MEDIA)

_SECURE: Final = ("https", "wss")
_MAX_CHARACTERS: Final = 16_384
_HOST: Final = re.compile(r"[A-Za-z0-9.:_\[\]-]+")
_PATH: Final = re.compile(r"(?P<prefix>(?:/[^/?#]+)*)/join/(?P<session>[^/?#]+)/?")
_EXAMPLE: Final = {WEB: "http://127.0.0.1:7880", MEDIA: "wss://HOST", ANY: "wss://HOST"}


@dataclass(frozen=True, slots=True)
class Origin:
    """One server: what a secret belongs to."""

    secure: bool
    """https or wss; http and ws are another server, since anybody on the way may be it."""
    host: str
    """In lower case."""
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        shown = f"{'https' if self.secure else 'http'}://{host}"
        return shown if self.port == (443 if self.secure else 80) else f"{shown}:{self.port}"


@dataclass(frozen=True, slots=True)
class Address:
    """A server's address, read."""

    scheme: str
    """One of `ANY`."""
    host: str
    """In lower case; an IPv6 address without brackets."""
    port: int
    """As written, else that of the scheme."""
    path: str
    """Without a slash at its end; empty for the root."""
    location: str
    """Host and port as a URL has them, without any user name."""

    @property
    def secure(self) -> bool:
        """Whether TLS is used."""
        return self.scheme in _SECURE

    @property
    def origin(self) -> Origin:
        """Whose secrets may go there."""
        return Origin(self.secure, self.host, self.port)

    @property
    def http(self) -> str:
        """The URL with http for ws, https for wss."""
        return f"{'https' if self.secure else 'http'}://{self.location}{self.path}"

    @property
    def ws(self) -> str:
        """The URL with ws for http, wss for https."""
        return f"{'wss' if self.secure else 'ws'}://{self.location}{self.path}"

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine."""
        ip = _ip(self.host)
        if ip is not None:
            return ip.is_loopback
        return self.host == "localhost" or self.host.endswith(".localhost")

    @property
    def is_private(self) -> bool:
        """Whether it is this machine or on a private network, as far as the address shows."""
        ip = _ip(self.host)
        return self.is_loopback or (ip is not None and (ip.is_private or ip.is_link_local))


def read_address(
    text: str,
    schemes: Collection[str] = WEB,
    *,
    bare: bool = True,
    what: str = "The server address",
    code: ErrorCode = ErrorCode.VALIDATION,
    field: str | None = None,
) -> Address:
    """Read an address.

    Args:
        text: `SCHEME://HOST[:PORT][/PATH]`.
        schemes: Those allowed here: `WEB`, `MEDIA` or `ANY`.
        bare: Nothing may come with it; else user name, query and fragment are left out.
        what: Whose address it is, for the sentence.
        code: Of the error.
        field: Of the error.

    Raises:
        CallsError: It is none; the sentence says what is wrong with it.
    """
    text = text.strip()
    problem, host, port = "", "", 0
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").lower()
        port = parts.port if parts.port is not None else 443 if parts.scheme in _SECURE else 80
        if parts.scheme not in schemes:
            problem = f"it must begin with {' or '.join(f'{one}://' for one in schemes)}"
        elif not host:
            problem = "it names no host"
        elif port == 0:
            problem = "0 is not a port"
        elif bare and (parts.query or parts.fragment or "@" in parts.netloc):
            problem = "it must be only an address, without ?, # or @"
        elif not text.isascii() or not text.isprintable() or " " in text:
            problem = "it contains characters an address can't have"
    except ValueError as error:
        problem = clean(str(error), 80)
    if problem:
        example = _EXAMPLE.get(tuple(schemes), "http://127.0.0.1:7880")
        raise CallsError(
            code,
            f'{what} came as "{clean(text, 80)}": {problem}. Expected something like {example}.',
            field=field,
        )
    return Address(
        parts.scheme, host, port, parts.path.rstrip("/"), parts.netloc.rpartition("@")[2]
    )


def complete(text: str) -> str:
    """What a person typed as a server, with the `http://` that may be left out."""
    text = text.strip().rstrip("/")
    return f"http://{text}" if text and "://" not in text else text


def origin_of(address: str) -> Origin:
    """The origin of an address. Raises `CallsError` for what is none."""
    return read_address(address, ANY, bare=False).origin


def same_origin(one: str, other: str) -> bool:
    """Whether both are addresses of one server."""
    try:
        return origin_of(one) == origin_of(other)
    except CallsError:
        return False


def whose_words(secret: str, owner: str, asked: str, *, by_link: bool = False) -> str:
    """Why a secret is not sent, in a sentence that names both servers.

    Args:
        secret: `API key`, `call token`, `sign-in`.
        owner: Address of the server it belongs to.
        asked: Address of the server that would have got it.
        by_link: A link asked.
    """
    where = "This link is for" if by_link else "This call is at"
    return (
        f"{where} {shown_origin(asked)}, and your {secret} is for {shown_origin(owner)}: "
        "it is not sent anywhere else."
    )


def other_server(words: str, remedy: str) -> CallsError:
    """`ERROR_OTHER_SERVER`, of `whose_words` and what to do about it."""
    return CallsError(ErrorCode.OTHER_SERVER, f"{words} {remedy}")


def shown_origin(url: str) -> str:
    """The origin of a URL for a person to read; what has none is shown as it came."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return clean(url, 80)
    return clean(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}", 80)


def shown_host(url: str) -> str:
    """The host of a URL for a person to read."""
    try:
        return clean(urlsplit(url).hostname or url, 80)
    except ValueError:
        return clean(url, 80)


def url_scheme(text: str) -> str:
    """The scheme of `text` in lower case; empty for what has none or is no URL at all."""
    try:
        return urlsplit(text.strip()).scheme
    except ValueError:  # "http://[::1", and other hosts that are none
        return ""


def _ip(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


# ---- join links
@dataclass(frozen=True, slots=True)
class JoinLink:
    """What a join link says: one line that lets somebody in, `http(s)://HOST/join/SESSION`."""

    server: str
    """The address to ask, `http://127.0.0.1:7880`, without a trailing slash."""

    session_id: str
    token: str = field(default="", repr=False)
    """A call token, for one person."""
    invitation: str = field(default="", repr=False)
    """The code of a link for many: whoever shows it is a new guest. Without this and a token the
    link only names the session, which then needs a login."""
    certificate: str = ""
    """Of a server that made its own: how to tell it (`tui.wire.known_servers`)."""
    key: str = field(default="", repr=False)
    """What opens and seals the call end to end (`tui.domain.sealing.read_keys`); never sent to any
    server."""


def make_join_link(
    server: str,
    session_id: str,
    token: str = "",
    *,
    invitation: str = "",
    certificate: str = "",
    key: str = "",
) -> str:
    """The link that `parse_join_link` reads back. Everything in it is percent-encoded ASCII.

    Its secrets are in the fragment, which browsers keep to themselves: no server and no proxy
    writes it into a log (RFC 3986, 3.5).
    """
    said = [("token", token), ("invite", invitation), ("cert", certificate)]
    said += [("key", one) for one in key.splitlines()]
    fragment = urlencode([(name, value) for name, value in said if value])
    link = f"{server.rstrip('/')}/join/{quote(session_id, safe='')}"
    return f"{link}#{fragment}" if fragment else link


def with_key(link: str, key: str) -> str:
    """A link of `make_join_link` with the key of its call, which whoever made it does not have."""
    said = [("key", one) for one in key.splitlines()]
    return f"{link}{'&' if '#' in link else '#'}{urlencode(said)}" if said else link


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
        # An older link has its token in the query.
        secrets = parse_qs(parts.query, max_num_fields=20)
        secrets |= parse_qs(parts.fragment, max_num_fields=20)
    except ValueError:
        return None
    # A user name in front of the host is how a link pretends to be another one.
    if parts.scheme not in WEB or not _HOST.fullmatch(parts.netloc):
        return None
    path = _PATH.fullmatch(parts.path)
    if path is None:
        return None
    try:
        session_id = check_session_id(unquote(path["session"], errors="strict"))
    except (CallsError, UnicodeDecodeError):
        return None
    token, invitation, certificate = (
        secrets.get(name, [""])[0] for name in ("token", "invite", "cert")
    )
    key = "\n".join(secrets.get("key", ()))
    if not all(fits_header(one) for one in (token, invitation, certificate)):
        return None
    server = f"{parts.scheme}://{parts.netloc}{path['prefix']}"
    return JoinLink(server, session_id, token, invitation, certificate, key)
