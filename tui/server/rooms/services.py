"""What the media of every participant needs of the server."""

from __future__ import annotations

from tui.domain.frozen import dataclass
from tui.server.limits import Limits
from tui.server.sfu.counters import Counters
from tui.server.sfu.credentials import ServerCertificate
from tui.server.sfu.mux import UdpMux
from tui.server.tasks import OwnedTasks


@dataclass(frozen=True, slots=True)
class MediaServices:
    """One for the whole server."""

    mux: UdpMux
    certificate: ServerCertificate
    counters: Counters
    tasks: OwnedTasks
    max_bitrate_bps: int
    """What one publisher may send in video, all layers together."""
    limits: Limits
