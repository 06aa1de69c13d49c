"""RTCP from a subscriber: repeat requests, key frame requests, loss, what its line carries."""

from __future__ import annotations

import time
from typing import Final

from tui.server.sfu import rtcp
from tui.server.sfu.downtrack import DownTrack
from tui.server.sfu.dtls import MediaTransport

_ESTIMATE_KEPT_S: Final = 3.0


class Downlink:
    """The subscriber half of one participant's media.

    Args:
        transport: The subscriber peer connection's transport.
    """

    def __init__(self, transport: MediaTransport) -> None:
        self._transport = transport
        self._counters = transport.counters
        self._by_ssrc: dict[int, DownTrack] = {}
        self._estimates: dict[int, tuple[float, int]] = {}
        """By the first SSRC an estimate is for: when it came, bits a second. A browser makes one
        for all it receives, aiortc one for each stream."""
        transport.on_rtcp = self.received_rtcp

    def add(self, down: DownTrack) -> None:
        """Listen to RTCP about `down`."""
        self._by_ssrc[down.ssrc] = down

    def discard(self, down: DownTrack) -> None:
        """Stop listening to RTCP about `down`."""
        self._by_ssrc.pop(down.ssrc, None)
        self._estimates.pop(down.ssrc, None)

    @property
    def loss(self) -> float:
        """Mean fraction lost of the streams that flow, 0..1; they share one path."""
        losses = [down.loss for down in self._by_ssrc.values() if down.packets and not down.paused]
        return sum(losses) / len(losses) if losses else 0.0

    def estimate_bps(self, now: float) -> float | None:
        """What the subscriber says its line carries of video; None: it said nothing lately."""
        known = [bps for at, bps in self._estimates.values() if now - at < _ESTIMATE_KEPT_S]
        return float(sum(known)) if known else None

    def received_rtcp(self, datagram: bytes) -> None:
        """Take what the subscriber reports and asks for."""
        try:
            for kind, count, packet in rtcp.split_compound(datagram):
                self._packet(kind, count, packet)
        except rtcp.RtcpError as error:
            self._counters.malformed("rtcp", self._transport.name, error)

    def _packet(self, kind: int, count: int, packet: bytes) -> None:
        if kind in (rtcp.RECEIVER_REPORT, rtcp.SENDER_REPORT):
            for ssrc, loss in rtcp.parse_report_blocks(kind, count, packet):
                down = self._by_ssrc.get(ssrc)
                if down is not None:
                    down.loss = loss
        elif kind == rtcp.TRANSPORT_FEEDBACK and count == rtcp.FEEDBACK_NACK:
            ssrc, sequences = rtcp.parse_nack(packet)
            down = self._by_ssrc.get(ssrc)
            if down is not None:
                self._counters.nacks_in += 1
                down.resend(sequences)
        elif kind == rtcp.PAYLOAD_FEEDBACK and count == rtcp.FEEDBACK_APPLICATION:
            estimate = rtcp.parse_remb(packet)
            if estimate is not None:
                named = [ssrc for ssrc in estimate[1] if ssrc in self._by_ssrc]
                for ssrc in named:
                    self._estimates.pop(ssrc, None)
                if named:
                    self._estimates[named[0]] = time.monotonic(), estimate[0]
        elif kind == rtcp.PAYLOAD_FEEDBACK:
            for ssrc in rtcp.parse_key_frame_request(count, packet):
                down = self._by_ssrc.get(ssrc)
                if down is not None:
                    down.ask_key_frame()
