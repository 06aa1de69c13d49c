"""The peer connections of one participant: one for each way, or one for both."""

from __future__ import annotations

import asyncio

from tui.server.rooms.services import MediaServices
from tui.server.sfu.downlink import Downlink
from tui.server.sfu.dtls import MediaTransport
from tui.server.sfu.uplink import Uplink


class Ways:
    """What a participant's media come and go by.

    Args:
        services: Of the server.
        name: For the log.
        local: Our address that its signalling came in on, empty when unknown.
        single: One connection for both ways.
    """

    def __init__(self, services: MediaServices, name: str, local: str, *, single: bool) -> None:
        made = [
            MediaTransport(
                services.mux,
                services.certificate,
                f"{name} ({way})",
                services.limits.message_bytes,
                local,
            )
            for way in (("both ways",) if single else ("up", "down"))
        ]
        self.up, self.down = made[0], made[-1]
        self.uplink = Uplink(self.up, services.max_bitrate_bps)
        self.downlink = Downlink(self.down)
        if single:
            self.up.on_rtcp = self._received_rtcp

    def _received_rtcp(self, datagram: bytes) -> None:
        """Each takes of it what is for it."""
        self.uplink.received_rtcp(datagram)
        self.downlink.received_rtcp(datagram)

    @property
    def last_seen(self) -> float:
        """Monotonic seconds of the last authenticated packet."""
        return max(self.up.last_seen, self.down.last_seen)

    async def close(self) -> None:
        """Close what there is of them."""
        await asyncio.gather(*(one.close() for one in {self.up, self.down}))
