"""By what a client comes into a session, for the first time or again."""

from __future__ import annotations

from tui.domain.frozen import dataclass
from tui.transport.livekit.address import ServerAddress
from tui.transport.livekit.keys import Keys


@dataclass(frozen=True, slots=True)
class WayIn:
    """Where the server is, and what we have for it."""

    address: ServerAddress
    token: str
    """The newest: the server gives others out while the session lasts."""
    keys: Keys | None
    """Seal what we send, and open the rest; None: nothing is sealed."""
    loopback: bool
    """127.0.0.1 is offered to the server."""
    again_in: str = ""
    """The session that we were in and lost, by the server's id; empty: we come anew."""
