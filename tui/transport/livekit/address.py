"""Where a LiveKit server is: its URL, whether that is this machine, and whose help ICE may ask."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from aiortc import RTCIceServer
from livekit.protocol import rtc

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.text import clean

PROTOCOL_VERSION: Final = 15
"""13 and newer: `LeaveRequest.action` is set; 16 would promise that we can be moved to a room."""

_SCHEMES: Final = {"ws": "ws", "http": "ws", "wss": "wss", "https": "wss"}
_MAX_ICE_SERVERS: Final = 4


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A LiveKit server as its signalling endpoint."""

    base: str
    """`ws[s]://host[:port][/prefix]`, without a slash at the end."""
    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether the server runs on this machine."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        address = _ip(self.host)
        return address is not None and address.is_loopback

    @property
    def is_private(self) -> bool:
        """Whether the server is on this machine or a private network, as far as the URL shows."""
        address = _ip(self.host)
        return self.is_loopback or (
            address is not None and (address.is_private or address.is_link_local)
        )

    def signal_url(self) -> str:
        """The websocket to open (protocol v0). The token goes into a header, not in here."""
        query = {
            "auto_subscribe": "1",
            "adaptive_stream": "0",
            "protocol": str(PROTOCOL_VERSION),
            "sdk": "python",
            "version": "0.1.0",
        }
        return f"{self.base}/rtc?{urlencode(query)}"


def parse_address(url: str) -> ServerAddress:
    """Read a server's URL: ws, wss, http or https; a trailing `/` or `/rtc` does not matter.

    Raises:
        CallsError: `ERROR_CONNECTION_FAILED` when it is no such URL.
    """
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = _SCHEMES.get(parts.scheme.lower()), parts.hostname, parts.port
    except ValueError:
        scheme, host, port = None, None, None
        parts = urlsplit("")
    if scheme is None or not host:
        raise CallsError(
            ErrorCode.CONNECTION_FAILED,
            f"The server address came as {clean(url, 120)!r}; expected wss://HOST or ws://HOST:PORT."
            " Check the link or --server.",
        )
    path = parts.path.rstrip("/").removesuffix("/rtc").rstrip("/")
    location = f"[{host}]" if ":" in host else host
    if port is not None:
        location += f":{port}"
    base = urlunsplit((scheme, location, path, "", ""))
    return ServerAddress(base, host, port or (443 if scheme == "wss" else 80))


def ice_servers(address: ServerAddress, suggested: Iterable[rtc.ICEServer]) -> list[RTCIceServer]:
    """The STUN and TURN servers to use of those the server suggests.

    None for a server on this machine or a private network: a STUN server beyond an unreachable
    route only delays joining (5 s measured with livekit-server's defaults).
    """
    if address.is_private:
        return []
    servers: list[RTCIceServer] = []
    for one in suggested:
        # aiortc raises on a scheme or form it does not know; only its own kinds are passed on.
        urls = [url for url in one.urls if url.startswith(("stun:", "turn:", "turns:"))]
        if urls:
            servers.append(
                RTCIceServer(
                    urls=urls, username=one.username or None, credential=one.credential or None
                )
            )
    return servers[:_MAX_ICE_SERVERS]


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
