"""Where a Jitsi Meet deployment's conferences are: its `config.js`, read and never run.

Nothing of the person goes along: no name, no token. What the file says is anybody's, so what it
names is checked before it is used.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import httpx

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.join import ConferenceAnswer, JitsiJoin
from tui.domain.snapshot import User
from tui.domain.text import clean
from tui.service.http_json import HttpJson, json_object
from tui.wire.address import MEDIA, WEB, Address, read_address, shown_origin
from tui.wire.jitsi_link import read_config
from tui.wire.proxy import proxy_for

_DOMAIN: Final = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*")
_TIMEOUT_S: Final = 10.0


class HttpJitsiSites:
    """Implements `tui.ports.service.JitsiSites`.

    Args:
        transport: In place of the network (tests).
    """

    def __init__(self, *, transport: httpx.AsyncBaseTransport | None = None):
        self._transport = transport

    async def open_conference(self, url: str, room: str, token: str) -> ConferenceAnswer:
        """See `tui.domain.join.OpenConference`."""
        address = read_address(url, bare=False, code=ErrorCode.CONNECTION_FAILED)
        body = {"room": room, "machineUid": secrets.token_hex(16), "properties": {}}
        http = self._http(address)
        try:
            status, answer = await http.request(
                "POST",
                url,
                headers={"Authorization": f"Bearer {token}"} if token else {},
                body=body,
            )
        finally:
            await http.aclose()
        if status in (401, 403):
            return ConferenceAnswer(refused="not-authorized")
        told = json_object(status, answer)
        return ConferenceAnswer(told.get("ready") is True, visitors=bool(told.get("vnode")))

    def _http(self, address: Address) -> HttpJson:
        return HttpJson(
            proxy=proxy_for(address),
            tls=address.secure,
            transport=self._transport,
            timeout_s=_TIMEOUT_S,
        )

    async def find(self, site: str, room: str, *, token: str) -> JitsiJoin:
        """See `JitsiSites.find`."""
        address = read_address(site)
        http = self._http(address)
        try:
            status, body = await http.request(
                "GET", f"{address.http}/config.js?room={quote(room)}", headers={"Accept": "*/*"}
            )
        finally:
            await http.aclose()
        if status != 200:
            raise _no_jitsi(site, f"its config.js answers HTTP {status}")
        config = read_config(body.decode("utf-8", "replace"), address.location)
        if not any(name.startswith("hosts.") for name in config):
            raise _no_jitsi(site, "its config.js names no hosts")
        return _document(address, config, room, token)


def _document(site: Address, config: Mapping[str, str], room: str, token: str) -> JitsiJoin:
    domain = _domain(config.get("hosts.domain", "")) or site.host
    return JitsiJoin(
        service_url=_service_url(site, config, room),
        token=token,
        room=room,
        domain=domain,
        muc=_domain(config.get("hosts.muc", "")) or f"conference.{domain}",
        user=User("", ""),
        anonymous_domain=_domain(config.get("hosts.anonymousdomain", "")),
        focus=_domain(config.get("hosts.focus", "")),
        hidden_domain=_domain(config.get("hiddenDomain", "")),
        peer_to_peer=config.get("p2p.enabled") == "true",
        prefer_sctp=config.get("bridgeChannel.preferSctp") == "true",
        ssrc_rewriting=config.get("flags.ssrcRewritingEnabled") == "true",
        conference_request_url=_request_url(site, config.get("conferenceRequestUrl", "")),
    )


def _service_url(site: Address, config: Mapping[str, str], room: str) -> str:
    """XMPP over WebSocket; where only BOSH is named, at the place it usually has beside that."""
    named = config.get("websocket", "")
    if not named:
        named = f"{site.ws}/xmpp-websocket"
    elif named.startswith("//"):
        named = f"{'wss' if site.secure else 'ws'}:{named}"
    elif named.startswith("/"):
        named = f"{site.ws.removesuffix(site.path)}{named}"
    what = f"The config.js of {site.location}: websocket"
    address = read_address(named, MEDIA, bare=False, what=what, code=ErrorCode.CONNECTION_FAILED)
    if site.secure and not address.secure:
        # Who is on the way would hear the token, and who speaks with whom.
        raise CallsError(
            ErrorCode.CONNECTION_FAILED,
            f"{clean(site.location, 80)} names an XMPP server without encryption "
            f"({shown_origin(named)}); nothing is sent there. Ask who runs it.",
        )
    return f"{named}{'&' if '?' in named else '?'}room={quote(room)}"


def _request_url(site: Address, named: str) -> str:
    """Where a conference is asked for over HTTP; empty for nowhere that is safe to ask."""
    here = named.startswith("/") and not named.startswith("//")
    url = f"{site.http.removesuffix(site.path)}{named}" if here else named
    try:
        address = read_address(url, WEB, bare=False)
    except CallsError:
        return ""
    # The token goes along, as over XMPP.
    return "" if site.secure and not address.secure else url


def _domain(text: str) -> str:
    return text.lower() if len(text) <= 253 and _DOMAIN.fullmatch(text) else ""


def _no_jitsi(site: str, why: str) -> CallsError:
    return CallsError(
        ErrorCode.CONNECTION_FAILED,
        f"{clean(site, 80)} is no Jitsi Meet: {why}. Check the link.",
    )
