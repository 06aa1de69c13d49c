"""Takes the place of the jitter buffer of a receiver of aiortc: Opus packets go on undecoded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tui.domain.media import FRAME_SAMPLES
from tui.transport.rtc.red_codec import RedTypes
from tui.wire.red import RedError, unpack

PutPacket = Callable[[bytes, int, int, int, int], None]
"""Takes payload, RTP time stamp, sequence number and level (0 to -127 dBov) of an Opus packet, and
how many samples later the packet came that carried it as a copy (0: it came itself)."""


class AudioTap:
    """Stands in for a receiver's jitter buffer: packets go out at once, nothing is decoded."""

    def __init__(self, put: PutPacket, known: Callable[[int, int], None] | None = None) -> None:
        self._put = put
        self._known = known
        self.red: RedTypes | None = None
        """Which packets are redundant ones, once that is negotiated."""

    def add(self, packet: Any) -> tuple[bool, None]:
        """As `aiortc.jitterbuffer.JitterBuffer.add`."""
        if self._known is not None:
            self._known(packet.ssrc, packet.payload_type)
        level = packet.extensions.audio_level
        # The extension counts down from full scale: 0 is loudest, 127 is silence (RFC 6464).
        dbov = -127 if level is None else -int(level[1])
        self.take(packet._data, packet.payload_type, packet.timestamp, packet.sequence_number, dbov)
        return False, None

    def take(
        self, payload: bytes, payload_type: int, timestamp: int, sequence: int, dbov: int
    ) -> None:
        """One packet; its copies go out before it. Padding alone is nothing."""
        red = self.red
        if red is not None and payload_type == red.red:
            try:
                payload, copies = unpack(payload, red.opus)
            except RedError:
                return
            for age, copy in copies:
                # RED says only how old a copy is; every sender we know sends 20 ms at a time.
                before = max(1, age // FRAME_SAMPLES)
                self._put(copy, timestamp - age, sequence - before, dbov, age)
        if payload:
            self._put(payload, timestamp, sequence, dbov, 0)
