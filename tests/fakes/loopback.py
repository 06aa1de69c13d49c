"""A transport without a network: several participants in one process, over a `LoopbackHub`."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.fakes.loopback_hub import LoopbackHub
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import NOBODY, ParticipantId, StreamId, TrackSource
from tui.domain.join import LiveKitJoin, TransportDocument
from tui.domain.media import AudioPacket, PlanarFrame
from tui.domain.participant import Role
from tui.domain.sealing import not_sealed
from tui.ports.transport import EndOfMedia, FrameSource, MediaReceiver, PacketSource, ReceiveStats
from tui.ports.transport_events import (
    CaptionReceived,
    CaptionSegment,
    ChatReceived,
    Disconnected,
    DisconnectReason,
    FileReceived,
    JoinedSession,
    MediaConnected,
    MutedByServer,
    Reconnected,
    Reconnecting,
    RowsReceived,
    TransportEvent,
)
from tui.transport.event_stream import EventStream

__all__ = ["LoopbackHub", "LoopbackTransport"]

_MESSAGE_MAX_BYTES = 16_000


@dataclass(slots=True)
class _Own:
    source: PacketSource | FrameSource
    muted: bool
    sending: asyncio.Task[None]


class _Counting:
    """A receiver that counts what it passes on, for `receive_stats`."""

    def __init__(self, inner: MediaReceiver) -> None:
        self._inner = inner
        self.counts: dict[StreamId, int] = {}

    def audio_packet(self, stream: StreamId, packet: AudioPacket) -> None:
        self._count(stream)
        self._inner.audio_packet(stream, packet)

    def video_frame(self, stream: StreamId, frame: PlanarFrame) -> None:
        self._count(stream)
        self._inner.video_frame(stream, frame)

    def audio_ended(self, stream: StreamId) -> None:
        self._inner.audio_ended(stream)

    def video_refused(self, stream: StreamId) -> None:
        self._inner.video_refused(stream)

    def video_ended(self, stream: StreamId) -> None:
        self._inner.video_ended(stream)

    def _count(self, stream: StreamId) -> None:
        self.counts[stream] = self.counts.get(stream, 0) + 1


class LoopbackModerator:
    """Implements `tui.ports.transport.Moderator` at the hub."""

    def __init__(self, hub: LoopbackHub, session_id: str, we: ParticipantId) -> None:
        self._hub = hub
        self._session_id = session_id
        self._we = we

    async def mute(self, who: ParticipantId, source: TrackSource) -> None:
        if not self._hub.mute(self._session_id, who, source, self._we):
            what = source.replace("_", " ")
            raise CallsError(ErrorCode.VALIDATION, f"This participant has no {what} in the call.")

    async def remove(self, who: ParticipantId) -> None:
        self._hub.remove(self._session_id, who)

    async def lock(self, *, on: bool) -> None:
        """See `Moderator.lock`."""

    async def answer(self, knock: str, *, let_in: bool) -> None:
        """See `Moderator.answer`."""

    async def readmit(self, who: ParticipantId) -> None:
        self._hub.readmit(self._session_id, who)

    async def let_all(self, source: TrackSource, *, on: bool) -> None:
        raise CallsError(ErrorCode.NOT_SUPPORTED, "Everybody may.")

    async def let(self, who: ParticipantId, source: TrackSource) -> None:
        raise CallsError(ErrorCode.NOT_SUPPORTED, "Everybody may.")

    async def end_for_all(self) -> None:
        self._hub.end_session(self._session_id)


class LoopbackTransport:
    """Implements `tui.ports.transport.Transport` inside one process.

    Args:
        hub: Where the sessions are; the URL given to `join` is not used.
        retry_s: How long to wait between attempts to join again after `LoopbackHub.stop`.
        give_up_after_s: How long attempts go on.
    """

    receiver: MediaReceiver

    def __init__(
        self, hub: LoopbackHub, *, retry_s: float = 0.05, give_up_after_s: float = 120.0
    ) -> None:
        self.wants: dict[StreamId, tuple[int, int]] = {}
        self._hub = hub
        self._retry_s = retry_s
        self._give_up_after_s = give_up_after_s
        self._events = EventStream()
        self._token = ""
        self._session_id = ""
        self._identity = NOBODY
        self._attributes: dict[str, str] = {}
        self._name = ""
        self._own: dict[TrackSource, _Own] = {}
        self._counting: _Counting | None = None
        self._rejoining: asyncio.Task[None] | None = None
        self._held: list[TransportEvent] | None = None
        self._joined = False
        self._left = False

    @property
    def moderator(self) -> LoopbackModerator | None:
        """See `Transport.moderator`."""
        if self._hub.role(self._session_id, self._identity) is not Role.MODERATOR:
            return None
        return LoopbackModerator(self._hub, self._session_id, self._identity)

    async def join(self, document: TransportDocument, receiver: MediaReceiver) -> JoinedSession:
        """See `Transport.join`; it stands in for LiveKit's, whose documents it takes."""
        assert isinstance(document, LiveKitJoin)
        if self._counting is not None:
            raise RuntimeError("a transport joins once")
        self._token = document.token
        self._counting = _Counting(receiver)
        self.receiver = self._counting
        self._session_id, self._identity, joined = self._hub.enter(document.token, self)
        self._joined = True
        self._events.put(MediaConnected())
        return joined

    def events(self) -> AsyncIterator[TransportEvent]:
        """See `Transport.events`."""
        return self._events.read()

    async def publish_microphone(self, source: PacketSource, *, muted: bool) -> None:
        """See `Transport.publish_microphone`."""
        work = self._send_packets(source)
        await self._publish(TrackSource.MICROPHONE, source, work, (0, 0), muted=muted)

    async def publish_camera(self, source: FrameSource, *, muted: bool) -> None:
        """See `Transport.publish_camera`."""
        work = self._send_frames(TrackSource.CAMERA, source)
        await self._publish(TrackSource.CAMERA, source, work, source.size, muted=muted)

    async def publish_share(self, source: FrameSource) -> None:
        """See `Transport.publish_share`."""
        share = TrackSource.SCREEN_SHARE
        await self._publish(
            share, source, self._send_frames(share, source), source.size, muted=False
        )

    async def end_share(self) -> None:
        """See `Transport.end_share`."""
        own = self._own.pop(TrackSource.SCREEN_SHARE, None)
        if own is not None:
            own.sending.cancel()
            await asyncio.gather(own.sending, return_exceptions=True)
            self._hub.unpublish(self._session_id, self._identity, TrackSource.SCREEN_SHARE)

    async def set_muted(self, source: TrackSource, *, muted: bool) -> None:
        """See `Transport.set_muted`."""
        own = self._own.get(source)
        if own is not None:
            own.muted = muted
            self._hub.set_muted(self._session_id, self._identity, source, muted=muted)

    async def set_attributes(self, attributes: Mapping[str, str], *, name: str = "") -> None:
        """See `Transport.set_attributes`."""
        self._attributes.update(attributes)
        self._name = name or self._name
        self._hub.set_attributes(self._session_id, self._identity, attributes, self._name)

    async def send_chat(self, text: str, reply_to: str = "") -> str:
        """See `Transport.send_chat`. Raises `CallsError` as the LiveKit transport does."""
        size = len(text.encode("utf-8", "replace"))
        if size > _MESSAGE_MAX_BYTES:
            raise CallsError(
                ErrorCode.VALIDATION,
                f"The message has {size} bytes; at most {_MESSAGE_MAX_BYTES} can be sent.",
            )
        number = str(uuid.uuid4())
        now_ms = int(time.time() * 1000)
        self._say(ChatReceived(self._identity, text, now_ms, message=number, reply_to=reply_to))
        return number

    async def send_file(
        self, name: str, mime: str, content: bytes, progress: Callable[[int], None]
    ) -> None:
        """See `Transport.send_file`."""
        progress(len(content))
        key, size = str(uuid.uuid4()), len(content)
        self._say(FileReceived(self._identity, key, name, size))
        self._say(FileReceived(self._identity, key, name, size, done=size, content=content))

    async def use_key(self, key: str) -> None:
        """No call of this hub is sealed."""
        raise not_sealed()

    @property
    def carries_captions(self) -> bool:
        """They are."""
        return True

    async def send_caption(self, words: CaptionSegment, speaker: ParticipantId) -> None:
        """See `Transport.send_caption`."""
        named = replace(words, id=words.id or f"{self._identity} {words.text}")
        self._say(CaptionReceived(self._identity, speaker, (named,)))

    async def send_rows(self, message: bytes, to: Sequence[ParticipantId] = ()) -> bool:
        """See `Transport.send_rows`; whom it is not for gets it, too."""
        self._say(RowsReceived(self._identity, message))
        return True

    def want_video(self, stream: StreamId, *, width: int, height: int, fps: float = 0.0) -> None:
        """See `Transport.want_video`."""
        self.wants[stream] = (width, height)

    def receive_stats(self) -> Mapping[StreamId, ReceiveStats]:
        """See `Transport.receive_stats`."""
        counts = {} if self._counting is None else self._counting.counts
        return {key: ReceiveStats(packets=count) for key, count in counts.items()}

    async def leave(self) -> None:
        """See `Transport.leave`."""
        if self._left:
            return
        self._left = True
        self._joined = False
        self._hub.leave(self._session_id, self._identity, self)
        tasks = [own.sending for own in self._own.values()]
        if self._rejoining is not None:
            tasks.append(self._rejoining)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._events.put(Disconnected(DisconnectReason.LEFT))

    # What the hub calls

    def tell(self, event: TransportEvent) -> None:
        """Take an event of the hub."""
        if isinstance(event, MutedByServer) and event.source in self._own:
            self._own[event.source].muted = True
        if isinstance(event, Disconnected):
            self._joined = False
        if self._held is not None:
            self._held.append(event)
        else:
            self._events.put(event)

    def lose(self) -> None:
        """The hub stopped: try to join again."""
        self._joined = False
        if not self._left:
            self._rejoining = asyncio.create_task(self._rejoin(), name="loopback rejoin")

    async def _rejoin(self) -> None:
        loop = asyncio.get_running_loop()
        lost_s = loop.time()
        attempt = 0
        while loop.time() - lost_s < self._give_up_after_s:
            attempt += 1
            self._events.put(Reconnecting(attempt, self._retry_s))
            await asyncio.sleep(self._retry_s)
            try:
                _, self._identity, _ = self._hub.enter(self._token, self)
            except CallsError as error:
                if error.code == ErrorCode.CALL_TOKEN_REFUSED:
                    self.tell(Disconnected(DisconnectReason.REFUSED, error.description))
                    return
                continue
            self._joined = True
            # What is told of the session joined again comes behind the word that it is.
            held = self._held = []
            self._hub.set_attributes(self._session_id, self._identity, self._attributes, self._name)
            for source, own in self._own.items():
                size = (0, 0) if source is TrackSource.MICROPHONE else own.source.size  # type: ignore[union-attr]
                self._hub.publish(self._session_id, self._identity, source, size, muted=own.muted)
            joined = self._hub.session(self._session_id, self._identity)
            self._held = None
            if joined is not None:
                self._events.put(Reconnected(joined))
            for event in held:
                self._events.put(event)
            return
        self.tell(Disconnected(DisconnectReason.LOST))

    def _say(self, event: TransportEvent) -> None:
        if not self._joined:
            raise CallsError(
                ErrorCode.CONNECTION_FAILED,
                "Not sent: there is no connection right now. Send it again when it is back.",
            )
        self._hub.say(self._session_id, self._identity, event)

    async def _publish(
        self,
        source: TrackSource,
        media: PacketSource | FrameSource,
        work: Coroutine[Any, Any, None],
        size: tuple[int, int],
        *,
        muted: bool,
    ) -> None:
        before = self._own.get(source)
        if before is not None:
            before.sending.cancel()
            await asyncio.gather(before.sending, return_exceptions=True)
        self._own[source] = _Own(media, muted, asyncio.create_task(work, name=f"send {source}"))
        if self._joined:
            self._hub.publish(self._session_id, self._identity, source, size, muted=muted)

    async def _send_packets(self, source: PacketSource) -> None:
        sequence = 0
        while True:
            try:
                packet = await source.next_packet()
            except EndOfMedia:
                return
            if self._joined:
                numbered = replace(packet, sequence=sequence)
                self._hub.send_packet(self._session_id, self._identity, numbered)
                sequence = (sequence + 1) & 0xFFFF

    async def _send_frames(self, what: TrackSource, source: FrameSource) -> None:
        while True:
            try:
                frame = await source.next_frame()
            except EndOfMedia:
                return
            if self._joined and not self._own[what].muted:
                self._hub.send_frame(self._session_id, self._identity, what, frame)
