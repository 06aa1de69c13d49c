"""The receiving peer connection: the server's offers, and what comes in on their sections."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import av
from aiortc import (
    RTCDataChannel,
    RTCIceServer,
    RTCRtpReceiver,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from livekit.protocol import rtc

from tui.domain.ids import ParticipantId, TrackSource
from tui.domain.media import SAMPLE_RATE_HZ, AudioPacket
from tui.ports.transport import MediaReceiver, ReceiveStats
from tui.transport.livekit.roster import Roster
from tui.transport.livekit.sdp import OfferedTrack, mend_offer, offered_tracks
from tui.transport.rtc import aiortc_private
from tui.transport.rtc.direct_voice import DirectVoices
from tui.transport.rtc.frames import to_planar
from tui.transport.rtc.peer import GATHER_TIMEOUT_S, RemoteCandidates, make_peer, settle
from tui.transport.rtc.peer_lifetime import PeerLifetime
from tui.transport.rtc.sender_clock import SenderClock

_log = logging.getLogger(__name__)

_VIDEO_CLOCK_HZ: Final = 90_000
_MAX_WAITING_OFFERS: Final = 32


_DECODERS_END_WITHIN_S: Final = 1.0


@dataclass(slots=True)
class _Section:
    """One media section: the receiver aiortc made for it and what it carries now."""

    receiver: RTCRtpReceiver
    kind: str
    offered: OfferedTrack
    route: tuple[ParticipantId, TrackSource] | None = None
    """Identity and source; None while the roster does not know the track, or it is not for us."""
    clock: SenderClock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = SenderClock(SAMPLE_RATE_HZ if self.kind == "audio" else _VIDEO_CLOCK_HZ)

    def reported(self, ssrc: int, ntp: int, timestamp: int) -> None:
        """A sender report; those of other streams on the same section say nothing."""
        if not self.offered.ssrcs or ssrc == self.offered.ssrcs[0]:
            self.clock.report(ntp, timestamp)

    def refused(self, width: int, height: int) -> None:
        """A key picture was too large, or its header broken; told once for each track."""
        if self.told_refused != self.offered.track_sid:
            self.told_refused = self.offered.track_sid
            _log.warning("a picture of %d x %d pixels is not decoded", width, height)

    told_refused: str = ""
    tap: aiortc_private.AudioTap | None = None
    pictures: asyncio.Task[None] | None = None


class Subscriber:
    """Receives everybody's media and hands it to a `MediaReceiver`."""

    def __init__(
        self,
        servers: Sequence[RTCIceServer],
        *,
        roster: Roster,
        receiver: MediaReceiver,
        send_answer: Callable[[rtc.SessionDescription], Awaitable[None]],
        on_data: Callable[[bytes], None],
        on_routed: Callable[[], None],
        loopback: bool,
    ) -> None:
        self.pc = make_peer(servers, for_receiving=True)
        self._lifetime = PeerLifetime(self.pc, gather_timeout_s=GATHER_TIMEOUT_S, loopback=loopback)
        self._voices = DirectVoices(self.pc)
        self.connected = asyncio.Event()
        self._roster = roster
        self._receiver = receiver
        self._send_answer = send_answer
        self._on_data = on_data
        self._on_routed = on_routed
        self._candidates = RemoteCandidates(self.pc)
        self._offers: asyncio.Queue[rtc.SessionDescription] = asyncio.Queue(_MAX_WAITING_OFFERS)
        self._sections: dict[str, _Section] = {}
        self.pc.on("datachannel", self._take_channel)

    def offer(self, description: rtc.SessionDescription) -> None:
        """Take an offer; it is answered in its turn by `run`."""
        if self._offers.full():
            self._offers.get_nowait()
        self._offers.put_nowait(description)

    async def add_candidate(self, candidate_init: str) -> None:
        """Take a candidate of the server; they come while an offer is being worked on."""
        await self._candidates.add(candidate_init)

    async def run(self) -> None:
        """Answer offers one after another, for ever.

        Raises:
            PeerFailed: No connection came about.
        """
        while True:
            await self._answer(await self._offers.get())
            await settle(self.pc)
            self._voices.begin()
            self.connected.set()

    def refresh(self) -> None:
        """The roster changed: find out again what each section carries."""
        for section in self._sections.values():
            self._route(section)

    def stats(self) -> dict[tuple[ParticipantId, str], ReceiveStats]:
        """By identity and kind, for what is received now."""
        found: dict[tuple[ParticipantId, str], ReceiveStats] = {}
        for section in self._sections.values():
            if section.route is None:
                continue
            streams = aiortc_private.receiver_streams(section.receiver)
            # The first SSRC offered is the media, the second its retransmissions.
            media = [one for one in section.offered.ssrcs[:1] if one in streams]
            ssrc = media[0] if media else max(streams, key=lambda s: streams[s][0], default=None)
            if ssrc is None:
                continue
            packets, lost, ticks = streams[ssrc]
            clock_hz = SAMPLE_RATE_HZ if section.kind == "audio" else _VIDEO_CLOCK_HZ
            found[section.route[0], section.kind] = ReceiveStats(
                packets, lost, round(ticks * 1000 / clock_hz, 2)
            )
        return found

    async def close(self) -> None:
        """End every track and release everything. Idempotent."""
        sections = self._sections.values()
        receivers = [one.receiver for one in sections]
        tasks = [one.pictures for one in sections if one.pictures is not None]
        for section in self._sections.values():
            self._end_route(section)
        self._sections.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._lifetime.close()
        if not await aiortc_private.decoders_ended(receivers, within_s=_DECODERS_END_WITHIN_S):
            _log.warning("a picture is decoded %g s after the end", _DECODERS_END_WITHIN_S)

    def abort(self) -> None:
        """Let go of the sockets at once: `close` did not come to its end."""
        self._lifetime.drop()

    async def _answer(self, description: rtc.SessionDescription) -> None:
        tracks = offered_tracks(description.sdp)
        offer = RTCSessionDescription(sdp=mend_offer(description.sdp), type="offer")
        red = await self._lifetime.set_remote(offer)
        await self._candidates.open()
        self._adopt(tracks, red)
        await self._lifetime.set_local(await self.pc.createAnswer())
        local = self.pc.localDescription
        await self._send_answer(
            rtc.SessionDescription(type="answer", sdp=local.sdp, id=description.id)
        )
        self._on_routed()

    def _adopt(
        self, tracks: dict[str, OfferedTrack], red: dict[str, aiortc_private.RedTypes]
    ) -> None:
        self._voices.forget()
        for transceiver in self.pc.getTransceivers():
            mid = transceiver.mid or ""
            section, offered = self._sections.get(mid), tracks.get(mid)
            if offered is None:
                if section is not None:
                    self._end_route(section)
                    section.offered = OfferedTrack(mid, section.kind, "", "", ())
                continue
            if section is None:
                section = self._start_section(transceiver, offered)
            elif section.offered.track_sid != offered.track_sid:
                self._end_route(section)
            section.offered = offered
            if section.tap is not None and mid in red:
                section.tap.red = red[mid]
            aiortc_private.route_ssrcs(section.receiver, offered.ssrcs)
            self._route(section)

    def _start_section(self, transceiver: RTCRtpTransceiver, offered: OfferedTrack) -> _Section:
        section = _Section(transceiver.receiver, transceiver.kind, offered)
        self._sections[offered.mid] = section
        aiortc_private.watch_sender_reports(section.receiver, section.reported)
        aiortc_private.end_decoder_apart(section.receiver)
        if section.kind == "audio":

            def put(data: bytes, timestamp: int, sequence: int, dbov: int, after: int) -> None:
                if section.route is not None:
                    at_s = section.clock.at_s(timestamp)
                    packet = AudioPacket(data, timestamp, sequence, dbov, at_s, after)
                    self._receiver.audio_packet(section.route[0], packet)

            section.tap = self._voices.tap(section.receiver, put)
        else:
            aiortc_private.check_pictures(section.receiver, section.refused)
            section.pictures = asyncio.create_task(self._watch(section), name="received pictures")
        return section

    async def _watch(self, section: _Section) -> None:
        """Take every decoded picture, whether it is shown or not: aiortc's queue has no bound."""
        track = section.receiver.track
        while True:
            try:
                frame = aiortc_private.newest_frame(track, await track.recv())
            except MediaStreamError:
                return
            if section.route is None or not isinstance(frame, av.VideoFrame):
                continue
            identity, source = section.route
            at_s = section.clock.at_s(frame.pts or 0)
            self._receiver.video_frame(identity, source, to_planar(frame, at_s))

    def _route(self, section: _Section) -> None:
        offered = section.offered
        route = self._roster.track_of(offered.participant_sid, offered.track_sid)
        if route is not None and section.kind == "audio" and not self._is_heard(*route):
            route = None
        if route != section.route:
            self._end_route(section)
            section.route = route

    def _is_heard(self, identity: ParticipantId, source: TrackSource) -> bool:
        """One stream of sound per participant: the microphone, else a shared screen's.

        Packets of two streams in one playout buffer would be noise.
        """
        if source is TrackSource.MICROPHONE:
            return True
        return (
            source is TrackSource.SCREEN_SHARE_AUDIO
            and self._roster.track_sid(identity, TrackSource.MICROPHONE) is None
        )

    def _end_route(self, section: _Section) -> None:
        if section.route is None:
            return
        identity, source = section.route
        section.route = None
        section.clock.forget()
        if section.kind == "audio":
            self._receiver.audio_ended(identity)
        else:
            self._receiver.video_ended(identity, source)

    def _take_channel(self, channel: RTCDataChannel) -> None:
        def take(message: object) -> None:
            if isinstance(message, bytes):
                self._on_data(message)

        channel.on("message", take)
