"""Which address each REST call goes to (spec cometchat-calls (d))."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.settings import AppSettings
from tui.domain.text import clean

REGIONS: Final = ("us", "eu", "in")
_APP_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class Hosts:
    """Base URLs without a trailing slash."""

    api: str
    """Users and logins."""
    apiclient: str
    """The logged-in user."""
    call: str
    """Call tokens and the call log."""

    @property
    def all_on_this_machine(self) -> bool:
        """Whether no request leaves this machine; a configured proxy would only be in the way."""
        return all(is_loopback(url) for url in (self.api, self.apiclient, self.call))

    @property
    def any_with_tls(self) -> bool:
        """Whether a certificate will have to be checked."""
        return any(url.startswith("https:") for url in (self.api, self.apiclient, self.call))


def hosts_of(settings: AppSettings) -> Hosts:
    """The addresses `settings` mean.

    Raises:
        CallsError: `VALIDATION_ERROR` naming the field that can't be used.
    """
    if settings.server:
        origin = _checked(settings.server, "server").rstrip("/")
        base = origin if origin.endswith("/v3.0") else f"{origin}/v3.0"
        api = apiclient = call = base
    elif settings.admin_host and settings.client_host and settings.host:
        api = apiclient = call = ""
    else:
        api, apiclient, call = _cloud(settings)
    return Hosts(
        api=_override(settings.admin_host, "adminHost", api),
        apiclient=_override(settings.client_host, "clientHost", apiclient),
        call=_override(settings.host, "host", call),
    )


def _override(verbatim: str, field: str, otherwise: str) -> str:
    return _checked(verbatim, field) if verbatim else otherwise


def _cloud(settings: AppSettings) -> tuple[str, str, str]:
    region = settings.region.strip().lower()
    if region not in REGIONS:
        raise CallsError(
            ErrorCode.VALIDATION,
            f'Region came as "{clean(settings.region, 40)}"; allowed: {", ".join(REGIONS)}.',
            field="region",
        )
    if not _APP_ID.fullmatch(settings.app_id):
        # It becomes part of a host name: nothing but a label may get in there.
        raise CallsError(
            ErrorCode.VALIDATION,
            f'App ID came as "{clean(settings.app_id, 40)}"; expected letters, digits, - or _ '
            "as in the dashboard.",
            field="appId",
        )

    def url(service: str) -> str:
        return f"https://{settings.app_id}.{service}-{region}.cometchat.io/v3.0"

    return url("api"), url("apiclient"), url("call")


def _checked(url: str, field: str) -> str:
    problem = ""
    try:
        parts = urlsplit(url)
        _ = parts.port  # only reading it checks it
        if parts.scheme not in ("http", "https"):
            problem = "it must begin with http:// or https://"
        elif not parts.hostname:
            problem = "it names no host"
        elif parts.query or parts.fragment or "@" in parts.netloc:
            problem = "it must be only an address, without ?, # or @"
        elif not url.isascii() or not url.isprintable() or " " in url:
            problem = "it contains characters an address can't have"
    except ValueError as error:
        problem = clean(str(error), 80)
    if problem:
        raise CallsError(
            ErrorCode.VALIDATION,
            f'The server address came as "{clean(url, 80)}": {problem}. '
            "Expected something like http://127.0.0.1:7880.",
            field=field,
        )
    return url


def http_url(url: str) -> str:
    """A media server's address with http for ws, without a slash at its end.

    Raises:
        CallsError: `VALIDATION_ERROR` when it is none.
    """
    try:
        parts = urlsplit(url)
        scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
        usable = scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable:
        raise CallsError(
            ErrorCode.VALIDATION,
            f'The media server\'s address came as "{clean(url, 80)}"; expected ws:// or wss://.',
        )
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def is_loopback(url: str) -> bool:
    """Whether the host of `url` is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
