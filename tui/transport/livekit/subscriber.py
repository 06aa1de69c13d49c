"""The receiving peer connection: the server's offers, and what comes in on their sections."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from livekit.protocol import rtc

from tui.domain.ids import StreamId
from tui.domain.media import AudioPacket, EncodedPicture, PlanarFrame
from tui.ports.transport import MediaReceiver, ReceiveStats
from tui.transport.livekit.opener import Opener
from tui.transport.livekit.roster import Roster
from tui.transport.livekit.sdp import OfferedTrack, mend_offer, offered_tracks
from tui.transport.rtc.direct_voice import DirectVoices
from tui.transport.rtc.incoming import Incoming, decoders_ended
from tui.transport.rtc.peer import IceServer, Peer
from tui.transport.rtc.red_codec import RedTypes

_MAX_WAITING_OFFERS: Final = 32


class _Section:
    """One media section: what comes in on it, and whose that is now."""

    def __init__(
        self,
        receiver: Any,
        offered: OfferedTrack,
        voices: DirectVoices,
        *,
        media: MediaReceiver,
        opener: Opener,
    ) -> None:
        self.offered = offered
        self._opener = opener
        self.route: StreamId | None = None
        """None while the roster does not know the track, or it is not for us: we have no key."""
        self._media = media
        self.incoming = Incoming(
            receiver,
            voices,
            opened=self._opened,
            put_packet=self._put_packet,
            put_encoded=self._put_encoded,
            put_picture=self._put_picture,
            refuse_picture=self._refuse_picture,
        )

    def end_route(self) -> None:
        """The stream that this section carried has ended."""
        if self.route is None:
            return
        stream, self.route = self.route, None
        self.incoming.forget_sender()
        if self.incoming.kind == "audio":
            self._media.audio_ended(stream)
        else:
            self._media.video_ended(stream)

    def _opened(self, data: bytes) -> bytes | None:
        """Let nothing through that is not ours to hear: a sealed packet, decoded, is loud noise."""
        if self.route is None:
            return None
        return self._opener.frame(self.route.participant, self.incoming.kind, data)

    def _put_packet(self, packet: AudioPacket) -> None:
        if self.route is not None:
            self._media.audio_packet(self.route, packet)

    def _put_encoded(self, picture: EncodedPicture) -> bool:
        return self.route is not None and self._media.video_encoded(self.route, picture)

    def _put_picture(self, picture: PlanarFrame) -> None:
        if self.route is not None:
            self._media.video_frame(self.route, picture)

    def _refuse_picture(self) -> None:
        if self.route is not None:
            self._media.video_refused(self.route)


class Subscriber:
    """Receives everybody's media and hands it to a `MediaReceiver`."""

    def __init__(
        self,
        servers: Sequence[IceServer],
        *,
        roster: Roster,
        receiver: MediaReceiver,
        opener: Opener,
        send_answer: Callable[[rtc.SessionDescription], Awaitable[None]],
        on_data: Callable[[bytes], None],
        on_routed: Callable[[], None],
        loopback: bool,
    ) -> None:
        self.peer = Peer(servers, for_receiving=True, loopback=loopback)
        self.peer.on_message(on_data)
        self._voices = DirectVoices(self.peer.pc)
        self.connected = asyncio.Event()
        self._roster = roster
        self._receiver = receiver
        self._opener = opener
        self._send_answer = send_answer
        self._on_routed = on_routed
        self._offers: asyncio.Queue[rtc.SessionDescription] = asyncio.Queue(_MAX_WAITING_OFFERS)
        self._sections: dict[str, _Section] = {}

    def offer(self, description: rtc.SessionDescription) -> None:
        """Take an offer; it is answered in its turn by `run`."""
        if self._offers.full():
            self._offers.get_nowait()
        self._offers.put_nowait(description)

    async def add_candidate(self, candidate_init: str) -> None:
        """Take a candidate of the server; they come while an offer is being worked on."""
        await self.peer.add_candidate(candidate_init)

    async def run(self) -> None:
        """Answer offers one after another, for ever.

        Raises:
            PeerFailed: No connection came about.
        """
        while True:
            await self._answer(await self._offers.get())
            await self.peer.settle()
            self._voices.begin()
            self.connected.set()

    def refresh(self) -> None:
        """The roster changed: find out again what each section carries."""
        for section in self._sections.values():
            self._route(section)

    def stats(self) -> dict[StreamId, ReceiveStats]:
        """What the network did to each stream that is received now."""
        return {
            one.route: stats
            for one in self._sections.values()
            if one.route is not None and (stats := one.incoming.stats()) is not None
        }

    async def close(self) -> None:
        """End every track and release everything. Idempotent."""
        for section in self._sections.values():
            section.end_route()
        ended = [one.incoming for one in self._sections.values()]
        self._sections.clear()
        await asyncio.gather(*(one.close() for one in ended))
        await self.peer.close()
        await decoders_ended(ended)

    def abort(self) -> None:
        """Let go of the sockets at once: `close` did not come to its end."""
        self.peer.abort()

    async def _answer(self, description: rtc.SessionDescription) -> None:
        tracks = offered_tracks(description.sdp)
        self._adopt(tracks, await self.peer.take_offer(mend_offer(description.sdp)))
        sdp = await self.peer.answer()
        await self._send_answer(rtc.SessionDescription(type="answer", sdp=sdp, id=description.id))
        self._on_routed()

    def _adopt(self, tracks: dict[str, OfferedTrack], red: dict[str, RedTypes]) -> None:
        self._voices.forget()
        for transceiver in self.peer.pc.getTransceivers():
            mid = transceiver.mid or ""
            section, offered = self._sections.get(mid), tracks.get(mid)
            if offered is None:
                if section is not None:
                    section.end_route()
                    section.offered = OfferedTrack(mid, section.incoming.kind, "", "", ())
                continue
            if section is None:
                section = _Section(
                    transceiver.receiver,
                    offered,
                    self._voices,
                    media=self._receiver,
                    opener=self._opener,
                )
                self._sections[mid] = section
            other = section.offered.track_sid != offered.track_sid
            if other:
                section.end_route()
            section.offered = offered
            section.incoming.carry(offered.ssrcs, red.get(mid), other=other)
            self._route(section)

    def _route(self, section: _Section) -> None:
        offered = section.offered
        route = self._roster.stream_of(offered.participant_sid, offered.track_sid)
        if route is not None and section.incoming.kind == "video" and not route.shows:
            route = None
        if route != section.route:
            section.end_route()
            section.route = route
