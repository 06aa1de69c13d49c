"""The publisher peer connection of one participant: the client offers, the server answers."""

from __future__ import annotations

import time

from livekit.protocol import models, rtc

from tui.domain.text import clean
from tui.server.limits import exceeded
from tui.server.rooms import sdp
from tui.server.rooms.audience import Audience
from tui.server.rooms.member import Member, Routes
from tui.server.rooms.publication import Publication
from tui.server.rooms.single import SingleSubscriber
from tui.server.sfu.credentials import random_text
from tui.server.sfu.dtls import MediaTransport
from tui.server.sfu.track import PublishedTrack
from tui.server.sfu.uplink import Uplink
from tui.wire.rtp import (
    EXTENSION_ABS_SEND_TIME,
    EXTENSION_AUDIO_LEVEL,
    EXTENSION_MID,
    EXTENSION_REPAIRED_RID,
    EXTENSION_RID,
)
from tui.wire.sdp import Codec, Section, parse_description

_EXTENSIONS = (
    EXTENSION_MID,
    EXTENSION_RID,
    EXTENSION_REPAIRED_RID,
    EXTENSION_AUDIO_LEVEL,
    EXTENSION_ABS_SEND_TIME,
)
_RID_ORDER = "qhf"
"""Simulcast stream ids of every LiveKit SDK, worst first."""
_SCREEN_SOURCES = (models.SCREEN_SHARE, models.SCREEN_SHARE_AUDIO)
_MAX_LAYERS = 8
_OFFERED_WITHIN_S = 5.0
"""A client offers what it announced within milliseconds, on a slow line within a round trip."""


class Publisher:
    """Tracks a participant announces, negotiates and publishes.

    Args:
        member: Whose.
        room: Where they are published.
        transport: The publisher peer connection's.
        uplink: Takes what comes over it.
        receiving: Answers the sections in which the client receives, when it has no connection of
            its own for that.
    """

    def __init__(
        self,
        member: Member,
        room: Routes,
        transport: MediaTransport,
        uplink: Uplink,
        receiving: SingleSubscriber | None = None,
    ) -> None:
        self.published: dict[str, Publication] = {}
        """By track id (`TR_...`)."""
        self.audience = Audience()
        self._member = member
        self._room = room
        self._transport = transport
        self._uplink = uplink
        self._receiving = receiving
        self._announced: dict[str, Publication] = {}
        self._announced_at: dict[str, float] = {}
        self._version = 1

    def announce(self, request: rtc.AddTrackRequest) -> None:
        """A client wants to publish; it will send an offer next."""
        member = self._member
        limits = member.limits
        if not self._may_publish(request.source):
            member.refuse(
                rtc.RequestResponse.NOT_ALLOWED, "publishing is not allowed", add_track=request
            )
            return
        named = [one.codec.upper().removeprefix("VIDEO/") for one in request.simulcast_codecs]
        forwarded = [one for one in named if one in sdp.VIDEO_PAYLOAD_TYPES]
        if request.type == models.VIDEO and any(named) and not forwarded:
            # Its offer would have nothing else, and the others would wait for its picture for ever.
            *known, last = sdp.VIDEO_PAYLOAD_TYPES
            told = f"{clean(named[0], 16)} is not forwarded here, {', '.join(known)} and {last} are"
            member.refuse(rtc.RequestResponse.UNSUPPORTED_TYPE, told, add_track=request)
            return
        self._forget_abandoned(time.monotonic())
        if len(self.published) + len(self._announced) >= limits.tracks_per_participant:
            self._supersede(request.source)
        count = len(self.published) + len(self._announced) + 1
        refusal = (
            exceeded("the number of tracks", count, limits.tracks_per_participant, "tracks")
            or exceeded("track name", len(request.name), limits.name_characters, "characters")
            or exceeded("the number of layers", len(request.layers), _MAX_LAYERS, "layers")
        )
        if refusal is not None:
            member.refuse(rtc.RequestResponse.LIMIT_EXCEEDED, refusal, add_track=request)
            return
        info = models.TrackInfo(
            sid="TR_" + random_text(12),
            type=request.type,
            name=clean(request.name, limits.name_characters),
            muted=request.muted,
            width=request.width,
            height=request.height,
            simulcast=len(request.layers) > 1,
            disable_dtx=request.disable_dtx,
            source=request.source,
            layers=request.layers,
            stereo=request.stereo or models.TF_STEREO in request.audio_features,
            disable_red=request.disable_red,
            stream="screen" if request.source in _SCREEN_SOURCES else "camera",
            encryption=request.encryption,
            audio_features=request.audio_features,
            codecs=[models.SimulcastCodecInfo(cid=request.cid, layers=request.layers)],
        )
        track = PublishedTrack(
            info.sid,
            member.sid,
            "audio" if request.type == models.AUDIO else "video",
            self._transport.send_rtcp,
        )
        track.muted = request.muted
        track.stereo = info.stereo
        track.codec = named[0] if named and named[0] in forwarded else ""
        self._announced[request.cid] = Publication(info, track, self.audience)
        self._announced_at[request.cid] = time.monotonic()
        member.outbox.send(track_published=rtc.TrackPublishedResponse(cid=request.cid, track=info))

    def answer(self, offer: rtc.SessionDescription) -> None:
        """Answer the client's offer, publish what it brought, unpublish what it ended.

        Raises:
            SdpError: The offer cannot be used.
        """
        limits = self._member.limits
        description = parse_description(
            offer.sdp, limits.media_sections, max_characters=limits.description_characters
        )
        fingerprints = description.fingerprints()
        self._transport.answers(description.ice_credentials())
        lines: list[str] = []
        bundled: list[str] = []
        fresh: list[Publication] = []
        sctp_port: int | None = None
        mid_to_track: dict[str, str] = {}
        for section in description.sections:
            if section.kind == "application":
                sctp_port = 5000
                bundled.append(section.mid)
                lines += [
                    f"m=application 9 {section.protocol} webrtc-datachannel",
                    *sdp.transport_lines(self._transport, "passive"),
                    f"a=mid:{section.mid}",
                    "a=sctp-port:5000",
                    f"a=max-message-size:{limits.message_bytes}",
                ]
                continue
            if self._receiving is not None and section.receives and not section.rejected:
                self._carried_by(section)  # what it sent before has ended
                received = self._receiving.section_lines(section, mid_to_track)
                bundled += [section.mid] * (received is not None)
                lines += received if received is not None else _rejected(section)
                continue
            publication = self._carried_by(section)
            codec = sdp.choose_codec(section, publication.track.codec if publication else "")
            if codec is None or section.rejected:
                lines += _rejected(section)
                continue
            bundled.append(section.mid)
            lines += self._section_lines(section, codec, publication)
            if publication is not None:
                self._bind(section, codec, publication)
                if publication.info.sid not in self.published:
                    fresh.append(publication)
        self._transport.start(fingerprints, description.ice_credentials(), sctp_port)
        self._version += 1
        text = sdp.join_lines(sdp.session_lines(bundled, self._version) + lines)
        self._member.outbox.send(
            answer=rtc.SessionDescription(
                type="answer", sdp=text, id=offer.id, mid_to_track_id=mid_to_track
            )
        )
        if self._receiving is not None:
            self._receiving.answered_offer({one.mid: one for one in description.sections})
        self._publish(fresh)

    def _forget_abandoned(self, now: float) -> None:
        """Who ends a track before offering it does not say so: its place is free after a while."""
        for cid, at in list(self._announced_at.items()):
            if cid not in self._announced or now - at > _OFFERED_WITHIN_S:
                self._announced.pop(cid, None)
                del self._announced_at[cid]

    def _supersede(self, source: models.TrackSource) -> None:
        """The first announced track of a source gives way to another one of it.

        A client that publishes and ends its camera again and again, faster than it offers, shows
        that by nothing else, and not all SDKs hear a refusal.
        """
        for cid, publication in self._announced.items():
            if source != models.UNKNOWN and publication.info.source == source:
                del self._announced[cid]
                return

    def set_muted(self, track_sid: str, *, muted: bool) -> Publication | None:
        """Mute or unmute, and tell everybody; None when there is no such track."""
        publication = self.published.get(track_sid)
        if publication is None:
            for announced in self._announced.values():
                if announced.info.sid == track_sid:
                    announced.info.muted = announced.track.muted = muted
            return None
        if publication.info.muted != muted:
            publication.info.muted = muted
            publication.track.set_muted(muted=muted)
            self._list_tracks()
            self._room.announce(self._member)
        return publication

    def unpublish(self, publication: Publication) -> None:
        """End a track for everybody."""
        sid = publication.info.sid
        if self.published.pop(sid, None) is None:
            return
        self._uplink.forget(publication.track)
        self._member.outbox.send(track_unpublished=rtc.TrackUnpublishedResponse(track_sid=sid))
        self._list_tracks()
        self._room.unpublish(self._member, publication)

    def unpublish_forbidden(self) -> None:
        """End the tracks that the participant may not publish any more."""
        for publication in list(self.published.values()):
            if not self._may_publish(publication.info.source):
                self.unpublish(publication)
        self._announced = {
            cid: announced
            for cid, announced in self._announced.items()
            if self._may_publish(announced.info.source)
        }

    def _may_publish(self, source: models.TrackSource) -> bool:
        permission = self._member.info.permission
        sources = permission.can_publish_sources
        return permission.can_publish and (not sources or source in sources)

    def _carried_by(self, section: Section) -> Publication | None:
        """Which announced or published track does this section carry?"""
        bound = self._uplink.track_at(section.mid)
        current = self.published.get(bound.sid) if bound is not None else None
        if not section.sends or section.rejected:
            if current is not None:
                self.unpublish(current)
            return None
        if section.track_id not in self._announced and current is not None:
            return current
        if section.track_id in self._announced:
            announced = self._announced.pop(section.track_id)
        else:  # some stacks write a track id of their own: the oldest of that kind it is
            cid = next(
                (
                    cid
                    for cid, waiting in self._announced.items()
                    if waiting.track.kind == section.kind
                ),
                None,
            )
            if cid is None:
                return None
            announced = self._announced.pop(cid)
        if current is not None:
            self.unpublish(current)
        return announced if announced.track.kind == section.kind else None

    def _section_lines(
        self, section: Section, codec: Codec, publication: Publication | None
    ) -> list[str]:
        repair = sdp.repair_payload_type(section, codec)
        red = self._red_type(section, codec, publication)
        payload_type = codec.payload_type
        formats = [str(one) for one in (red, payload_type, repair) if one is not None]
        lines = [
            f"m={section.kind} 9 {section.protocol} {' '.join(formats)}",
            *sdp.transport_lines(self._transport, "passive"),
            f"a=mid:{section.mid}",
            "a=rtcp-mux",
            "a=rtcp-rsize",
            "a=recvonly" if publication is not None else "a=inactive",
        ]
        for identifier, uri in section.extensions():
            if uri in _EXTENSIONS:
                self._uplink.learn_extension(uri, identifier)
                lines.append(f"a=extmap:{identifier} {uri}")
        lines.append(f"a=rtpmap:{payload_type} {codec.encoding}")
        parameters = codec.parameters
        if section.kind == "audio" and publication is not None:
            info = publication.info
            parameters = sdp.opus_answer(parameters, dtx=not info.disable_dtx, stereo=info.stereo)
        if parameters:
            lines.append(f"a=fmtp:{payload_type} {parameters}")
        if red is not None:
            lines.append(f"a=rtpmap:{red} red/48000/2")
            lines.append(f"a=fmtp:{red} {payload_type}/{payload_type}")
        if section.kind == "video":
            lines += sdp.feedback_lines(section, payload_type)
        if repair is not None:
            self._uplink.learn_repair(repair)
            lines += [f"a=rtpmap:{repair} rtx/90000", f"a=fmtp:{repair} apt={payload_type}"]
        rids = section.sending_rids()
        if rids:
            lines += [f"a=rid:{rid} recv" for rid in rids]
            lines.append("a=simulcast:recv " + ";".join(rids))
        return lines

    @staticmethod
    def _red_type(section: Section, codec: Codec, publication: Publication | None) -> int | None:
        if section.kind != "audio" or publication is None or publication.info.disable_red:
            return None
        return sdp.red_payload_type(section, codec)

    def _bind(self, section: Section, codec: Codec, publication: Publication) -> None:
        track = publication.track
        track.mid = section.mid
        track.codec = codec.name
        red = self._red_type(section, codec, publication)
        track.opus_type, track.red_type = codec.payload_type, -1 if red is None else red
        rids = section.sending_rids()[:_MAX_LAYERS]
        track.rids = tuple(sorted(rids, key=_RID_ORDER.find))
        self._uplink.bind_mid(section.mid, track)
        if not rids:
            ssrc, repair_ssrc = section.media_ssrcs()
            if ssrc is not None:
                self._uplink.bind_ssrc(ssrc, track, repair_ssrc)

    def _publish(self, fresh: list[Publication]) -> None:
        for publication in fresh:
            track, info = publication.track, publication.info
            sound = "audio/opus" if track.red_type < 0 else "audio/red"
            mime = sound if track.kind == "audio" else f"video/{track.codec}"
            info.mime_type, info.mid = mime, track.mid
            for codec in info.codecs:
                codec.mime_type, codec.mid = mime, track.mid
            self.published[info.sid] = publication
        if fresh:
            self._member.info.is_publisher = True
            self._list_tracks()
            self._room.publish(self._member, fresh)

    def _list_tracks(self) -> None:
        tracks = self._member.info.tracks
        del tracks[:]
        tracks.extend(publication.info for publication in self.published.values())


def _rejected(section: Section) -> list[str]:
    return [
        f"m={section.kind} 0 {section.protocol} {section.formats[0]}",
        "c=IN IP4 0.0.0.0",
        f"a=mid:{section.mid}",
        "a=inactive",
    ]
