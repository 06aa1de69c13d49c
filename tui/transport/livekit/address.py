"""Where a LiveKit server is: its URL, whether that is this machine, and whose help ICE may ask."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlencode

from livekit.protocol import rtc

from tui.domain.errors import ErrorCode
from tui.domain.frozen import dataclass
from tui.transport.rtc.peer import IceServer
from tui.wire.address import ANY, read_address
from tui.wire.known_servers import KnownServers
from tui.wire.proxy import proxy_for

PROTOCOL_VERSION: Final = 15
"""13 and newer: `LeaveRequest.action` is set; 16 would promise that we can be moved to a room."""

_MAX_ICE_SERVERS: Final = 4


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """A LiveKit server as its signalling endpoint."""

    base: str
    """`ws[s]://host[:port][/prefix]`, without a slash at the end."""
    is_loopback: bool
    """The server runs on this machine."""
    is_private: bool
    """It is on this machine or a private network, as far as the URL shows."""
    tls: ssl.SSLContext | None = None
    """What to trust there; None: whatever this machine trusts."""
    proxy: str | None = None
    """What the way there leads through."""

    def signal_url(self, *, resume: str = "", again_in: str = "") -> str:
        """The websocket to open (protocol v0). The token goes into a header, not in here.

        Args:
            resume: The server's id of our connection, to take up its signalling again.
            again_in: The server's id of the session that we were in and lost. A server of ours
                then does not begin another one that is empty, when ours was ended meanwhile.
        """
        query = {
            "auto_subscribe": "1",
            "adaptive_stream": "0",
            "protocol": str(PROTOCOL_VERSION),
            "sdk": "python",
            "version": "0.1.0",
        }
        if resume:
            query |= {"reconnect": "1", "sid": resume}
        if again_in:
            query |= {"again_in": again_in}
        return f"{self.base}/rtc?{urlencode(query)}"


def parse_address(url: str, known: KnownServers | None = None) -> ServerAddress:
    """Read a server's URL: ws, wss, http or https; a trailing `/` or `/rtc` does not matter.

    Raises:
        CallsError: `ERROR_CONNECTION_FAILED` when it is no such URL.
    """
    read = read_address(url, ANY, bare=False, code=ErrorCode.CONNECTION_FAILED)
    base = read.ws.removesuffix("/rtc").rstrip("/")
    tls = known.context(read) if known else None
    return ServerAddress(base, read.is_loopback, read.is_private, tls, proxy_for(read))


def ice_servers(address: ServerAddress, suggested: Iterable[rtc.ICEServer]) -> list[IceServer]:
    """The STUN and TURN servers to use of those the server suggests.

    No STUN for a server on this machine or a private network: one beyond an unreachable route only
    delays joining (5 s measured with livekit-server's defaults).
    """
    kinds = ("turn:", "turns:") if address.is_private else ("stun:", "turn:", "turns:")
    servers: list[IceServer] = []
    for one in suggested:
        # aiortc raises on a scheme or form it does not know; only its own kinds are passed on.
        urls = [url for url in one.urls if url.startswith(kinds)]
        if urls:
            servers.append(
                IceServer(
                    urls=urls, username=one.username or None, credential=one.credential or None
                )
            )
    return servers[:_MAX_ICE_SERVERS]
