"""A transport in as few lines as one takes: whatever somebody sends is handed to everybody else.

It differs from LiveKit where transports may: its document is its own, an id is new with every join,
and whose client it is comes after each join. What the suite asks holds all the same.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import NOBODY, ParticipantId, StreamId, TrackSource
from tui.domain.participant import Role
from tui.domain.sealing import not_sealed
from tui.ports import transport as port
from tui.ports import transport_events as events
from tui.transport.event_stream import EventStream

_now_ms = lambda: round(time.time() * 1000)  # noqa: E731
_IDS, _RETRY_S, _CHAT_MAX_BYTES, _SPEECH_DBOV = itertools.count(1), 0.05, 16_000, -40


@dataclass
class EchoRoom:
    """Who is there; `up` is False while it is as if the server were killed."""

    name: str
    seats: dict[ParticipantId, EchoTransport] = field(default_factory=dict)
    began_ms: int = field(default_factory=_now_ms)
    up: bool = True

    def tell(self, event: events.TransportEvent, but: ParticipantId = NOBODY) -> None:
        for seat in [one for one in self.seats.values() if one.me.id != but]:
            seat.told.put(event)

    def stop(self) -> None:
        self.up, seats, self.seats = False, self.seats, {}
        for seat in seats.values():
            seat.tasks.append(asyncio.create_task(seat.rejoin()))

    def dismiss(self, who: ParticipantId, reason: events.DisconnectReason) -> None:
        seat = self.seats[who]
        seat.go()
        seat.told.put(events.Disconnected(reason))

    def end(self) -> None:
        for who in list(self.seats):
            self.dismiss(who, events.DisconnectReason.SESSION_ENDED)

    def mute(self, who: ParticipantId, source: TrackSource, by: ParticipantId = NOBODY) -> None:
        if who not in self.seats or source not in self.seats[who].own:
            raise CallsError(ErrorCode.VALIDATION, f"This participant has no {source} in the call.")
        self.seats[who].own[source] = replace(self.seats[who].own[source], muted=True)
        self.seats[who].update()
        self.seats[who].told.put(events.MutedByServer(source, by))


@dataclass(frozen=True)
class EchoJoin:
    """What an `EchoTransport` joins with; without a room it is refused."""

    room: EchoRoom | None
    uid: str = ""
    name: str = ""
    moderator: bool = False


class EchoTransport:
    me: events.RemoteParticipant
    room: EchoRoom
    receiver: port.MediaReceiver

    def __init__(self) -> None:
        self.told, self.tasks = EventStream(), list[asyncio.Task[None]]()
        self.own: dict[TrackSource, events.RemoteTrack] = {}
        self.wants: dict[StreamId, int] = {}
        self.counts: dict[StreamId, int] = {}
        self.joined = self.speaking = False

    @property
    def moderator(self) -> EchoTransport | None:
        return self if self.joined and self.me.role is Role.MODERATOR else None

    async def mute(self, who: ParticipantId, source: TrackSource) -> None:
        self.room.mute(who, source, by=self.me.id)

    async def remove(self, who: ParticipantId) -> None:
        self.room.dismiss(who, events.DisconnectReason.REMOVED)

    async def lock(self, *, on: bool) -> None:
        """See `Moderator.lock`."""

    async def answer(self, knock: str, *, let_in: bool) -> None:
        """See `Moderator.answer`."""

    async def readmit(self, who: ParticipantId) -> None:
        raise CallsError(ErrorCode.NOT_SUPPORTED, "They may come again by themselves.")

    async def let_all(self, source: TrackSource, *, on: bool) -> None:
        raise CallsError(ErrorCode.NOT_SUPPORTED, "Everybody may.")

    async def let(self, who: ParticipantId, source: TrackSource) -> None:
        raise CallsError(ErrorCode.NOT_SUPPORTED, "Everybody may.")

    async def end_for_all(self) -> None:
        self.room.end()

    async def join(self, document: Any, receiver: port.MediaReceiver) -> events.JoinedSession:
        if document.room is None or not document.room.up:
            raise CallsError(ErrorCode.CALL_TOKEN_REFUSED, "There is no such room.")
        self.room, self.uid, self.receiver, self.joined = (
            document.room,
            document.uid,
            receiver,
            True,
        )
        role = Role.MODERATOR if document.moderator else Role.NONE
        self.me = events.RemoteParticipant(NOBODY, document.name, role=role)
        self.told.put(events.MediaConnected())
        return self.enter()

    def enter(self, *, again: bool = False) -> events.JoinedSession:
        new = ParticipantId(f"echo-{next(_IDS)}")
        self.me = replace(self.me, id=new, uid="", pid=new, joined_at_ms=_now_ms())
        others = tuple(one.me for one in self.room.seats.values())
        joined = events.JoinedSession(self.room.name, self.room.began_ms, self.me, others)
        if again:
            self.told.put(events.Reconnected(joined))
        self.room.seats[new] = self
        self.update()
        asyncio.get_running_loop().call_soon(lambda: self.update(uid=self.uid))
        return joined

    async def rejoin(self) -> None:
        self.told.put(events.Reconnecting(1, _RETRY_S))
        while not self.room.up:
            await asyncio.sleep(_RETRY_S)
        self.enter(again=True)

    def update(self, **changes: Any) -> None:
        self.me = replace(self.me, tracks=tuple(self.own.values()), **changes)
        if self.me.id in self.room.seats:
            self.room.tell(events.ParticipantUpdated(self.me))

    def events(self) -> AsyncIterator[events.TransportEvent]:
        return self.told.read()

    async def publish_microphone(self, source: port.PacketSource, *, muted: bool) -> None:
        self.publish(events.RemoteTrack("a", TrackSource.MICROPHONE, muted), source.next_packet)

    async def publish_camera(self, source: port.FrameSource, *, muted: bool) -> None:
        track = events.RemoteTrack("v", TrackSource.CAMERA, muted, *source.size)
        self.publish(track, source.next_frame)

    async def publish_share(self, source: port.FrameSource) -> None:
        track = events.RemoteTrack("s", TrackSource.SCREEN_SHARE, False, *source.size)
        self.sharing = self.publish(track, source.next_frame)

    async def end_share(self) -> None:
        if self.own.pop(TrackSource.SCREEN_SHARE, None) is not None:
            self.sharing.cancel()
            self.update()
            for seat in [one for one in self.room.seats.values() if one is not self]:
                seat.receiver.video_ended(StreamId(self.me.id, TrackSource.SCREEN_SHARE))

    def publish(self, track: events.RemoteTrack, take: Any) -> asyncio.Task[None]:
        self.own[track.source] = track
        self.update()
        self.tasks.append(asyncio.create_task(self.send(track.source, take)))
        return self.tasks[-1]

    async def send(self, source: TrackSource, take: Any) -> None:
        for sequence in itertools.count():
            try:
                media = await take()
            except port.EndOfMedia:
                return
            stream, muted = StreamId(self.me.id, source), self.own[source].muted
            for seat in [one for one in self.room.seats.values() if one is not self]:
                if source is TrackSource.MICROPHONE:
                    seat.receiver.audio_packet(stream, replace(media, sequence=sequence & 0xFFFF))
                elif not muted and seat.wants.get(stream) != 0:
                    seat.receiver.video_frame(stream, media)
                seat.counts[stream] = seat.counts.get(stream, 0) + 1
            loud = getattr(media, "level_dbov", -127) >= _SPEECH_DBOV and not muted
            if source is TrackSource.MICROPHONE and loud is not self.speaking:
                self.speaking = loud
                ids = tuple(one.me.id for one in self.room.seats.values() if one.speaking)
                self.room.tell(events.SpeakersChanged(ids))

    async def set_muted(self, source: TrackSource, *, muted: bool) -> None:
        if source in self.own:
            self.own[source] = replace(self.own[source], muted=muted)
            self.update()

    async def set_attributes(self, attributes: Mapping[str, str], *, name: str = "") -> None:
        merged = {key: one for key, one in {**self.me.attributes, **attributes}.items() if one}
        self.update(attributes=merged, name=name or self.me.name)

    async def send_chat(self, text: str, reply_to: str = "") -> str:
        if len(text.encode()) > _CHAT_MAX_BYTES:
            raise CallsError(ErrorCode.VALIDATION, "The message is too long.")
        self.room.tell(events.ChatReceived(self.me.id, text, _now_ms()), but=self.me.id)
        return ""

    async def send_file(
        self, name: str, mime: str, content: bytes, progress: Callable[[int], None]
    ) -> None:
        raise CallsError(ErrorCode.NOT_SUPPORTED, "No files here.")

    async def use_key(self, key: str) -> None:
        """No call of this hub is sealed."""
        raise not_sealed()

    @property
    def carries_captions(self) -> bool:
        return True

    async def send_caption(self, words: events.CaptionSegment, speaker: ParticipantId) -> None:
        named = replace(words, id=words.id or words.text)
        self.room.tell(events.CaptionReceived(self.me.id, speaker, (named,)), but=self.me.id)

    async def send_rows(self, message: bytes, to: Sequence[ParticipantId] = ()) -> bool:
        self.room.tell(events.RowsReceived(self.me.id, message), but=self.me.id)
        return True

    def want_video(self, stream: StreamId, *, width: int, height: int, fps: float = 0.0) -> None:
        self.wants[stream] = width * height

    def receive_stats(self) -> Mapping[StreamId, port.ReceiveStats]:
        return {stream: port.ReceiveStats(packets=count) for stream, count in self.counts.items()}

    def go(self) -> None:
        self.joined = False
        _ = [task.cancel() for task in self.tasks]
        if self.room.seats.pop(self.me.id, None) is not None:
            for seat, source in itertools.product(self.room.seats.values(), self.own):
                ended = "audio_ended" if source is TrackSource.MICROPHONE else "video_ended"
                getattr(seat.receiver, ended)(StreamId(self.me.id, source))
            self.room.tell(events.ParticipantLeft(self.me.id))

    async def leave(self) -> None:
        if self.joined:
            self.go()
        self.told.put(events.Disconnected(events.DisconnectReason.LEFT))
        await asyncio.gather(*self.tasks, return_exceptions=True)
