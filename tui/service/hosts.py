"""Which address each REST call goes to (spec cometchat-calls (d))."""

from __future__ import annotations

import re
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.frozen import dataclass
from tui.domain.settings import REGIONS, AppSettings
from tui.domain.text import clean
from tui.wire.address import read_address

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
    def any_with_tls(self) -> bool:
        """Whether a certificate will have to be checked."""
        return any(url.startswith("https:") for url in (self.api, self.apiclient, self.call))


def hosts_of(settings: AppSettings) -> Hosts:
    """The addresses `settings` mean.

    Raises:
        CallsError: `VALIDATION_ERROR` naming the field that can't be used.
    """
    if settings.server:
        server = read_address(settings.server, field="server").http
        base = server if server.endswith("/v3.0") else f"{server}/v3.0"
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
    if verbatim:
        read_address(verbatim, field=field)
    return verbatim or otherwise


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
