"""The subscriber peer connection of one participant: the server offers, the client answers.

A track id goes into the *stream* id of `a=msid` (`PA_..|TR_..`): on a media section used again,
libwebrtc keeps the old track id and only the stream id tells the new track.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from livekit.protocol import models, rtc

from tui.server.rooms import sdp
from tui.server.rooms.member import Member, Routes
from tui.server.rooms.publication import Publication
from tui.server.sfu.adaptation import LayerCeiling
from tui.server.sfu.downlink import Downlink
from tui.server.sfu.downtrack import HIGHEST_LAYER, DownTrack
from tui.server.sfu.dtls import MediaTransport
from tui.server.sfu.narrow import NarrowLine
from tui.server.sfu.rtp import ABS_SEND_TIME_ID, AUDIO_LEVEL_ID
from tui.server.sfu.track import PublishedTrack
from tui.wire.rtp import EXTENSION_ABS_SEND_TIME, EXTENSION_AUDIO_LEVEL
from tui.wire.sdp import parse_description

RELIABLE, LOSSY = "_reliable", "_lossy"
"""Labels of the two data channels of each peer connection."""


@dataclass(slots=True)
class _Subscription:
    publication: Publication
    down: DownTrack


@dataclass(slots=True)
class _Slot:
    """One media section; it stays for the life of the connection and is used again."""

    mid: str
    codec: str
    down: DownTrack | None


class Subscriber:
    """Tracks forwarded to one participant.

    Args:
        member: To whom.
        room: Whose tracks they are.
        transport: The subscriber peer connection's.
        downlink: Takes what comes back over it.
    """

    def __init__(
        self, member: Member, room: Routes, transport: MediaTransport, downlink: Downlink
    ) -> None:
        self._member = member
        self._room = room
        self._transport = transport
        self._downlink = downlink
        self._subscriptions: dict[str, _Subscription] = {}
        self._slots: list[_Slot] = []
        self._offered: dict[str, DownTrack] = {}
        """What the offer under way has in each section."""
        self._untaken: set[str] = set()
        """Tracks that the client was told it does not take."""
        self._awaiting_answer = False
        self._changed = False
        self._offers = 0
        self._ceiling = LayerCeiling()
        self._line = NarrowLine()
        self._transport.open_channel(RELIABLE, reliable=True)
        self._transport.open_channel(LOSSY, reliable=False)

    @property
    def downs(self) -> list[DownTrack]:
        """Everything forwarded or about to be."""
        return [subscription.down for subscription in self._subscriptions.values()]

    def subscribe(self, publication: Publication) -> None:
        """Forward a track, once the client has answered the offer that has it."""
        track = publication.track
        if track.sid in self._subscriptions or not self.may_have(publication):
            return
        down = DownTrack(track, self._transport, _payload_type(track.codec))
        self._subscriptions[track.sid] = _Subscription(publication, down)
        for slot in self._slots:
            if slot.down is None and slot.codec == track.codec:
                slot.down, down.mid = down, slot.mid
                break
        else:
            down.mid = str(len(self._slots) + 1)  # 0 is the data channel section
            self._slots.append(_Slot(down.mid, track.codec, down))
        self._downlink.add(down)
        self.offer()

    def may_have(self, publication: Publication) -> bool:
        """Whether this participant may receive it, by its own rights and its publisher's wish."""
        info = self._member.info
        return info.permission.can_subscribe and publication.audience.admits(
            info.identity, self._member.sid, publication.info.sid
        )

    def has(self, track_sid: str) -> bool:
        """Whether it is forwarded, or about to be."""
        return track_sid in self._subscriptions

    def unsubscribe(self, track_sid: str) -> None:
        """Stop forwarding a track; nothing happens when it was not."""
        subscription = self._subscriptions.pop(track_sid, None)
        if subscription is None:
            return
        down = subscription.down
        self._untaken.discard(track_sid)
        _detach(down)
        self._downlink.discard(down)
        for slot in self._slots:
            if slot.down is down:
                slot.down = None
        self.offer()

    def unsubscribe_all(self) -> None:
        """Stop forwarding everything."""
        for track_sid in list(self._subscriptions):
            self.unsubscribe(track_sid)

    def close(self) -> None:
        """Detach from all tracks; nothing is negotiated any more."""
        for subscription in self._subscriptions.values():
            _detach(subscription.down)
        self._subscriptions.clear()

    def offer(self) -> None:
        """Offer the present state, now or after the answer to the offer under way."""
        if self._member.gone:
            return
        if self._awaiting_answer:
            self._changed = True
            return
        self._awaiting_answer, self._changed = True, False
        self._offers += 1
        self._offered = {slot.mid: slot.down for slot in self._slots if slot.down is not None}
        # Not actpass (RFC 8842 5.2): pion answers an ICE-lite offer of that with passive, and then
        # both sides wait for the other's handshake.
        transport = sdp.transport_lines(self._transport, "passive")
        lines = [
            "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
            *transport,
            "a=mid:0",
            "a=sctp-port:5000",
            f"a=max-message-size:{self._member.limits.message_bytes}",
        ]
        for slot in self._slots:
            lines += _slot_lines(slot, transport)
        mids = ["0", *(slot.mid for slot in self._slots)]
        text = sdp.join_lines(sdp.session_lines(mids, self._offers + 1) + lines)
        self._member.outbox.send(
            offer=rtc.SessionDescription(type="offer", sdp=text, id=self._offers)
        )

    def offer_again(self) -> None:
        """Offer the present state although an answer may be under way: it may be lost."""
        self._awaiting_answer = False
        self.offer()

    def answered(self, answer: rtc.SessionDescription) -> None:
        """The client's answer: begin to forward what it accepted.

        Raises:
            SdpError: The answer cannot be used.
        """
        description = parse_description(answer.sdp, len(self._slots) + 1)
        if not self._awaiting_answer or answer.id not in (0, self._offers):
            return
        self._transport.start(description.fingerprints(), description.ice_credentials(), 5000)
        accepted = {one.mid: one for one in description.sections if not one.rejected}
        for mid, down in self._offered.items():
            subscription = self._subscriptions.get(down.track.sid)
            if subscription is None or subscription.down is not down:
                continue
            if mid not in accepted:
                self._untakeable(down)
                continue
            taken = {one.name for one in accepted[mid].codecs()}
            if down.track.kind == "video" and down.track.codec not in taken:
                self._untakeable(down)
                continue
            if down.track.kind == "audio":
                takes = [
                    one for one in accepted[mid].codecs() if sdp.carries(one, down.payload_type)
                ]
                down.red_type = takes[0].payload_type if takes else -1
            if down not in down.track.downs:
                down.track.downs.append(down)
                down.choose(time.monotonic(), ask=self._transport.ready)
                self._room.subscribed(down.track)
        self._awaiting_answer = False
        if self._changed:
            self.offer()

    def _untakeable(self, down: DownTrack) -> None:
        """The client took it out of its answer: it can't decode it. Say so, once."""
        if down.track.sid in self._untaken:
            return
        self._untaken.add(down.track.sid)
        self._member.outbox.send(
            subscription_response=rtc.SubscriptionResponse(
                track_sid=down.track.sid, err=models.SE_CODEC_UNSUPPORTED
            )
        )

    def follow_line(self, now: float) -> None:
        """Find what its line carries, if that is less than it is sent; call twice a second."""
        videos = [down for down in self.downs if down.track.kind == "video"]
        flowing = {down: down.take_bits() for down in videos}
        all_flow = sum(flowing.values())
        limit = self._line.update(self._downlink.estimate_bps(now), all_flow, now)
        for down, flow in flowing.items():
            down.limit_bps = None if limit is None else limit * flow / max(all_flow, 1)

    def adapt(self, now: float) -> None:
        """Lower or raise the layers to what arrives; call once a second."""
        simulcast = [down for down in self.downs if down.track.rids and down.layer is not None]
        forwarded = max((down.layer_index for down in simulcast), default=0)
        narrow = self._line.is_full
        lowered = self._ceiling.update(self._downlink.loss, forwarded, now, narrow=narrow)
        self._member.counters.ceilings_lowered += lowered
        for down in simulcast:
            if down.ceiling != self._ceiling.index:
                down.ceiling = self._ceiling.index
                down.choose(now)

    def begin(self) -> None:
        """The connection is up: ask for key frames, so that pictures come at once."""
        now = time.monotonic()
        for down in self.downs:
            down.choose(now)

    def apply_settings(self, settings: rtc.UpdateTrackSettings) -> None:
        """What the client wants of each track: hidden or not, and how large."""
        now = time.monotonic()
        for track_sid in settings.track_sids:
            subscription = self._subscriptions.get(track_sid)
            if subscription is None:
                continue
            down = subscription.down
            down.highest = _highest_layer(settings, subscription.publication.info)
            down.set_paused(paused=settings.disabled)
            down.choose(now)


def _detach(down: DownTrack) -> None:
    if down in down.track.downs:
        down.track.downs.remove(down)


def _payload_type(codec: str) -> int:
    return sdp.VIDEO_PAYLOAD_TYPES.get(codec, sdp.AUDIO_PAYLOAD_TYPE)


def _highest_layer(settings: rtc.UpdateTrackSettings, info: models.TrackInfo) -> int:
    """Index of the smallest layer that fills the size asked for, or of the quality asked for.

    Of a track with one layer it is what the publisher is told (`dynacast`): half the
    size is medium, a quarter is low, as SDKs publish them.
    """
    if settings.width and len(info.layers) <= 1 and info.width and info.height:
        share = max(settings.width / info.width, settings.height / info.height)
        return int(models.LOW if share <= 0.25 else models.MEDIUM if share <= 0.5 else models.HIGH)
    if settings.width and info.layers:
        filling = [
            layer.quality
            for layer in info.layers
            if layer.width >= settings.width or layer.height >= settings.height
        ]
        return min(filling) if filling else HIGHEST_LAYER
    if settings.quality == models.HIGH:
        return HIGHEST_LAYER
    return 0 if settings.quality == models.OFF else int(settings.quality)


def _slot_lines(slot: _Slot, transport: list[str]) -> list[str]:
    kind = "audio" if slot.codec == "OPUS" else "video"
    payload_type = _payload_type(slot.codec)
    formats = f"{payload_type} {sdp.RED_PAYLOAD_TYPE}" if kind == "audio" else f"{payload_type}"
    lines = [
        f"m={kind} 9 UDP/TLS/RTP/SAVPF {formats}",
        *transport,
        f"a=mid:{slot.mid}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        "a=sendonly" if slot.down is not None else "a=inactive",
        f"a=extmap:{ABS_SEND_TIME_ID} {EXTENSION_ABS_SEND_TIME}",
    ]
    if kind == "audio":
        lines.append(f"a=extmap:{AUDIO_LEVEL_ID} {EXTENSION_AUDIO_LEVEL}")
        lines.append(f"a=rtpmap:{payload_type} opus/48000/2")
        lines.append(f"a=rtpmap:{sdp.RED_PAYLOAD_TYPE} red/48000/2")
        lines.append(f"a=fmtp:{sdp.RED_PAYLOAD_TYPE} {payload_type}/{payload_type}")
    else:
        lines.append(f"a=rtpmap:{payload_type} {slot.codec}/90000")
        lines += [f"a=rtcp-fb:{payload_type} {feedback}" for feedback in sdp.VIDEO_FEEDBACK]
    if slot.codec in sdp.FORMAT_PARAMETERS:
        parameters = sdp.FORMAT_PARAMETERS[slot.codec]
        if slot.down is not None and slot.down.track.stereo:
            parameters += ";sprop-stereo=1"  # else receivers mix it down
        lines.append(f"a=fmtp:{payload_type} {parameters}")
    if slot.down is not None:
        track: PublishedTrack = slot.down.track
        msid = f"{track.owner_sid}|{track.sid} {track.sid}"
        lines += [
            f"a=msid:{msid}",
            f"a=ssrc:{slot.down.ssrc} cname:{track.owner_sid}",
            f"a=ssrc:{slot.down.ssrc} msid:{msid}",
        ]
    return lines
