"""A transport over as many connections as it takes: what all media protocols have in common.

A protocol says how one connection is opened (`_open`); what we publish, our attributes and what is
wanted outlive it, and are there again on the next.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId, StreamId, TrackSource
from tui.domain.network import NoAnswer, failure_of
from tui.domain.rights import Rights
from tui.domain.sealing import not_sealed, read_keys
from tui.ports.transport import FrameSource, PacketSource, ReceiveStats
from tui.ports.transport_events import (
    CaptionSegment,
    Disconnected,
    DisconnectReason,
    JoinedSession,
    MediaConnected,
    MediaMissing,
    MutedByServer,
    OwnRightsChanged,
    Reconnected,
    Reconnecting,
    TransportEvent,
    WaitingToBeLetIn,
)
from tui.transport.backoff import Backoff
from tui.transport.event_stream import EventStream
from tui.transport.gone import ConnectionGone
from tui.transport.in_use import InUse
from tui.transport.one_connection import OneConnection
from tui.transport.own_media import OwnMedia
from tui.transport.own_rights import OwnRights
from tui.transport.want import Want

_log = logging.getLogger(__name__)

MESSAGE_MAX_BYTES: Final = 16_000
"""Of a chat message."""
_LEAVE_S: Final = 1.0
_CLOSE_LOST_S: Final = 1.0
_MEDIA_AGAIN_S: Final = 10.0
"""How long media may take after joining again; without them nobody is heard."""
_UNANSWERED: Final = (NoAnswer.REFUSED, NoAnswer.TOO_LATE, NoAnswer.UNREACHABLE)
_STABLE_S: Final = 10.0
"""A connection that lived this long was a good one: counting attempts begins anew."""
_WANTS_KEPT: Final = 1000
_FINAL: Final[Mapping[str, DisconnectReason]] = {
    ErrorCode.CALL_TOKEN_REFUSED: DisconnectReason.REFUSED,
    ErrorCode.NO_SESSION: DisconnectReason.SESSION_ENDED,
}
"""Answers after which joining again is not tried any more."""


class LastingTransport(ABC):
    """Implements most of `tui.ports.transport.Transport`.

    Args:
        backoff: Waits between attempts to join again.
        give_up_after_s: How long attempts to join again go on.
    """

    def __init__(self, *, backoff: Backoff | None = None, give_up_after_s: float = 120.0) -> None:
        self._backoff = backoff or Backoff()
        self._give_up_after_s = give_up_after_s
        self._events = EventStream()
        self._in_use = InUse(lambda: self._supervisor is not None and not self._supervisor.done())
        self._later: list[TransportEvent] | None = None
        """What is said of a session that is being joined again, until `Reconnected` is told."""
        self._supervisor: asyncio.Task[None] | None = None
        self._own = OwnMedia()
        self._rights = OwnRights(self._own, lambda: self._connection)
        self._allowing: asyncio.Task[None] | None = None
        self._attributes: dict[str, str] = {}
        self._name = ""
        self._wants: dict[StreamId, Want] = {}
        self._entered = False
        self._left = False
        self._lost_once = False
        """Whether the first connection is over."""

    @abstractmethod
    async def _open(self, *, attempt: int = 0) -> OneConnection:
        """Join: for the first time (0), or as attempt 1, 2, ... to join again.

        Raises:
            CallsError: As `tui.ports.transport.Transport.join`.
        """

    @property
    def _connection(self) -> OneConnection | None:
        return self._in_use.now

    def _use(self, connection: OneConnection) -> None:
        """This connection is the one in use."""
        self._in_use.begin(connection)

    async def _released(self) -> None:  # noqa: B027 — most have nothing else
        """We left, and no connection is open any more: release what else there is."""

    async def _join(self) -> JoinedSession:
        """Open the first connection, and keep connected from then on."""
        if self._entered or self._left:
            raise RuntimeError("a transport joins once")
        self._entered = True
        connection = await self._open()
        if self._left:
            await connection.end(within_s=_LEAVE_S, goodbye=True)
            raise CallsError(ErrorCode.CONNECTION_FAILED, "You left while joining.")
        self._use(connection)
        joined = connection.joined()
        self._rights.now = joined.local.rights
        self._allowing = asyncio.create_task(self._rights.run(), name="rights")
        self._supervisor = asyncio.create_task(self._supervise(connection), name="session")
        return joined

    def events(self) -> AsyncIterator[TransportEvent]:
        """See `Transport.events`."""
        return self._events.read()

    async def publish_microphone(self, source: PacketSource, *, muted: bool) -> None:
        """See `Transport.publish_microphone`. A second call puts another source in its place."""
        await self._publish(TrackSource.MICROPHONE, source, muted=muted)

    async def publish_camera(self, source: FrameSource, *, muted: bool) -> None:
        """See `Transport.publish_camera`. A second call puts another source in its place."""
        await self._publish(TrackSource.CAMERA, source, muted=muted)

    async def publish_share(self, source: FrameSource) -> None:
        """See `Transport.publish_share`. A second call puts another source in its place."""
        await self._publish(TrackSource.SCREEN_SHARE, source, muted=False)

    async def end_share(self) -> None:
        """See `Transport.end_share`."""
        share = TrackSource.SCREEN_SHARE
        track = self._own.drop(share)
        if track is not None:
            await self._in_use.tell("the end of a share", lambda one: one.unpublish(share, track))

    async def set_muted(self, source: TrackSource, *, muted: bool) -> None:
        """See `Transport.set_muted`."""
        if self._own.set_muted(source, muted=muted):
            await self._in_use.tell("mute", lambda one: one.set_muted(source, muted=muted))

    async def set_attributes(self, attributes: Mapping[str, str], *, name: str = "") -> None:
        """See `Transport.set_attributes`."""
        self._attributes.update(attributes)
        self._name = name or self._name
        name = self._name
        await self._in_use.tell("attributes", lambda one: one.set_attributes(attributes, name=name))

    async def use_key(self, key: str) -> None:
        """See `Transport.use_key`; a protocol that seals does it."""
        read_keys(key)
        raise not_sealed()

    @property
    def carries_captions(self) -> bool:
        """See `Transport.carries_captions`."""
        return True

    async def send_caption(self, words: CaptionSegment, speaker: ParticipantId) -> None:
        """See `Transport.send_caption`."""
        _refuse_long(words.text)
        if words.final or self._in_use.takes_messages:
            await self._in_use.send(lambda one: one.send_caption(words, speaker))

    async def send_rows(self, message: bytes, to: Sequence[ParticipantId] = ()) -> bool:
        """See `Transport.send_rows`."""
        takes = self._in_use.takes_messages
        return takes and await self._in_use.tell("rows", lambda one: one.send_rows(message, to))

    async def send_chat(self, text: str, reply_to: str = "") -> str:
        """See `Transport.send_chat`.

        Raises:
            CallsError: `VALIDATION_ERROR` when longer than 16 kB, `ERROR_CONNECTION_FAILED` when
                it could not be sent.
        """
        _refuse_long(text)
        return await self._in_use.send(lambda one: one.send_chat(text, reply_to))

    async def send_file(
        self, name: str, mime: str, content: bytes, progress: Callable[[int], None]
    ) -> None:
        """See `Transport.send_file`."""
        await self._in_use.send(lambda one: one.send_file(name, mime, content, progress))

    def want_video(self, stream: StreamId, *, width: int, height: int, fps: float = 0.0) -> None:
        """See `Transport.want_video`."""
        # Kept when somebody leaves: who comes back at once has the same tile. The oldest wish goes.
        self._wants.pop(stream, None)
        self._wants[stream] = Want(width, height, fps)
        while len(self._wants) > _WANTS_KEPT:
            del self._wants[next(iter(self._wants))]
        if self._connection is not None:
            self._connection.want_changed()

    def receive_stats(self) -> Mapping[StreamId, ReceiveStats]:
        """See `Transport.receive_stats`."""
        return {} if self._connection is None else self._connection.stats()

    async def leave(self) -> None:
        """See `Transport.leave`."""
        if self._left:
            return
        self._left = True
        for task in (self._supervisor, self._allowing):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        connection = self._connection
        self._in_use.lose()
        if connection is not None:
            await connection.end(within_s=_LEAVE_S, goodbye=True)
        await self._released()
        self._events.put(Disconnected(DisconnectReason.LEFT))

    def _emit(self, event: TransportEvent) -> None:
        """Take an event of the connection in use."""
        if isinstance(event, MediaConnected | MediaMissing) and self._lost_once:
            return  # `Reconnected` says that media flow
        # A line that is silent takes no messages; what waits goes out when it is heard again.
        if isinstance(event, Reconnecting | Reconnected):
            self._in_use.silence(silent=isinstance(event, Reconnecting))
        if isinstance(event, MutedByServer):
            self._own.told_muted(event.source)
        if self._later is None or isinstance(event, WaitingToBeLetIn):
            self._events.put(event)
        else:
            self._later.append(event)

    # Connections

    async def _supervise(self, connection: OneConnection) -> None:
        """Own the connections until the end, and always tell that end."""
        try:
            await self._keep_connected(connection)
        except Exception:
            _log.exception("joining again failed by a fault of ours")
            self._in_use.lose()
            self._events.put(Disconnected(DisconnectReason.LOST, "Joining again failed."))

    async def _keep_connected(self, connection: OneConnection) -> None:
        loop = asyncio.get_running_loop()
        lost_s: float | None = None
        attempt = 0
        began_s = loop.time()
        while True:
            ended = await connection.ended()
            self._in_use.lose()
            self._lost_once = True
            _log.info("connection ended: %s", ended.why)
            # A server that lets us in and breaks at once must not be tried for ever.
            if connection.media_came and loop.time() - began_s > _STABLE_S:
                lost_s, attempt = None, 0
            # Beside the first attempt: a dead connection may take its time to close.
            closing = asyncio.create_task(
                connection.end(within_s=_CLOSE_LOST_S, goodbye=False), name="close-lost"
            )
            try:
                if ended.reason is not None:
                    self._events.put(Disconnected(ended.reason, ended.why))
                    return
                lost_s = loop.time() if lost_s is None else lost_s
                rejoined, attempt = await self._rejoin(attempt, lost_s, ended.why, closing)
                if rejoined is None:
                    return
            finally:
                await _whole(closing)
            connection, began_s = rejoined, loop.time()

    async def _rejoin(
        self, attempt: int, lost_s: float, why: str, closing: asyncio.Task[None]
    ) -> tuple[OneConnection | None, int]:
        """Join again until it works; None after `Disconnected` was told.

        Nothing is published before `closing` is done: one track has one taker.
        """
        loop = asyncio.get_running_loop()
        unanswered = False
        while True:
            attempt += 1
            wait_s = self._backoff.wait_s(attempt, unanswered=unanswered)
            if loop.time() + wait_s - lost_s > self._give_up_after_s:
                self._events.put(Disconnected(DisconnectReason.LOST, why))
                return None, attempt
            self._events.put(Reconnecting(attempt, wait_s))
            await asyncio.sleep(wait_s)
            later = self._later = []
            try:
                connection = await self._open(attempt=attempt)
            except CallsError as error:
                why = error.description
                refused = error.__cause__
                unanswered = refused is not None and failure_of(refused) in _UNANSWERED
                _log.info("attempt %d to join again: %s", attempt, why)
                if (final := _FINAL.get(error.code)) is not None:
                    self._events.put(Disconnected(final, why))
                    return None, attempt
                continue
            await asyncio.wait({closing})
            try:
                await self._restore(connection)
            except (ConnectionGone, TimeoutError) as error:
                # Nobody is heard without media: this was no more than an attempt.
                why = str(error) or "no sound and no pictures came"
                _log.warning("attempt %d to join again: %s", attempt, why)
                self._in_use.lose()
                await connection.end(within_s=_CLOSE_LOST_S, goodbye=True)
                continue
            self._later = None
            joined = connection.joined()
            for event in (Reconnected(joined, chat_missing=not joined.keeps_chat), *later):
                self._events.put(event)
            return connection, attempt

    async def _restore(self, connection: OneConnection) -> None:
        """Restore name, state and tracks, and wait until media flow both ways.

        Raises:
            ConnectionGone, TimeoutError: They do not flow.
        """
        # What is published from here on announces itself.
        sources = self._own.sources
        self._use(connection)
        kept = {name: value for name, value in self._attributes.items() if value}
        if kept or self._name:
            await connection.set_attributes(kept, name=self._name)
        self._hear_rights(connection.joined().local.rights)
        for source in sources:
            if not self._rights.now.allows(source):
                self._own.withdraw(source)
                continue
            try:
                await self._own.announce(connection, source)
            except CallsError as error:
                _log.warning("not published again: %s", error)
        async with asyncio.timeout(_MEDIA_AGAIN_S):
            await connection.media()

    def _hear_rights(self, rights: Rights) -> None:
        if self._rights.hear(rights):
            self._events.put(OwnRightsChanged(rights))

    async def _publish(
        self, source: TrackSource, media: PacketSource | FrameSource, *, muted: bool
    ) -> None:
        if self._own.take(source, media):
            await self.set_muted(source, muted=muted)
            return
        self._own.add(source, media, muted=muted)
        if self._connection is None or not self._rights.now.allows(source):
            return  # published when the connection, or the right, is back
        try:
            await self._own.announce(self._connection, source)
        except ConnectionGone as error:
            _log.info("published after the reconnect: %s", error)
        except CallsError:
            self._own.drop(source)
            raise


def _refuse_long(text: str) -> None:
    size = len(text.encode("utf-8", "replace"))
    if size > MESSAGE_MAX_BYTES:
        raise CallsError(
            ErrorCode.VALIDATION,
            f"The message has {size} bytes; at most {MESSAGE_MAX_BYTES} can be sent.",
        )


async def _whole(closing: asyncio.Task[None]) -> None:
    """Wait for `closing`, also when cancelled: closed by half, a connection keeps its sockets."""
    try:
        await asyncio.shield(closing)
    except asyncio.CancelledError:
        await asyncio.wait({closing})
        raise
