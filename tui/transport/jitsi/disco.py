"""What we say we can do (XEP-0030, XEP-0115), and what the server offers."""

from __future__ import annotations

import base64
import hashlib
import logging
import re
from collections.abc import Iterable
from typing import Final

from tui.transport.gone import ConnectionGone
from tui.transport.jitsi.refusal import XmppError
from tui.transport.jitsi.stream import XmppStream
from tui.transport.jitsi.xml import CAPS, DISCO_INFO, EXTDISCO, Element, deep, element, number_of
from tui.transport.rtc.peer import IceServer

_log = logging.getLogger(__name__)

_NODE: Final = "urn:x-cellcall"
_FEATURES: Final = (
    DISCO_INFO,
    "urn:xmpp:jingle:1",
    "urn:xmpp:jingle:apps:rtp:1",
    "urn:xmpp:jingle:apps:rtp:audio",
    "urn:xmpp:jingle:apps:rtp:video",
    "urn:xmpp:jingle:transports:ice-udp:1",
    "urn:xmpp:jingle:apps:dtls:0",
    "urn:ietf:rfc:4588",
    "http://jitsi.org/remb",
    "http://jitsi.org/json-encoded-sources",
    "http://jitsi.org/source-name",
    "http://jitsi.org/receive-multiple-video-streams",
    "http://jitsi.org/ssrc-rewriting-1",
)
_SCTP: Final = "urn:xmpp:jingle:transports:dtls-sctp:1"
_MOST_SERVERS: Final = 16
_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}")


def features(*, sctp: bool) -> tuple[str, ...]:
    """What we can do, sorted.

    Args:
        sctp: The bridge's channel may run over SCTP. A bridge that can't is dropped for everybody
            as soon as one member says so.
    """
    return tuple(sorted((*_FEATURES, _SCTP) if sctp else _FEATURES))


def answer(query: Element, known: Iterable[str]) -> Element:
    """The answer to somebody's `disco#info` question."""
    return element(
        DISCO_INFO,
        "query",
        {"node": query.get("node")},
        element(DISCO_INFO, "identity", {"category": "client", "type": "bot", "name": "cellcall"}),
        *(element(DISCO_INFO, "feature", {"var": one}) for one in known),
    )


def caps(known: Iterable[str]) -> Element:
    """What stands in our presence for all of them (XEP-0115 5.1)."""
    text = "client/bot//cellcall<" + "".join(f"{one}<" for one in known)
    version = base64.b64encode(hashlib.sha1(text.encode(), usedforsecurity=False).digest())
    return element(CAPS, "c", {"hash": "sha-1", "node": _NODE, "ver": version.decode()})


async def components(stream: XmppStream, domain: str) -> dict[str, str]:
    """Addresses of the server's components by type, as `end_conference`; none without an answer."""
    try:
        told = await stream.ask(domain, "get", element(DISCO_INFO, "query"), within_s=3.0)
    except (XmppError, ConnectionGone) as error:
        _log.info("the server says nothing of itself: %s", error)
        return {}
    return {
        one.get("type", ""): one.get("name", "")
        for one in deep(told, DISCO_INFO, "identity")
        if one.get("category") == "component"
    }


async def ice_servers(stream: XmppStream, domain: str) -> list[IceServer]:
    """STUN and TURN servers (XEP-0215); none without an answer.

    The client's ICE takes one TURN server. One is needed where UDP is blocked, so that over TLS
    goes first, then over TCP.
    """
    try:
        told = await stream.ask(domain, "get", element(EXTDISCO, "services"), within_s=3.0)
    except (XmppError, ConnectionGone) as error:
        _log.info("the server names no STUN or TURN server: %s", error)
        return []
    found: list[IceServer] = []
    for one in deep(told, EXTDISCO, "service")[:_MOST_SERVERS]:
        kind, host = one.get("type", ""), one.get("host", "")
        if kind not in ("stun", "turn", "turns") or not _HOST.fullmatch(host):
            continue
        port = number_of(one, "port", 5349 if kind == "turns" else 3478)
        if kind == "stun":
            found.append(IceServer(urls=f"stun:{host}:{port}"))
            continue
        transport = "tcp" if one.get("transport") == "tcp" or kind == "turns" else "udp"
        found.append(
            IceServer(
                urls=f"{kind}:{host}:{port}?transport={transport}",
                username=one.get("username"),
                credential=one.get("password"),
            )
        )
    return sorted(found, key=_blocked_last)


def _blocked_last(server: IceServer) -> int:
    url = str(server.urls)
    return 0 if url.startswith("turns") else 1 if "tcp" in url else 2
