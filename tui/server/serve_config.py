"""How a server serves: what `cellcall serve`, the demo and a program that embeds one decide."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path

from tui.domain.frozen import dataclass
from tui.server.cluster import Cluster
from tui.server.limits import Limits
from tui.server.secret import ISSUER
from tui.server.turn import TurnServers
from tui.wire.rules import DEFAULT_CALL_TOKEN_TTL_S


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeConfig:
    """How to serve."""

    host: str = "127.0.0.1"
    """The address to listen on; `0.0.0.0` or `::` for all."""
    port: int = 7880
    """TCP; 0 for any free one."""
    udp_port: int = 0
    """Media; 0 for any free one."""
    tcp_port: int | None = None
    """Media of browsers without UDP, beside `port`, which takes them, too; None: none."""
    state_dir: Path | None = None
    """Where users, keys and the call log are kept; None: in memory only."""
    open_users: bool = False
    """Logging in with the API key creates an unknown user."""
    advertise: str | None = None
    """The address clients reach this machine at, when it is not `host` (behind NAT)."""
    tls_certificate: Path | None = None
    """PEM, with its chain; then `https://` and `wss://` are served."""
    tls_key: Path | None = None
    """PEM; None: in the certificate's file."""
    public_url: str = ""
    """What links begin with, behind a proxy; empty: the address that is served."""
    proxies: tuple[str, ...] = ()
    """Addresses or networks of proxies, which are believed whom they speak for."""
    own_certificate: bool = False
    """`tls_certificate` is of this server's making: links say which one it is."""
    relays: TurnServers = field(default_factory=TurnServers)
    """For clients on networks without UDP."""
    limits: Limits = field(default_factory=Limits)
    call_token_ttl_s: int = DEFAULT_CALL_TOKEN_TTL_S
    metrics_port: int | None = None
    """TCP port on 127.0.0.1 that serves the counters; 0: any free one; None: not served."""
    cluster: Cluster | None = None
    """Carries the calls; None: this server does."""
    app_id: str = ISSUER
    """Also the name of the LiveKit API key (`iss` of every call token)."""
