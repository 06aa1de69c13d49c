"""One participant's connection to the bridge: full ICE (controlling), DTLS server, RTP forwarded
with or without SSRC rewriting, layers by constraint, the channel over WebSocket or SCTP.

Fidelity before speed: it behaves as jitsi-videobridge is documented to, on aiortc's ORTC objects.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
import struct
import time
from dataclasses import dataclass, field
from typing import Any

from aiortc import (
    RTCDtlsFingerprint,
    RTCDtlsParameters,
    RTCDtlsTransport,
    RTCIceCandidate,
    RTCIceGatherer,
    RTCIceParameters,
    RTCIceTransport,
    RTCSctpCapabilities,
)
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRtpfbPacket,
    RtcpSrPacket,
    pack_remb_fci,
)
from websockets.asyncio.server import ServerConnection

from tui.server.sfu.vp8 import Vp8Error, parse_vp8, picture_id, shift_counters, tl0_index
from tui.transport.rtc.aiortc_private import datagram_protocols
from tui.transport.rtc.described import Candidate, End
from tui.transport.rtc.ortc_private import GuardedSctp
from tui.transport.rtc.peer_lifetime import bound

log = logging.getLogger(__name__)

AUDIO_PT, VP8_PT, VP8_RTX_PT = 111, 100, 96
LEVEL_EXTENSION = 1
_HISTORY = 512


def new_ssrc() -> int:
    return secrets.randbelow(2**31 - 1) + 1


@dataclass
class Layer:
    ssrc: int
    rtx: int | None = None
    seen: float = 0.0
    packets: int = 0


@dataclass
class Source:
    """One published track."""

    name: str
    owner: str
    kind: str
    msid: str
    layers: list[Layer]
    video_type: str = "camera"
    receivers: dict[str, int] = field(default_factory=dict)
    """By receiving endpoint: the height it wants."""

    def best_layer(self, height: int) -> int:
        target = 0 if 0 <= height <= 180 else 1 if 0 <= height <= 360 else 2
        now = time.monotonic()
        alive = [n for n, one in enumerate(self.layers) if now - one.seen < 0.7]
        fitting = [n for n in alive if n <= target]
        return max(fitting, default=min(alive, default=0))


@dataclass
class Slot:
    """One outgoing stream of a receiver; under SSRC rewriting its source may change."""

    ssrc: int
    rtx: int | None
    source: Source | None = None
    used: float = 0.0
    layer: int | None = None
    seq: int = 0
    seq_shift: int = 0
    ts: int = 0
    ts_shift: int = 0
    picture: int = 0
    picture_shift: int = 0
    tl0: int = 0
    tl0_shift: int = 0
    sent: int = 0
    last_ask: float = 0.0
    history: dict[int, bytes] = field(default_factory=dict)

    def bind(self, source: Source) -> None:
        self.source, self.layer = source, None


class Endpoint:
    """One participant's connection to the bridge."""

    def __init__(self, conference: Any, name: str, *, rewriting: bool) -> None:
        self.conference, self.name, self.rewriting = conference, name, rewriting
        self.password = secrets.token_hex(12)
        self.feedback = {"audio": new_ssrc(), "video": new_ssrc()}
        self.sources: dict[str, Source] = {}
        self.by_ssrc: dict[int, tuple[Source, int]] = {}
        self.slots: dict[str, list[Slot]] = {"audio": [], "video": []}
        self.constraints: dict[str, Any] = {}
        """What ReceiverVideoConstraints said so far; empty: no video is forwarded."""
        self.channel: ServerConnection | None = None
        self.data_channel: Any = None
        self.level, self.counts = 0.0, {"in": 0, "out": 0, "unknown": 0, "rtx": 0}
        self.connected = asyncio.Event()
        self.on_message: list[dict[str, Any]] = []
        self._told: dict[Any, Any] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self.gatherer = RTCIceGatherer(iceServers=[])
        self.ice = RTCIceTransport(self.gatherer)
        self.ice._connection.ice_controlling = True
        bound(self.ice._connection, gather_timeout_s=1.0, loopback=True)
        certificate = conference.bridge.certificate
        self.dtls = RTCDtlsTransport(self.ice, [certificate])
        self.dtls._set_role("server")
        self.dtls._handle_rtp_data = self._rtp
        self.dtls._handle_rtcp_data = self._rtcp
        self.sctp: GuardedSctp | None = None

    @property
    def websocket_url(self) -> str:
        bridge = self.conference.bridge
        return (
            f"ws://{bridge.host}:{bridge.port}/colibri-ws/default-id/{self.conference.id}"
            f"/{self.name}?pwd={self.password}"
        )

    async def gather(self) -> None:
        await self.gatherer.gather()
        for protocol in datagram_protocols(self.ice):
            _close_to_others(protocol, self.conference.bridge.heard_from)

    def spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def own_sources(self) -> list[Source]:
        """What the bridge itself is announced with."""
        return [
            Source(f"jvb-{kind[0]}0", "jvb", kind, f"mixedmslabel mixedlabel{kind}0", [Layer(ssrc)])
            for kind, ssrc in self.feedback.items()
        ]

    def connect(self, far: End, *, sctp: bool) -> None:
        """Start ICE and DTLS with what session-accept said."""
        self.spawn(self._connect(far, sctp))

    async def add_candidates(self, candidates: tuple[Candidate, ...]) -> None:
        for one in candidates:
            if one.protocol == "udp" and one.component == 1 and not one.ip.endswith(".local"):
                await self.ice.addRemoteCandidate(
                    RTCIceCandidate(
                        component=1,
                        foundation=one.foundation,
                        ip=one.ip,
                        port=one.port,
                        priority=one.priority,
                        protocol="udp",
                        type=one.type,
                    )
                )

    async def _connect(self, far: End, sctp: bool) -> None:
        if self.conference.bridge.deaf:
            await self.ice.stop()
            return
        await self.add_candidates(far.candidates)
        await self.ice.start(RTCIceParameters(usernameFragment=far.ufrag, password=far.pwd))
        if self.ice.state != "completed":
            log.warning("%s: ICE %s", self.name, self.ice.state)
            return
        if sctp:
            self.sctp = GuardedSctp(self.dtls)
            self.sctp.on("datachannel", self._data_channel)
        prints = [
            RTCDtlsFingerprint(algorithm=one.algorithm, value=one.value) for one in far.fingerprints
        ]
        await self.dtls.start(RTCDtlsParameters(fingerprints=prints))
        if self.dtls.state != "connected":
            log.warning("%s: DTLS %s", self.name, self.dtls.state)
            return
        if self.sctp is not None:
            await self.sctp.start(RTCSctpCapabilities(maxMessageSize=65536), 5000)
        self.connected.set()
        self.conference.update()

    # sources ----------------------------------------------------------------------------------

    def add_source(self, source: Source) -> None:
        self.sources[source.name] = source
        for number, layer in enumerate(source.layers):
            self.by_ssrc[layer.ssrc] = (source, number)

    def remove_source(self, name: str) -> None:
        source = self.sources.pop(name, None)
        if source is not None:
            for layer in source.layers:
                self.by_ssrc.pop(layer.ssrc, None)

    # media in ---------------------------------------------------------------------------------

    async def _rtp(self, data: bytes, arrival_time_ms: int) -> None:
        ssrc = int.from_bytes(data[8:12], "big")
        self.counts["in"] += 1
        found = self.by_ssrc.get(ssrc)
        if found is None:
            known = any(one.rtx == ssrc for s in self.sources.values() for one in s.layers)
            self.counts["rtx" if known else "unknown"] += 1
            return
        source, number = found
        layer = source.layers[number]
        layer.seen, layer.packets = time.monotonic(), layer.packets + 1
        if source.kind == "audio":
            level = audio_level(data)
            if level is not None:
                self.level = 0.9 * self.level + 0.1 * (127 - level)
        for other in self.conference.endpoints.values():
            if other is not self:
                await other.forward(source, number, data)

    async def _rtcp(self, data: bytes) -> None:
        try:
            packets = RtcpPacket.parse(data)
        except ValueError:
            return
        for packet in packets:
            if isinstance(packet, RtcpSrPacket):
                found = self.by_ssrc.get(packet.ssrc)
                if found is not None:
                    for other in self.conference.endpoints.values():
                        if other is not self:
                            await other.forward_report(*found, packet)
            elif isinstance(packet, RtcpPsfbPacket) and packet.fmt in (
                RTCP_PSFB_PLI,
                RTCP_PSFB_FIR,
            ):
                wanted = packet.media_ssrc
                if packet.fmt == RTCP_PSFB_FIR and len(packet.fci) >= 4:
                    wanted = int.from_bytes(packet.fci[:4], "big")
                slot = self._slot(wanted)
                if slot is not None and slot.source is not None:
                    await self.conference.ask_key_frame(slot.source, slot.layer, slot)
            elif isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
                slot = self._slot(packet.media_ssrc)
                for lost in packet.lost if slot is not None else ():
                    kept = slot.history.get(lost % _HISTORY) if slot is not None else None
                    if kept is not None and int.from_bytes(kept[2:4], "big") == lost:
                        await self._send(kept)

    def _slot(self, ssrc: int) -> Slot | None:
        return next((one for kind in self.slots.values() for one in kind if one.ssrc == ssrc), None)

    # media out --------------------------------------------------------------------------------

    async def forward(self, source: Source, number: int, data: bytes) -> None:
        slot = next((one for one in self.slots[source.kind] if one.source is source), None)
        if slot is None or not self.connected.is_set():
            return
        header = 12 + 4 * (data[0] & 15)
        if data[0] & 16:
            header += 4 + 4 * int.from_bytes(data[header + 2 : header + 4], "big")
        payload, fields = data[header:], None
        if source.kind == "video":
            if data[1] & 0x7F != VP8_PT:
                return
            try:
                fields = parse_vp8(payload)
            except Vp8Error:
                return
            target = source.best_layer(source.receivers.get(self.name, 0))
            if slot.layer != number:
                if number != target:
                    return
                if not fields[3]:  # not the start of a key frame
                    await self.conference.ask_key_frame(source, number, slot)
                    return
            elif target != number:
                await self.conference.ask_key_frame(source, target, slot)
        seq, ts = struct.unpack_from("!HI", data, 2)
        if slot.layer != number:
            first = slot.sent == 0
            slot.seq_shift = 0 if first else (slot.seq + 1 - seq) & 0xFFFF
            step = 3000 if source.kind == "video" else 960
            slot.ts_shift = 0 if first else (slot.ts + step - ts) & 0xFFFFFFFF
            if fields is not None:
                slot.picture_shift = 0 if first else slot.picture + 1 - picture_id(payload, fields)
                slot.tl0_shift = 0 if first else slot.tl0 + 1 - tl0_index(payload, fields)
            slot.layer = number
        seq, ts = (seq + slot.seq_shift) & 0xFFFF, (ts + slot.ts_shift) & 0xFFFFFFFF
        if fields is not None:
            payload = shift_counters(payload, fields, slot.picture_shift, slot.tl0_shift)
            slot.picture, slot.tl0 = picture_id(payload, fields), tl0_index(payload, fields)
        slot.seq, slot.ts, slot.sent = seq, ts, slot.sent + 1
        packet = data[:2] + struct.pack("!HII", seq, ts, slot.ssrc) + data[12:header] + payload
        slot.history[seq % _HISTORY] = packet
        await self._send(packet)

    async def forward_report(self, source: Source, number: int, report: RtcpSrPacket) -> None:
        slot = next((one for one in self.slots[source.kind] if one.source is source), None)
        if slot is None or slot.layer != number:
            return
        info = report.sender_info
        shifted = (info.rtp_timestamp + slot.ts_shift) & 0xFFFFFFFF
        copy = RtcpSrPacket(
            ssrc=slot.ssrc,
            sender_info=type(info)(
                ntp_timestamp=info.ntp_timestamp,
                rtp_timestamp=shifted,
                packet_count=slot.sent & 0xFFFFFFFF,
                octet_count=info.octet_count,
            ),
        )
        await self._send(bytes(copy))

    async def send_remb(self, bits_per_s: int) -> None:
        ssrcs = list(self.by_ssrc)[:100]
        if ssrcs:
            await self._send(
                bytes(
                    RtcpPsfbPacket(
                        fmt=RTCP_PSFB_APP,
                        ssrc=self.feedback["video"],
                        media_ssrc=0,
                        fci=pack_remb_fci(bits_per_s, ssrcs),
                    )
                )
            )

    async def send_pli(self, ssrc: int) -> None:
        await self._send(
            bytes(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=self.feedback["video"], media_ssrc=ssrc))
        )

    async def _send(self, packet: bytes) -> None:
        self.counts["out"] += 1
        with contextlib.suppress(ConnectionError):
            await self.dtls._send_rtp(packet)

    # what is forwarded ------------------------------------------------------------------------

    def wanted_height(self, source: Source) -> int:
        if not self.constraints:
            return 0
        given = self.constraints.get("constraints", {}).get(source.name)
        if given is None:
            given = self.constraints.get("defaultConstraints", {"maxHeight": 180})
        height = int(given.get("maxHeight", 180))
        return 1 << 16 if height < 0 else height

    def update(self) -> None:
        """Bind slots to what is to be forwarded, and say what changed."""
        others = [one for one in self.conference.endpoints.values() if one is not self]
        audio = [s for other in others for s in other.sources.values() if s.kind == "audio"]
        video = [s for other in others for s in other.sources.values() if s.kind == "video"]
        heights = {id(s): self.wanted_height(s) for s in video}
        first = [
            *self.constraints.get("onStageSources", ()),
            *self.constraints.get("selectedSources", ()),
        ]
        order = sorted(
            video,
            key=lambda s: (
                first.index(s.name) if s.name in first else len(first),
                not heights[id(s)],
            ),
        )
        last_n = int(self.constraints.get("lastN", -1))
        chosen = [s for s in order if heights[id(s)]]
        if last_n >= 0:
            chosen = chosen[:last_n]
        if self.rewriting:
            chosen = chosen[: self.conference.bridge.video_slots]
        for source in video:
            source.receivers[self.name] = heights[id(source)] if source in chosen else 0
        self._bind("audio", audio)
        self._bind("video", chosen)
        if self.rewriting and (self.channel or self.data_channel):
            for kind, name in (("audio", "AudioSourcesMap"), ("video", "VideoSourcesMap")):
                # Only what changed, as jitsi-videobridge does.
                mapped = []
                for slot in self.slots[kind]:
                    if slot.source is not None and self._told.get(slot.ssrc) != slot.source.name:
                        self._told[slot.ssrc] = slot.source.name
                        mapped.append(self._mapped(slot))
                if mapped:
                    self.send_message({"colibriClass": name, "mappedSources": mapped})
        self._tell("ForwardedSources", {"forwardedSources": sorted(s.name for s in chosen)})

    def _mapped(self, slot: Slot) -> dict[str, Any]:
        assert slot.source is not None
        entry = {"source": slot.source.name, "owner": slot.source.owner, "ssrc": slot.ssrc}
        if slot.source.kind == "video":
            entry |= {"rtx": slot.rtx, "videoType": slot.source.video_type.upper()}
        return entry

    def _bind(self, kind: str, sources: list[Source]) -> None:
        slots = self.slots[kind]
        for slot in slots:
            if slot.source is not None and slot.source not in sources:
                slot.source = None
        for source in sources:
            if any(one.source is source for one in slots):
                continue
            if not self.rewriting:
                primary = source.layers[0]
                old = next((one for one in slots if one.ssrc == primary.ssrc), None)
                if old is None:
                    slots.append(old := Slot(primary.ssrc, primary.rtx))
                old.bind(source)
                continue
            limit = self.conference.bridge.video_slots if kind == "video" else 50
            free = [one for one in slots if one.source is None]
            if free and len(slots) >= limit:
                slot = min(free, key=lambda one: one.used)
            elif len(slots) < limit:
                slots.append(slot := Slot(new_ssrc(), new_ssrc() if kind == "video" else None))
            else:
                continue
            slot.bind(source)
            slot.used = time.monotonic()

    # colibri ----------------------------------------------------------------------------------

    def _tell(self, kind: str, message: dict[str, Any]) -> None:
        """Send a state message if it says something new."""
        if self._told.get(kind) != message and (self.channel or self.data_channel):
            self._told[kind] = message
            self.send_message({"colibriClass": kind, **message})

    def tell_constraint(self, source: Source) -> None:
        height = max(source.receivers.values(), default=0)
        key = f"SenderSourceConstraints {source.name}"
        message = {"sourceName": source.name, "maxHeight": min(height, 2160)}
        if self._told.get(key) != message and (self.channel or self.data_channel):
            self._told[key] = message
            self.send_message({"colibriClass": "SenderSourceConstraints", **message})

    def send_message(self, message: dict[str, Any]) -> None:
        text = json.dumps(message)
        if self.data_channel is not None:
            self.data_channel.send(text)
        elif self.channel is not None:
            channel = self.channel

            async def send() -> None:
                with contextlib.suppress(Exception):
                    await channel.send(text)

            self.spawn(send())

    def opened(self) -> None:
        self._told.clear()
        self.send_message({"colibriClass": "ServerHello", "version": "bed"})
        if self.conference.dominant:
            self.send_message(self.conference.dominant_message())
        self.conference.update()

    def _data_channel(self, channel: Any) -> None:
        log.info("%s: data channel %s (%s)", self.name, channel.label, channel.protocol)
        self.data_channel = channel
        channel.on("message", lambda text: self.take_message(json.loads(text)))
        self.opened()

    def take_message(self, message: dict[str, Any]) -> None:
        kind = message.get("colibriClass")
        self.on_message.append(message)
        if kind == "ClientHello":
            self.send_message({"colibriClass": "ServerHello", "version": "bed"})
        elif kind == "ReceiverVideoConstraints":
            if "defaultConstraints" not in message and "defaultConstraints" not in self.constraints:
                self.constraints["defaultConstraints"] = {"maxHeight": 180}
            self.constraints |= {k: v for k, v in message.items() if k != "colibriClass"}
            self.conference.update()
        elif kind == "LastNChangedEvent":
            self.constraints["lastN"] = message["lastN"]
            self.conference.update()
        elif kind == "SourceVideoTypeMessage":
            source = self.sources.get(message.get("sourceName", ""))
            if source is not None and message.get("videoType") != "none":
                source.video_type = message["videoType"]
                self.conference.update()
        elif kind in ("EndpointMessage", "EndpointStats"):
            to = message.get("to") or ""
            relayed = {**message, "from": self.name}
            for other in self.conference.endpoints.values():
                if other is not self and to in ("", other.name):
                    other.send_message(relayed)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self.channel is not None:
            with contextlib.suppress(Exception):
                await self.channel.close(1001)
        with contextlib.suppress(Exception):
            await self.dtls.stop()
        with contextlib.suppress(Exception):
            await self.ice.stop()


def _close_to_others(protocol: Any, ports: range | None) -> None:
    """As a firewall would, drop what comes from other ports."""
    take = protocol.datagram_received

    def datagram_received(datagram: bytes, address: Any) -> None:
        if ports is None or address[1] in ports:
            take(datagram, address)

    protocol.datagram_received = datagram_received


def audio_level(packet: bytes) -> int | None:
    """RFC 6464 level (0 loudest, 127 silence) of an RTP packet with one-byte extensions."""
    at = 12 + 4 * (packet[0] & 15)
    if not packet[0] & 16 or packet[at : at + 2] != b"\xbe\xde":
        return None
    end = at + 4 + 4 * int.from_bytes(packet[at + 2 : at + 4], "big")
    at += 4
    while at < end:
        number, length = packet[at] >> 4, (packet[at] & 15) + 1
        if number == 0:
            at += 1
            continue
        if number == LEVEL_EXTENSION:
            return packet[at + 1] & 127
        at += 1 + length
    return None
