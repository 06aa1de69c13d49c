"""RTP and RTCP from a publisher: which track a packet belongs to, and on to its down-tracks."""

from __future__ import annotations

import logging
import time

from tui.server.sfu import rtcp
from tui.server.sfu.dtls import MediaTransport
from tui.server.sfu.layer import Layer
from tui.server.sfu.narrow import LEAST_BPS, ArrivalEstimate, NarrowLine
from tui.server.sfu.rtp import OPUS_PAYLOAD_TYPE, outgoing_extension
from tui.server.sfu.track import PublishedTrack
from tui.server.sfu.vp8 import Vp8Error, Vp8Fields, parse_vp8
from tui.wire.red import RedError, pack, unpack
from tui.wire.rtp import (
    EXTENSION_ABS_SEND_TIME,
    EXTENSION_AUDIO_LEVEL,
    EXTENSION_MID,
    EXTENSION_REPAIRED_RID,
    EXTENSION_RID,
    RtpError,
    header_extensions,
    parse_rtp,
)

log = logging.getLogger(__name__)

_NACKS_PER_TICK = 64
_SOURCES_KEPT = 4_096
"""Most SSRCs of one publisher in all its time; libsrtp keeps something for each."""


class Uplink:
    """The publisher half of one participant's media.

    Args:
        transport: The publisher peer connection's transport.
        max_bitrate_bps: What the publisher may send in video, all layers together.
    """

    def __init__(self, transport: MediaTransport, max_bitrate_bps: int) -> None:
        self._transport = transport
        self._counters = transport.counters
        self._max_bitrate_bps = max_bitrate_bps
        self._by_ssrc: dict[int, tuple[Layer, PublishedTrack]] = {}
        self._by_mid: dict[str, PublishedTrack] = {}
        self._repairs: dict[int, tuple[Layer, PublishedTrack]] = {}
        self._repair_of: dict[int, int] = {}
        self._repair_payload_types: set[int] = set()
        self._sources: set[int] = set()
        """SSRCs that were not expected when they came."""
        self._mid_id = self._rid_id = self._repaired_rid_id = self._level_id = 0
        self._sent_at_id = 0
        self._arrivals, self._line, self._video_bytes = ArrivalEstimate(), NarrowLine(), 0
        transport.on_rtp = self._received
        transport.on_rtcp = self.received_rtcp

    def learn_extension(self, uri: str, identifier: int) -> None:
        """Note a negotiated header extension."""
        if uri == EXTENSION_MID:
            self._mid_id = identifier
        elif uri == EXTENSION_RID:
            self._rid_id = identifier
        elif uri == EXTENSION_REPAIRED_RID:
            self._repaired_rid_id = identifier
        elif uri == EXTENSION_AUDIO_LEVEL:
            self._level_id = identifier
        elif uri == EXTENSION_ABS_SEND_TIME:
            self._sent_at_id = identifier

    def learn_repair(self, payload_type: int) -> None:
        """Note the payload type of retransmissions (RFC 4588)."""
        self._repair_payload_types.add(payload_type)

    def track_at(self, mid: str) -> PublishedTrack | None:
        """The track that media section `mid` carries."""
        return self._by_mid.get(mid)

    def bind_mid(self, mid: str, track: PublishedTrack) -> None:
        """Media section `mid` carries `track`, and no other section does."""
        for former in [one for one, bound in self._by_mid.items() if bound is track]:
            del self._by_mid[former]
        self._by_mid[mid] = track

    def bind_ssrc(self, ssrc: int, track: PublishedTrack, repair_ssrc: int | None) -> None:
        """The only encoding of `track` has `ssrc`, as its session description says."""
        bound = self._by_ssrc.get(ssrc)
        if bound is None or bound[1] is not track:
            self._bind(Layer(ssrc, "", track.clock_rate), track)
        self._repair_of = {
            repair: repaired
            for repair, repaired in self._repair_of.items()
            if repaired in self._by_ssrc
        }
        if repair_ssrc is not None:
            self._repair_of[repair_ssrc] = ssrc

    def forget(self, track: PublishedTrack) -> None:
        """`track` is not published any more."""
        if self._by_mid.get(track.mid) is track:
            del self._by_mid[track.mid]
        for bindings in (self._by_ssrc, self._repairs):
            for ssrc in [ssrc for ssrc, bound in bindings.items() if bound[1] is track]:
                del bindings[ssrc]

    @property
    def loss(self) -> float:
        """The worst fraction lost of all layers in the last report interval, 0..1."""
        return max((layer.loss for layer, _ in self._by_ssrc.values()), default=0.0)

    def _bind(self, layer: Layer, track: PublishedTrack) -> None:
        former = track.layers.get(layer.rid)
        if former is not None:
            self._by_ssrc.pop(former.ssrc, None)
            for ssrc in [ssrc for ssrc, bound in self._repairs.items() if bound[0] is former]:
                del self._repairs[ssrc]
        track.layers[layer.rid] = layer
        self._by_ssrc[layer.ssrc] = layer, track
        now = layer.last_at = time.monotonic()
        for down in track.downs:
            down.choose(now)
        log.debug("%s: ssrc %d is %s %r", self._transport.name, layer.ssrc, track.sid, layer.rid)

    def _recognise(self, ssrc: int, extensions: dict[int, bytes]) -> Layer | None:
        """The layer of a new SSRC, told by its MID and RID extensions."""
        track = self._by_mid.get(_text(extensions, self._mid_id))
        if track is None:
            return None
        rid = _text(extensions, self._rid_id) if track.rids else ""
        if track.rids and rid not in track.rids:
            return None
        layer = Layer(ssrc, rid, track.clock_rate)
        self._bind(layer, track)
        return layer

    def _meet(self, ssrc: int) -> None:
        """Count a source; a publisher that invents them without end is put out."""
        self._sources.add(ssrc)
        if len(self._sources) == _SOURCES_KEPT:
            self._counters.limits_exceeded += 1
            self._transport.on_lost(f"{_SOURCES_KEPT} sources of media, more than any client has")

    def _received(self, packet: bytes) -> None:
        counters = self._counters
        counters.rtp_in += 1
        counters.bytes_in += len(packet)
        try:
            second, sequence, timestamp, ssrc, extension, start, end = parse_rtp(packet)
        except RtpError as error:
            counters.malformed("rtp", self._transport.name, error)
            return
        if second & 0x7F in self._repair_payload_types:
            self._repair(packet, second, timestamp, ssrc, extension, start, end)
            return
        bound = self._by_ssrc.get(ssrc)
        if bound is None:
            self._meet(ssrc)
            found = header_extensions(packet, extension, start) if extension else {}
            if self._recognise(ssrc, found) is None:
                counters.unbound_dropped += 1
                return
            bound = self._by_ssrc[ssrc]
        layer, track = bound
        level = -1
        if track.kind == "audio" and extension:
            value = header_extensions(packet, extension, start).get(self._level_id)
            if value:
                level = value[0]
        elif track.kind == "video" and extension:
            self._video_bytes += len(packet)
            value = header_extensions(packet, extension, start).get(self._sent_at_id)
            if value:
                sent_at = int.from_bytes(value, "big")
                self._arrivals.add(sent_at, len(packet), ssrc, time.monotonic())
        payload, redundant = packet[start:end], b""
        if second & 0x7F == track.red_type and payload:
            try:
                payload, redundant = self._without_copies(payload, track.opus_type)
            except RedError as error:
                counters.malformed("rtp", self._transport.name, error)
                payload = b""
        self._forward(layer, track, second & 0x80, sequence, timestamp, payload, level, redundant)

    @staticmethod
    def _without_copies(red: bytes, payload_type: int) -> tuple[bytes, bytes]:
        """The packet itself, and the redundant one with our payload type inside."""
        payload, copies = unpack(red, payload_type)
        if payload_type != OPUS_PAYLOAD_TYPE:
            red = pack(payload, copies, OPUS_PAYLOAD_TYPE)
        return payload, red

    def _repair(
        self,
        packet: bytes,
        second: int,
        timestamp: int,
        ssrc: int,
        extension: int,
        start: int,
        end: int,
    ) -> None:
        """A retransmission: the original sequence number, then the original payload."""
        bound = self._repairs.get(ssrc) or self._by_ssrc.get(self._repair_of.get(ssrc, 0))
        if bound is None:
            self._meet(ssrc)
        if bound is None and extension:
            found = header_extensions(packet, extension, start)
            track = self._by_mid.get(_text(found, self._mid_id))
            layer = track.layers.get(_text(found, self._repaired_rid_id)) if track else None
            if track is not None and layer is not None:
                for former in [one for one, known in self._repairs.items() if known[0] is layer]:
                    del self._repairs[former]
                bound = self._repairs[ssrc] = layer, track
        if bound is None or end - start <= 2:  # padding that probes for bandwidth
            self._counters.padding_dropped += 1
            return
        original = packet[start] << 8 | packet[start + 1]
        if bound[0].knows(original):
            self._counters.repeats_dropped += 1
            return
        self._counters.retransmissions_in += 1
        self._forward(*bound, second & 0x80, original, timestamp, packet[start + 2 : end], -1)

    def _forward(
        self,
        layer: Layer,
        track: PublishedTrack,
        marker: int,
        sequence: int,
        timestamp: int,
        payload: bytes,
        level: int,
        red: bytes = b"",
    ) -> None:
        now = time.monotonic()
        missing = layer.receive(sequence, timestamp, len(payload), now)
        if not payload:
            # An empty opus packet ends PyAV's decoder for good; padding fills a jitter buffer.
            self._counters.padding_dropped += 1
            layer.drop(sequence)
            return
        if track.muted:
            self._counters.muted_dropped += 1
            return
        if level >= 0:
            track.level, track.level_at = level & 0x7F, now
        vp8: Vp8Fields | None = None
        if track.kind == "video":
            if missing:
                self._counters.nacks_out += 1
                layer.expect_again(missing)
                self._transport.send_rtcp(rtcp.nack(layer.ssrc, missing))
            if track.codec == "VP8":
                try:
                    vp8 = parse_vp8(payload)
                except Vp8Error as error:
                    self._counters.malformed("rtp", self._transport.name, error)
                    layer.drop(sequence)
                    return
        sequence = layer.renumber(sequence)
        extension = outgoing_extension(now, level)
        for down in track.downs:
            down.write(layer, marker, sequence, timestamp, extension, payload, vp8, now, red)

    def received_rtcp(self, datagram: bytes) -> None:
        """Take what the publisher reports."""
        try:
            for kind, _, packet in rtcp.split_compound(datagram):
                if kind != rtcp.SENDER_REPORT:
                    continue
                ssrc, ntp, rtp_timestamp = rtcp.parse_sender_report(packet)
                bound = self._by_ssrc.get(ssrc)
                if bound is not None:
                    layer, track = bound
                    layer.note_sender_report(ntp, time.monotonic())
                    for down in track.downs:
                        down.sender_report(layer, ntp, rtp_timestamp)
        except rtcp.RtcpError as error:
            self._counters.malformed("rtcp", self._transport.name, error)

    def report(self, now: float) -> None:
        """Send reception reports; call once a second."""
        heard = [bound for bound in self._by_ssrc.values() if bound[0].heard]
        for first in range(0, len(heard), 31):
            blocks = [
                layer.report_block(now, lost_behind=_lost_behind(track))
                for layer, track in heard[first : first + 31]
            ]
            self._transport.send_rtcp(rtcp.receiver_report(blocks))

    def allow(self, now: float) -> None:
        """Tell the publisher how much it may send; call twice a second."""
        video = [
            bound for bound in self._by_ssrc.values() if bound[0].heard and bound[1].kind == "video"
        ]
        flowing, self._video_bytes = 8 * self._video_bytes, 0
        self._line.update(self._arrivals.take(), flowing, now)
        if video:
            allowed = self._allowed_bps([track for _, track in video])
            self._transport.send_rtcp(rtcp.remb(allowed, [layer.ssrc for layer, _ in video]))

    def _allowed_bps(self, tracks: list[PublishedTrack]) -> int:
        """What may be sent: as much as its line carries, and those of who receives it."""
        limits = [self._max_bitrate_bps, self._line.limit_bps]
        behind = [track.limit_bps for track in tracks]
        if all(limit is not None for limit in behind):  # else something is wanted in full
            limits.append(sum(limit for limit in behind if limit is not None))
        return int(max(LEAST_BPS, min(limit for limit in limits if limit is not None)))

    def ask_missing(self) -> None:
        """Ask again for what is still missing; call ten times a second."""
        for layer, track in self._by_ssrc.values():
            missing = layer.still_missing()
            if missing and not track.muted:
                self._transport.send_rtcp(rtcp.nack(layer.ssrc, missing[:_NACKS_PER_TICK]))
            if layer.unrepaired:
                layer.unrepaired = False
                if track.kind == "video" and any(down.layer is layer for down in track.downs):
                    self._counters.key_frames_asked += track.ask_key_frame(layer)


def _lost_behind(track: PublishedTrack) -> float:
    if track.kind != "audio":
        return 0.0
    return max((down.loss for down in track.downs if not down.paused), default=0.0)


def _text(extensions: dict[int, bytes], identifier: int) -> str:
    return extensions.get(identifier, b"").decode("ascii", "replace")
