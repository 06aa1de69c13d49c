"""The proxy that the environment names for a server: one rule for requests, websockets and doctor.

Libraries each have a rule of their own, and some raise over what they do not know while they are
made. Here: none for this machine and private networks, none for what `NO_PROXY` names; else that of
the scheme (`HTTPS_PROXY`, `HTTP_PROXY`), else `ALL_PROXY`.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.text import clean
from tui.wire.address import Address


def proxy_for(address: Address, proxies: Mapping[str, str] | None = None) -> str | None:
    """The URL of the proxy to use; None: go straight.

    Args:
        address: Of the server.
        proxies: By scheme; by default those of the environment.

    Raises:
        CallsError: `ERROR_CONNECTION_FAILED`: it is of a kind that can't be used.
    """
    if address.is_private or urllib.request.proxy_bypass(address.host):
        return None
    named = urllib.request.getproxies() if proxies is None else proxies
    for kind in ("https" if address.secure else "http", "all"):
        url = named.get(kind, "").strip()
        if not url:
            continue
        if "://" not in url:
            url = f"http://{url}"
        if url.lower().startswith(("http://", "https://")):
            return url
        shown = clean(url.partition("://")[0], 20)
        raise CallsError(
            ErrorCode.CONNECTION_FAILED,
            f"{kind.upper()}_PROXY names a proxy of the kind {shown}, which can't be used; only "
            f"http and https can. Unset it, or go without for this server: NO_PROXY={address.host}",
        )
    return None
