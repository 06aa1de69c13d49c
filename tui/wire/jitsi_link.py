"""Links to rooms of Jitsi Meet, and what a deployment's `config.js` says of where they are.

A link to a room has no form of its own: whatever is a web address and no join link of ours may be
one. `config.js` is a program, and is read, never run: only strings put together with `+` are
understood, and two variables that every deployment has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tui.domain.errors import CallsError
from tui.domain.frozen import dataclass
from tui.domain.text import clean
from tui.wire.address import WEB, parse_join_link, read_address
from tui.wire.rules import fits_header

_MAX_CHARACTERS: Final = 16_384
_ROOM_MAX_CHARACTERS: Final = 200
_APP_SCHEMES: Final = ("jitsi-meet", "org.jitsi.meet")
"""What phones are sent to the app with."""
_BARE: Final = re.compile(
    r"(?P<host>localhost|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}|\d{1,3}(?:\.\d{1,3}){3})"
    r"(?::\d{1,5})?/\S+"
)
_NOT_IN_ROOMS: Final = re.compile(r"[:?#\[\]@!$&'()*+,;=></\"]")
"""What Jitsi's own clients leave out of a room's name."""


@dataclass(frozen=True, slots=True)
class JitsiLink:
    """A room of a Jitsi Meet deployment."""

    site: str
    """`https://meet.example`, with a tenant's path behind it; without a slash at its end."""

    room: str
    """As the server knows it: in lower case, percent-encoded."""

    label: str
    """As it was written, for people. Cleaned."""

    token: str = ""
    """A JWT; empty when there is none."""

    @property
    def url(self) -> str:
        """The link without its token: what others join with."""
        return f"{self.site}/{quote(self.label, safe='')}"


def parse_jitsi_link(text: str, *, forced: bool = False) -> JitsiLink | None:
    """The room that `text` links to; None when it is something else.

    Args:
        text: `https://HOST/Room`, `HOST/Room`, `https://HOST/tenant/Room?jwt=...#config....`; what
            stands around it in a mail or a shell line does not matter.
        forced: It is said to be one: a path that looks like a join link of ours is none, and a
            host without a dot is a host.
    """
    text = text.strip().strip("<>'\"").strip()
    if not text or len(text) > _MAX_CHARACTERS:
        return None
    if not forced and parse_join_link(text) is not None:
        return None
    if "://" not in text:
        if not (_BARE.fullmatch(text) or (forced and "/" in text.strip("/"))):
            return None
        text = f"{_scheme_for(text)}://{text}"
    try:
        parts = urlsplit(text)
        query = parse_qs(parts.query, max_num_fields=50)
        scheme = "https" if parts.scheme in _APP_SCHEMES else parts.scheme
        host = f"{scheme}://{parts.netloc}"
        read_address(host, WEB)
    except (ValueError, CallsError):
        return None
    try:
        *tenant, room = [unquote(one, errors="strict") for one in parts.path.split("/") if one]
    except ValueError:  # no path, or one that is no text
        return None
    token = query.get("jwt", [""])[0]
    name = room_name(room)
    if not name or not fits_header(token):
        return None
    path = "".join(f"/{quote(one, safe='')}" for one in tenant)
    return JitsiLink(f"{host}{path}", name, clean(room, _ROOM_MAX_CHARACTERS), token)


def room_name(text: str) -> str:
    """A room's name as Jitsi's own clients send it; empty for none."""
    kept = _NOT_IN_ROOMS.sub("", unicodedata.normalize("NFKC", text.strip())).lower()
    return quote(kept[:_ROOM_MAX_CHARACTERS], safe="").lower()


def _scheme_for(text: str) -> str:
    try:
        here = read_address(f"http://{text.partition('/')[0]}").is_loopback
    except CallsError:
        here = False
    return "http" if here else "https"


# ---- config.js
CONFIG_MAX_CHARACTERS: Final = 1 << 18
_MOST_TOKENS: Final = 100_000
_DEEPEST: Final = 50
# What is not closed goes on to the end: searched anew from each beginning, it takes minutes.
_TOKEN: Final = re.compile(
    r"(?P<skip>//[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|'(?P<single>(?:[^'\\\n]|\\.)*)(?:'|(?=\n)|\\?\Z)"
    r'|"(?P<double>(?:[^"\\\n]|\\.)*)(?:"|(?=\n)|\\?\Z)'
    r"|(?P<name>[A-Za-z_$][\w$.]*)"
    r"|(?P<sign>\S)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """`text`, `name` or `sign`."""
    text: str


def read_config(text: str, host: str) -> Mapping[str, str]:
    """What `config.js` sets, by name, as `hosts.muc`: strings, and `true` and `false`.

    Args:
        text: The file.
        host: Of the web server, with its port: what `location.host` means.
    """
    tokens = list(_tokens(text[:CONFIG_MAX_CHARACTERS]))
    known = {
        "location.host": host,
        "window.location.host": host,
        "location.hostname": host.partition(":")[0],
        "window.location.hostname": host.partition(":")[0],
        "subdomain": "",
        "subdir": "",
    }
    found: dict[str, str] = {}
    path: list[str] = []
    for at, token in enumerate(tokens):
        following = tokens[at + 1].text if at + 1 < len(tokens) else ""
        if token == _Token("sign", "{"):
            before = tokens[at - 2] if at > 1 and tokens[at - 1].text in (":", "=") else None
            path.append(before.text if before is not None and before.kind != "sign" else "")
            if len(path) > _DEEPEST:
                break
        elif token == _Token("sign", "}"):
            path = path[:-1]
        elif token.kind != "sign" and following in (":", "=") and tokens[at + 1].kind == "sign":
            name = _full_name(path, token.text)
            value = _value(tokens, at + 2, known)
            if value is None:
                continue
            # Later ones stand in conditions, which nobody here looks at.
            if token.text in ("subdomain", "subdir") and name not in found:
                known[token.text] = _of_tenant(token.text, value)
            found[name] = value
    return found


def _tokens(text: str) -> Iterator[_Token]:
    for number, match in enumerate(_TOKEN.finditer(text)):
        if number > _MOST_TOKENS:
            return
        kind = match.lastgroup or ""
        if kind in ("single", "double"):
            yield _Token("text", re.sub(r"\\(.)", r"\1", match[kind]))
        elif kind != "skip":
            yield _Token(kind, match[kind])


def _value(tokens: list[_Token], at: int, known: Mapping[str, str]) -> str | None:
    """The string that the expression from `at` on makes; None for anything but one."""
    made = ""
    while at < len(tokens):
        token = tokens[at]
        if token.kind == "text":
            made += token.text
        elif token.kind == "name" and token.text in known:
            made += known[token.text]
        elif token.kind == "name" and token.text in ("true", "false") and not made:
            return token.text
        else:
            return None
        if at + 1 >= len(tokens) or tokens[at + 1] != _Token("sign", "+"):
            # What goes on with a dot, a bracket or a question is no plain string.
            after = tokens[at + 1].text if at + 1 < len(tokens) else ""
            return None if after in ("(", "[", "?", ".", "=") else made
        at += 2
    return None


def _full_name(path: list[str], name: str) -> str:
    whole = ".".join([*(one for one in path if one), name])
    return whole.removeprefix("window.").removeprefix("config.")


def _of_tenant(variable: str, value: str) -> str:
    """A tenant's variable as the file itself changes it before use."""
    if "<!--" in value or not value:  # the web server was to fill it in, and did not
        return ""
    if variable == "subdomain":
        return value.removesuffix(".").replace(".", "_").lower() + "."
    return value
