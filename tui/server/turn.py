"""TURN servers that clients are sent to, for networks through which no UDP goes.

The server itself is in nobody's way for UDP; where only TCP passes, a TURN server (coturn, say)
takes media over TCP or TLS and hands them on. Clients use it by themselves when nothing else goes.
With the secret that both servers share, each client gets a name and a password of its own, good for
some hours (draft-uberti-behave-turn-rest-00, coturn's `use-auth-secret`).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Sequence
from typing import Final

from livekit.protocol import rtc

from tui.domain.frozen import dataclass

LIFETIME_S: Final = 12 * 3600
"""Longer than a call; a connection that stands is not asked again."""
_URL: Final = re.compile(
    r"turns?:(\[[0-9a-fA-F:.]+\]|[\w.-]+)(:\d{1,5})?(\?transport=(udp|tcp))?", re.ASCII
)


def turn_problem(url: str) -> str:
    """Why this is no address of a TURN server (RFC 7065); empty: it is one."""
    if _URL.fullmatch(url) is None:
        return f"{url!r} is no address of a TURN server"
    if url.startswith("turns:") and url.endswith("=udp"):
        return "TURN over TLS goes over TCP"
    return ""


@dataclass(frozen=True, slots=True)
class TurnServers:
    """The TURN servers of one embedded server.

    Args:
        urls: As `turn_problem` has nothing against.
        secret: Shared with them; empty: they ask for no password.
    """

    urls: tuple[str, ...] = ()
    secret: str = ""

    def for_client(
        self, identity: str, clock: Callable[[], float] = time.time
    ) -> Sequence[rtc.ICEServer]:
        """What one participant may use from now on."""
        if not self.urls:
            return ()
        # The best for a network without UDP first: aiortc uses one.
        urls = sorted(self.urls, key=lambda url: (not url.startswith("turns"), "tcp" not in url))
        if not self.secret:
            return (rtc.ICEServer(urls=urls),)
        tag = hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:12]
        name = f"{int(clock()) + LIFETIME_S}:{tag}"
        sealed = hmac.new(self.secret.encode(), name.encode(), hashlib.sha1).digest()
        word = base64.b64encode(sealed).decode()
        return (rtc.ICEServer(urls=urls, username=name, credential=word),)
