"""RTCP from a subscriber: repeat requests, key frame requests, loss."""

from __future__ import annotations

from tui.server.sfu import rtcp
from tui.server.sfu.downtrack import DownTrack
from tui.server.sfu.dtls import MediaTransport


class Downlink:
    """The subscriber half of one participant's media.

    Args:
        transport: The subscriber peer connection's transport.
    """

    def __init__(self, transport: MediaTransport) -> None:
        self._transport = transport
        self._counters = transport.counters
        self._by_ssrc: dict[int, DownTrack] = {}
        transport.on_rtcp = self._received

    def add(self, down: DownTrack) -> None:
        """Listen to RTCP about `down`."""
        self._by_ssrc[down.ssrc] = down

    def discard(self, down: DownTrack) -> None:
        """Stop listening to RTCP about `down`."""
        self._by_ssrc.pop(down.ssrc, None)

    @property
    def loss(self) -> float:
        """Mean fraction lost of the streams that flow, 0..1; they share one path."""
        losses = [down.loss for down in self._by_ssrc.values() if down.packets and not down.paused]
        return sum(losses) / len(losses) if losses else 0.0

    def _received(self, datagram: bytes) -> None:
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
        elif kind == rtcp.PAYLOAD_FEEDBACK:
            for ssrc in rtcp.parse_key_frame_request(count, packet):
                down = self._by_ssrc.get(ssrc)
                if down is not None:
                    down.ask_key_frame()
