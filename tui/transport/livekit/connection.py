"""One connection to a LiveKit server: from one join to one goodbye or loss.

It knows nothing of joining again: `LiveKitTransport` makes a new one for that.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from livekit.protocol import models, rtc

from tui.domain.ids import ParticipantId, StreamId, TrackSource
from tui.ports.transport import MediaReceiver, ReceiveStats
from tui.ports.transport_events import (
    CaptionSegment,
    JoinedSession,
    ParticipantLeft,
    TransportEvent,
)
from tui.transport.connection_life import ConnectionLife
from tui.transport.livekit.address import ice_servers
from tui.transport.livekit.captions import CAPTION_TOPIC, said_of
from tui.transport.livekit.data import DataReader
from tui.transport.livekit.data_writer import CHAT_TOPIC, DataWriter
from tui.transport.livekit.handshake import JOIN_TIMEOUT_S, join_response
from tui.transport.livekit.media_line import Line
from tui.transport.livekit.opener import Opener
from tui.transport.livekit.own_tracks import OwnTracks, best_wanted
from tui.transport.livekit.own_words import OwnWords
from tui.transport.livekit.ping import Ping
from tui.transport.livekit.publisher import Publisher
from tui.transport.livekit.reconnect import said_goodbye
from tui.transport.livekit.roster import Roster
from tui.transport.livekit.rows import rows_packet
from tui.transport.livekit.signal import SignalChannel, SignalClosed
from tui.transport.livekit.signalling import Signalling
from tui.transport.livekit.subscriber import Subscriber
from tui.transport.livekit.wants import VideoWants
from tui.transport.livekit.way_in import WayIn
from tui.transport.one_connection import Ended, end_in_time
from tui.transport.rtc.peer import PeerFailed
from tui.transport.rtc.tracks import CameraTrack, MicrophoneTrack
from tui.transport.want import Want
from tui.wire.resuming import KEEPS_MEDIA

_log = logging.getLogger(__name__)

_LEAVE_GRACE_S: Final = 0.3
"""A goodbye says why; it may arrive just after the media connection closed."""


class Connection:
    """Implements `tui.transport.one_connection.OneConnection`. Make it with `open`."""

    def __init__(
        self,
        channel: SignalChannel,
        join: rtc.JoinResponse,
        way: WayIn,
        receiver: MediaReceiver,
        *,
        emit: Callable[[TransportEvent], None],
        on_token: Callable[[str], None],
        wants: Mapping[StreamId, Want],
    ) -> None:
        servers, keys, loopback = way.address, way.keys, way.loopback
        self.started_at_ms = join.room.creation_time_ms or join.room.creation_time * 1000
        self.session_id = join.room.name
        self.session_sid = join.room.sid
        """The server's id of this one session, for the next of that name has another."""
        self._token = way.token
        self._join = join
        keeps_media = join.server_info.debug_info == KEEPS_MEDIA
        self._signalling = Signalling(
            channel,
            servers,
            token=lambda: self._token,
            resume=join.participant.sid if keeps_media else "",
            may_resume=lambda: self.line.media_came and not self._life.is_over,
        )
        self._emit = emit
        self._on_token = on_token
        self._roster = Roster(join.participant, join.other_participants, sealed=keys is not None)
        self._wants = VideoWants(wants, self._roster, self._send)
        self._opener = Opener(
            keys,
            lambda who, sealing: self._tell(self._roster.judge(who, sealing)),
            servers_own=join.sif_trailer,
        )
        self._data = DataReader(self._roster.owner_of, self._opener.packet)
        self._own = OwnTracks()
        self._own_words = OwnWords(self._send, self._own, self._roster)
        self._life = ConnectionLife()
        self._ping = Ping(
            self._signalling, interval_s=join.ping_interval, timeout_s=join.ping_timeout
        )
        ice = ice_servers(servers, join.ice_servers)
        self._publisher = Publisher(ice, send=self._send, keys=keys, loopback=loopback)
        self._writer = DataWriter(self._publisher, self._roster)
        self._subscriber = Subscriber(
            ice,
            roster=self._roster,
            receiver=receiver,
            opener=self._opener,
            send_answer=lambda description: self._send(answer=description),
            on_data=self._take_data,
            on_routed=self._wants.changed,
            loopback=loopback,
        )
        for side in (self._publisher, self._subscriber):
            side.peer.on_end(self._peer_ended)
        self.line = Line(self._subscriber, self._publisher, servers, emit=emit, joined=self.joined)

    @classmethod
    async def open(
        cls,
        way: WayIn,
        receiver: MediaReceiver,
        *,
        emit: Callable[[TransportEvent], None],
        on_token: Callable[[str], None],
        wants: Mapping[StreamId, Want],
        connect_within_s: float = JOIN_TIMEOUT_S,
    ) -> Connection:
        """Connect and join.

        Raises:
            CallsError: As `tui.ports.transport.Transport.join`.
        """
        channel = await SignalChannel.open(
            way.address, way.token, timeout_s=connect_within_s, again_in=way.again_in
        )
        try:
            join = await join_response(channel)
            connection = cls(
                channel, join, way, receiver, emit=emit, on_token=on_token, wants=wants
            )
        except BaseException:
            await channel.close()
            raise
        connection._life.start(connection._read(), "signalling")
        connection._life.start(connection._subscriber.run(), "offers")
        connection._life.start(connection._ping.run(), "ping")
        connection._life.start(connection._wants.run(), "wanted pictures")
        connection._life.start(connection.line.run(), "line")
        connection._take_room(join.room)
        return connection

    @property
    def media_came(self) -> bool:
        """Whether media could ever come."""
        return self.line.media_came

    def joined(self) -> JoinedSession:
        """Who is here now."""
        roster = self._roster
        keeps_chat = self._join.server_info.debug_info == KEEPS_MEDIA
        return JoinedSession(
            self.session_id, self.started_at_ms, roster.local, roster.others, keeps_chat
        )

    async def ended(self) -> Ended:
        """Wait for the end of the connection."""
        return await self._life.ended()

    async def media(self) -> None:
        """See `OneConnection.media`."""
        await self._life.unless_over(self.line.found())

    async def publish(
        self,
        source: TrackSource,
        track: MicrophoneTrack | CameraTrack,
        *,
        muted: bool,
        size: tuple[int, int] = (0, 0),
    ) -> None:
        """See `OneConnection.publish`."""
        if isinstance(track, MicrophoneTrack):
            info = await self._publisher.publish_microphone(track, muted=muted)
        else:
            info = await self._publisher.publish_pictures(source, track, muted=muted, size=size)
        self._own.published(source, info.sid, track, muted=muted)

    async def unpublish(self, source: TrackSource, track: MicrophoneTrack | CameraTrack) -> None:
        """See `OneConnection.unpublish`."""
        self._own.unpublished(source)
        await self._publisher.unpublish(track)

    async def set_muted(self, source: TrackSource, *, muted: bool) -> None:
        """See `OneConnection.set_muted`."""
        sid = self._own.set_muted(source, muted=muted)
        if sid is not None:
            await self._send(mute=rtc.MuteTrackRequest(sid=sid, muted=muted))

    async def set_attributes(self, attributes: Mapping[str, str], *, name: str = "") -> None:
        """See `OneConnection.set_attributes`; metadata stays."""
        await self._own_words.say(attributes, name)

    async def send_chat(self, text: str, reply_to: str = "") -> str:
        """See `OneConnection.send_chat`."""
        return await self._writer.text(text, CHAT_TOPIC, reply_to=reply_to)

    async def send_caption(self, words: CaptionSegment, speaker: ParticipantId) -> None:
        """See `OneConnection.send_caption`."""
        track = self.track_sid(StreamId(speaker, TrackSource.MICROPHONE))
        await self._writer.text(words.text, CAPTION_TOPIC, said_of(words, track))

    async def send_file(
        self, name: str, mime: str, content: bytes, progress: Callable[[int], None]
    ) -> None:
        """See `OneConnection.send_file`."""
        await self._writer.file(name, mime, content, progress)

    async def send_rows(self, message: bytes, to: Sequence[ParticipantId]) -> None:
        """See `OneConnection.send_rows`."""
        local = self._roster.local
        packet = rows_packet(message, to)
        packet.participant_identity = local.id
        await self._publisher.send_packet(packet, sid=local.pid)

    def track_sid(self, stream: StreamId) -> str | None:
        """The server's name for what somebody publishes; None when they do not."""
        return self._roster.track_sid(stream)

    def want_changed(self) -> None:
        """The wanted picture sizes changed."""
        self._wants.changed()

    def stats(self) -> dict[StreamId, ReceiveStats]:
        """What the network did to each stream received."""
        return self._subscriber.stats()

    async def end(self, *, within_s: float, goodbye: bool) -> None:
        """See `OneConnection.end`."""
        await end_in_time(self._leave(goodbye=goodbye), within_s, abort=self._abort)

    async def _leave(self, *, goodbye: bool) -> None:
        if goodbye:
            await self._say_goodbye()
        await self.close()

    def _abort(self) -> None:
        self._subscriber.abort()
        self._publisher.abort()

    async def _say_goodbye(self) -> None:
        leave = rtc.LeaveRequest(
            reason=models.DisconnectReason.CLIENT_INITIATED, action=rtc.LeaveRequest.DISCONNECT
        )
        try:
            await self._signalling.send_once(leave=leave)
        except SignalClosed as error:
            _log.debug("goodbye not sent: %s", error)

    async def close(self) -> None:
        """Release everything. Idempotent."""
        await self._life.close(
            self._subscriber.close(), self._publisher.close(), self._signalling.close()
        )

    # What runs beside it

    async def _send(self, **message: Any) -> None:
        await self._signalling.send(**message)

    def _peer_ended(self, state: str) -> None:
        if not self._life.is_over:
            self._life.start(self._lost(f"media connection {state}"), "media loss")

    async def _lost(self, why: str) -> None:
        await asyncio.sleep(_LEAVE_GRACE_S)
        raise PeerFailed(why)

    async def _read(self) -> None:
        async for response in self._signalling.messages(self._say_again):
            await self._take(response)

    def _say_again(self) -> None:
        """What we said last may be lost with the websocket it was said on."""
        self._life.start(self._own_words.say_again(), "what was said last")
        self._wants.say_again()

    async def _take(self, response: rtc.SignalResponse) -> None:
        match response.WhichOneof("message"):
            case "offer":
                self._subscriber.offer(response.offer)
            case "answer":
                self._publisher.take_answer(response.answer)
            case "trickle":
                await self._take_candidate(response.trickle)
            case "update":
                self._take_update(response.update)
            case "track_published":
                self._publisher.take_accepted(response.track_published)
            case "speakers_changed":
                self._tell(self._roster.speakers(response.speakers_changed.speakers))
            case "connection_quality":
                self._tell(self._roster.quality(response.connection_quality.updates))
            case "room_update":
                self._take_room(response.room_update.room)
            case "mute":
                self._tell(self._own.told_muted(response.mute.sid, muted=response.mute.muted))
            case "pong_resp":
                self._ping.answered(response.pong_resp.last_ping_timestamp)
            case "subscribed_quality_update":
                self._own.wanted(
                    response.subscribed_quality_update.track_sid,
                    best_wanted(response.subscribed_quality_update),
                )
            case "refresh_token":
                self._token = response.refresh_token or self._token
                self._on_token(response.refresh_token)
            case "request_response":
                self._publisher.take_response(response.request_response)
            case "leave":
                self._life.end(said_goodbye(response.leave))
            case other:
                _log.debug("not for us: %s", other)

    async def _take_candidate(self, trickle: rtc.TrickleRequest) -> None:
        if trickle.target == rtc.SignalTarget.PUBLISHER:
            await self._publisher.add_candidate(trickle.candidateInit)
        else:
            await self._subscriber.add_candidate(trickle.candidateInit)

    def _take_update(self, update: rtc.ParticipantUpdate) -> None:
        for info in update.participants:
            event = self._roster.apply(info)
            if event is None:
                continue
            if isinstance(event, ParticipantLeft):
                self._opener.forget(event.id)
                for broken in self._data.files.gone(event.id):
                    self._emit(broken)
            self._emit(event)
            if info.sid == self._roster.local.pid:
                for track in info.tracks:
                    self._tell(self._own.seen_muted(track.sid, muted=track.muted))
        self._subscriber.refresh()
        self._wants.changed()

    def _take_data(self, raw: bytes) -> None:
        self._tell(self._data.read(raw, time.monotonic()))
        while self._data.replies:
            self._life.start(self._writer.reply(self._data.replies.popleft()), "reply")

    def _take_room(self, room: models.Room) -> None:
        self._tell(self._roster.apply_room(room))
        self._tell(self._roster.apply_lock(room))
        self._tell(self._roster.apply_transcript(room))

    def _tell(self, event: TransportEvent | None) -> None:
        if event is not None:
            self._emit(event)
