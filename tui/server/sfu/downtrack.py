"""One track forwarded to one subscriber: which layer, renumbered so that switches do not show."""

from __future__ import annotations

import secrets

from tui.server.sfu import rtcp
from tui.server.sfu.counters import Counters
from tui.server.sfu.dtls import MediaTransport
from tui.server.sfu.key_starts import begins_key
from tui.server.sfu.layer import Layer
from tui.server.sfu.rtp import ExtensionIds, renumbered
from tui.server.sfu.track import PublishedTrack
from tui.server.sfu.vp8 import Vp8Fields, picture_id, shift_counters, tl0_index
from tui.wire.rtp import RTP_HEADER

HIGHEST_LAYER = 99
_CACHE = 256
"""Packets kept for retransmission, a power of two: 4 s of a 500 kbit/s stream."""
_RESENDS_PER_TICK = 60
_RESENT_PACKET_BITS = 8_000


class DownTrack:
    """Forwards `track` over `transport`.

    The outgoing numbers are the incoming ones plus an offset per counter; a switch to another
    layer happens at a key frame and chooses the offsets so that every counter goes on by one.

    Args:
        track: What is forwarded.
        transport: The subscriber's.
        payload_type: As offered to the subscriber.
    """

    __slots__ = (
        "_cache",
        "_counted",
        "_floor",
        "_guarding",
        "_last_payload",
        "_last_vp8",
        "_out_at",
        "_out_sequence",
        "_out_timestamp",
        "_picture_shift",
        "_resends_left",
        "_resynchronising",
        "_sequence_shift",
        "_started",
        "_timestamp_shift",
        "_tl0_shift",
        "_transport",
        "ceiling",
        "counters",
        "extension_ids",
        "highest",
        "layer",
        "limit_bps",
        "loss",
        "mid",
        "octets",
        "packets",
        "paused",
        "payload_type",
        "red_type",
        "ssrc",
        "target",
        "track",
    )

    def __init__(self, track: PublishedTrack, transport: MediaTransport, payload_type: int) -> None:
        self.track = track
        self.counters: Counters = transport.counters
        self.ssrc = secrets.randbits(31) | 1
        self.payload_type = payload_type
        self.red_type = -1
        """As the subscriber agreed to for redundant packets (RFC 2198); -1: it takes none."""
        self.extension_ids: ExtensionIds | None = None
        """The client's own numbers; None: it took ours."""
        self.mid = ""
        self.layer: Layer | None = None
        """What is forwarded now."""
        self.target: Layer | None = None
        """What should be forwarded; they differ until the target's next key frame."""
        self.highest = HIGHEST_LAYER
        """Index of the best layer the subscriber wants."""
        self.ceiling = HIGHEST_LAYER
        """Index of the best layer the subscriber's network carries."""
        self.paused = False
        self.packets = 0
        self.octets = 0
        self.loss = 0.0
        """Fraction the subscriber last reported lost, 0..1."""
        self.limit_bps: float | None = None
        """What its line carries of this track, when that has no layers [bit/s]."""
        self._counted = 0
        self._transport = transport
        self._started = False
        self._resynchronising = False
        self._sequence_shift = self._timestamp_shift = 0
        self._picture_shift = self._tl0_shift = 0
        self._out_sequence = self._out_timestamp = 0
        self._out_at = 0.0
        self._last_payload = b""
        self._last_vp8: Vp8Fields | None = None
        self._floor = 0
        self._guarding = False
        self._cache: list[tuple[int, bytes] | None] = [None] * _CACHE
        self._resends_left = _RESENDS_PER_TICK

    @property
    def layer_index(self) -> int:
        """Index of the layer forwarded now."""
        rids = self.track.rids
        return rids.index(self.layer.rid) if self.layer and self.layer.rid in rids else 0

    def choose(self, now: float, *, ask: bool = True) -> None:
        """Choose the target layer again and ask it for a key frame when that means a switch."""
        self.target = self.track.layer_for(min(self.highest, self.ceiling), now)
        waiting = self.target is not self.layer or self._resynchronising
        if ask and waiting and not self.paused and self.track.kind == "video":
            self.ask_key_frame()

    def ask_key_frame(self) -> None:
        """A key frame, of the layer that is or will be forwarded."""
        if self.track.ask_key_frame(self.target or self.layer):
            self.counters.key_frames_asked += 1

    def resynchronise(self) -> None:
        """Packets were withheld: continue the numbering at the next one (video: key frame)."""
        if self._started:
            self._resynchronising = True
            if self.track.kind == "video":
                self.ask_key_frame()

    def set_paused(self, *, paused: bool) -> None:
        """Stop or resume forwarding at the subscriber's wish."""
        if self.paused and not paused:
            self.resynchronise()
        self.paused = paused
        self.loss = 0.0  # nothing is reported while nothing is sent

    def take_bits(self) -> int:
        """How many bits were sent since this was last asked."""
        sent, self._counted = self.octets - self._counted, self.octets
        return 8 * sent

    def tick(self) -> None:
        """Allow retransmissions again; call ten times a second.

        On a narrow line only a third on top: what is sent again must not fill it, too.
        """
        self._resends_left = _RESENDS_PER_TICK
        if self.limit_bps is not None:
            self._resends_left = max(1, int(self.limit_bps / _RESENT_PACKET_BITS / 30))

    def write(
        self,
        layer: Layer,
        marker: int,
        sequence: int,
        timestamp: int,
        extension: bytes,
        payload: bytes,
        vp8: Vp8Fields | None,
        now: float,
        red: bytes = b"",
    ) -> None:
        """Forward one packet of `layer`, or not.

        Args:
            layer: Where it came from.
            marker: 0x80 when the marker bit is set, else 0.
            sequence: Its number, gaps of dropped packets already closed.
            timestamp: Its RTP timestamp.
            extension: The outgoing header extension block.
            payload: Its payload, without padding, not empty.
            vp8: `parse_vp8` of it, None for another codec.
            now: Monotonic seconds.
            red: The same with copies of earlier packets, for those who take that; empty: none.
        """
        if self.paused:
            return
        if layer is not self.layer or self._resynchronising:
            if not self._may_begin(layer, payload, vp8, now):
                return
            self._begin(layer, sequence, timestamp, payload, vp8, now)
        elif self._guarding and self._is_of_before(sequence):
            return
        out_sequence = (sequence + self._sequence_shift) & 0xFFFF
        out_timestamp = (timestamp + self._timestamp_shift) & 0xFFFFFFFF
        if (out_sequence - self._out_sequence) & 0xFFFF < 0x8000:
            self._out_sequence, self._out_timestamp = out_sequence, out_timestamp
            self._out_at = now
            self._last_payload, self._last_vp8 = payload, vp8
        if vp8 is not None and (self._picture_shift or self._tl0_shift):
            payload = shift_counters(payload, vp8, self._picture_shift, self._tl0_shift)
        payload_type = self.payload_type
        if red and self.red_type >= 0:
            payload, payload_type = red, self.red_type
        if self.extension_ids is not None:
            extension = renumbered(extension, self.extension_ids)
        header = RTP_HEADER.pack(
            0x90, marker | payload_type, out_sequence, out_timestamp, self.ssrc
        )
        packet = header + extension + payload
        if self.track.kind == "video":
            self._cache[out_sequence % _CACHE] = (out_sequence, packet)
        transport = self._transport
        if not transport.ready:
            return
        self.packets += 1
        self.octets += len(payload)
        self.counters.rtp_out += 1
        self.counters.bytes_out += len(packet)
        transport.send_rtp(packet)

    def _is_of_before(self, sequence: int) -> bool:
        """Whether a packet was sent before the switch: its number now means another packet."""
        since = (sequence - self._floor) & 0xFFFF
        if 0x1000 < since < 0x8000:
            self._guarding = False
        return since >= 0x8000

    def _may_begin(self, layer: Layer, payload: bytes, vp8: Vp8Fields | None, now: float) -> bool:
        if self.track.kind == "audio":
            return True
        if self.target is None:
            self.choose(now)
        if layer is not self.target:
            return False
        key = vp8[3] if vp8 is not None else begins_key(self.track.codec, payload)
        if not key:
            self.ask_key_frame()
        return key

    def _begin(
        self,
        layer: Layer,
        sequence: int,
        timestamp: int,
        payload: bytes,
        vp8: Vp8Fields | None,
        now: float,
    ) -> None:
        if self._started:
            self.counters.layer_switches += 1
            self._sequence_shift = (self._out_sequence + 1 - sequence) & 0xFFFF
            if layer is not self.layer:  # the same source's clock just goes on
                elapsed = int((now - self._out_at) * layer.clock_rate)
                self._timestamp_shift = (
                    self._out_timestamp + max(1, elapsed) - timestamp
                ) & 0xFFFFFFFF
            if vp8 is not None and self._last_vp8 is not None:
                last = picture_id(self._last_payload, self._last_vp8) + self._picture_shift
                self._picture_shift = last + 1 - picture_id(payload, vp8)
                last = tl0_index(self._last_payload, self._last_vp8) + self._tl0_shift
                self._tl0_shift = last + 1 - tl0_index(payload, vp8)
            self._floor, self._guarding = sequence, True
        else:
            self._out_sequence = (sequence - 1) & 0xFFFF
        self._started = True
        self._resynchronising = False
        self.layer = layer

    def resend(self, sequences: list[int]) -> None:
        """Answer a NACK from the cache, within a budget so that it cannot be made a weapon."""
        for sequence in sequences:
            kept = self._cache[sequence % _CACHE]
            if kept is None or kept[0] != sequence:
                continue
            if not self._resends_left:
                return
            self._resends_left -= 1
            self.counters.retransmissions_out += 1
            self._transport.send_rtp(kept[1])

    def sender_report(self, layer: Layer, ntp: int, rtp_timestamp: int) -> None:
        """Pass on the publisher's clock, in this stream's timestamps."""
        if self.layer is layer and self.packets:
            self.counters.sender_reports += 1
            self._transport.send_rtcp(
                rtcp.sender_report(
                    self.ssrc, ntp, rtp_timestamp + self._timestamp_shift, self.packets, self.octets
                )
            )
