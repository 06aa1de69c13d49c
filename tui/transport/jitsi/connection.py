"""One connection to a Jitsi conference: from coming into the room to one goodbye or loss.

It knows nothing of joining again: `JitsiTransport` makes a new one for that, and is somebody new to
the others then. Stanzas come from one reader, which never waits: what needs an answer is done by a
worker of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId, StreamId, TrackSource
from tui.domain.join import JitsiJoin, OpenConference
from tui.domain.rights import Rights
from tui.ports.transport import MediaReceiver, ReceiveStats
from tui.ports.transport_events import (
    CaptionSegment,
    JoinedSession,
    MutedByServer,
    OwnRightsChanged,
    OwnRoleChanged,
    RecordingTold,
    TransportEvent,
    WaitingToBeLetIn,
)
from tui.transport.connection_life import ConnectionLife
from tui.transport.gone import ConnectionGone
from tui.transport.jitsi import disco
from tui.transport.jitsi.av_moderation import AvModeration
from tui.transport.jitsi.chat import RoomChat, no_captions, no_files
from tui.transport.jitsi.entrance import Entrance, look_round, room_jid
from tui.transport.jitsi.incoming_iqs import IncomingIqs
from tui.transport.jitsi.line import Line
from tui.transport.jitsi.media_sessions import MediaSessions
from tui.transport.jitsi.moderator import InRoom
from tui.transport.jitsi.presence import OwnPresence
from tui.transport.jitsi.refusal import sent_out
from tui.transport.jitsi.roster import Roster
from tui.transport.jitsi.stream import XmppStream
from tui.transport.jitsi.xml import (
    Element,
    bare,
    name_of,
    resource,
)
from tui.transport.one_connection import Ended, end_in_time
from tui.transport.rtc.tracks import CameraTrack, MicrophoneTrack
from tui.transport.want import Want

_ENDPOINT_CHARACTERS: Final = 8
"""Jitsi's clients are called by so much of the user name they were given; servers may insist."""
_GOODBYE_S: Final = 0.5


class Connection:
    """Implements `tui.transport.one_connection.OneConnection`. Make it with `open`.

    Args:
        stream: Bound.
        document: What is joined.
        receiver: Takes what is received.
        name: What we are called.
        emit: Takes what is to be told.
        wants: How large each picture is needed.
        waiting: Called when we have to wait.
    """

    def __init__(
        self,
        stream: XmppStream,
        document: JitsiJoin,
        receiver: MediaReceiver,
        *,
        name: str,
        emit: Callable[[TransportEvent], None],
        wants: Mapping[StreamId, Want],
        waiting: Callable[[WaitingToBeLetIn], None],
    ) -> None:
        self.endpoint = bare(stream.jid).partition("@")[0][:_ENDPOINT_CHARACTERS]
        self._room = room_jid(document)
        self._document = document
        self._stream = stream
        self._emit = emit
        self._features = disco.features(sctp=document.prefer_sctp)
        self._roster = Roster(self.endpoint, document.hidden_domain)
        self._presence = OwnPresence(
            self._room, self.endpoint, disco.caps(self._features), name or document.user.name
        )
        self._chat = RoomChat(stream, self._room, self.endpoint)
        self._av_moderation = AvModeration(self._room)
        self._components: dict[str, str] = {}
        self._waiting = waiting
        self._life = ConnectionLife()
        self._left = asyncio.Event()
        self._entered = False
        self._entrance = Entrance(
            stream, self._room, endpoint=self.endpoint, presence=self._presence, waiting=waiting
        )
        self._media = MediaSessions(
            stream,
            document,
            room=self._room,
            roster=self._roster,
            receiver=receiver,
            wants=wants,
            emit=emit,
            muted=self._muted_by,
        )
        self._iqs = IncomingIqs(
            stream,
            focus=f"{self._room}/focus",
            features=self._features,
            jingle=self._media.take,
            muted=self._muted_by,
        )
        self._line = Line(
            stream,
            session=lambda: self._media.now,
            alone=lambda: self._roster.alone,
            joined=self.joined,
            emit=emit,
        )
        self._media.changed, self._media.lost = self._line.changed, self._line.lost
        stream.on_stanza = self._take

    @classmethod
    async def open(
        cls,
        document: JitsiJoin,
        receiver: MediaReceiver,
        *,
        name: str,
        emit: Callable[[TransportEvent], None],
        wants: Mapping[StreamId, Want],
        waiting: Callable[[WaitingToBeLetIn], None],
        ask_conference: OpenConference | None = None,
        connect_within_s: float,
    ) -> Connection:
        """Connect and come into the room.

        Raises:
            CallsError: As `tui.ports.transport.Transport.join`.
        """
        stream = await XmppStream.open(
            document.service_url,
            document.domain if document.token else document.anonymous_domain or document.domain,
            document.token,
            timeout_s=connect_within_s,
        )
        try:
            connection = cls(
                stream, document, receiver, name=name, emit=emit, wants=wants, waiting=waiting
            )
        except BaseException:
            await stream.close()
            raise
        try:
            await connection._enter(ask_conference)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _enter(self, ask: OpenConference | None) -> None:
        document = self._document
        self._life.start(self._run_stream(), "signalling")
        self._life.start(self._iqs.run(), "questions")
        self._life.start(self._media.run(), "media sessions")
        self._components, self._media.servers = await look_round(
            self._stream, document, ask=ask, waiting=self._waiting
        )
        self._av_moderation.component = self._components.get("av_moderation", "")
        if document.user.uid:
            self._presence.tell_user(document, self._stream.jid)
        await self._entrance.enter(document.password)
        self._entered = True
        self._tell(RecordingTold(recorded=True) if self._roster.recorded else None)
        self._life.start(self._line.run(), "line")

    @property
    def media_came(self) -> bool:
        """Whether media could ever come."""
        return self._line.media_came

    @property
    def in_room(self) -> InRoom:
        """Where a moderator acts."""
        return InRoom(self._stream, self._room, self._roster, self._components, self._av_moderation)

    @property
    def moderates(self) -> bool:
        """Whether the room lets us do things to others."""
        return self._roster.role == "moderator"

    def joined(self) -> JoinedSession:
        """Who is here now."""
        roster = self._roster
        local = replace(roster.local, rights=self._rights)
        return JoinedSession(self._document.room, roster.started_at_ms, local, roster.others)

    @property
    def _rights(self) -> Rights:
        return self._av_moderation.rights(moderates=self.moderates)

    async def ended(self) -> Ended:
        """Wait for the end of the connection."""
        return await self._life.ended()

    async def media(self) -> None:
        """See `OneConnection.media`."""
        await self._life.unless_over(self._line.found.wait())

    async def publish(
        self,
        source: TrackSource,
        track: MicrophoneTrack | CameraTrack,
        *,
        muted: bool,
        size: tuple[int, int] = (0, 0),
    ) -> None:
        """See `OneConnection.publish`; the room knows at once, media wait for somebody to come."""
        self._presence.set_muted(source, muted=muted)
        await self._say()
        await self._media.publish(source, track)

    async def unpublish(self, source: TrackSource, track: MicrophoneTrack | CameraTrack) -> None:
        """See `OneConnection.unpublish`."""
        self._presence.end(source)
        await self._say()
        await self._media.unpublish(source, track)

    async def set_muted(self, source: TrackSource, *, muted: bool) -> None:
        """See `OneConnection.set_muted`."""
        if self._presence.publishes(source) and self._presence.is_muted(source) != muted:
            self._presence.set_muted(source, muted=muted)
            await self._say()

    async def set_attributes(self, attributes: Mapping[str, str], *, name: str = "") -> None:
        """See `OneConnection.set_attributes`."""
        self._presence.set_attributes(attributes)
        self._presence.name = name or self._presence.name
        await self._say()

    async def send_chat(self, text: str, reply_to: str = "") -> str:
        """See `OneConnection.send_chat`; nothing here names a message."""
        await self._chat.send(text)
        return ""

    async def send_file(
        self, name: str, mime: str, content: bytes, progress: Callable[[int], None]
    ) -> None:
        """See `OneConnection.send_file`."""
        raise no_files()

    async def send_caption(self, words: CaptionSegment, speaker: ParticipantId) -> None:
        """See `OneConnection.send_caption`."""
        raise no_captions()

    async def send_rows(self, message: bytes, to: Sequence[ParticipantId]) -> None:
        """See `OneConnection.send_rows`."""
        raise CallsError(ErrorCode.NOT_SUPPORTED, "A Jitsi call carries no terminal as text.")

    def want_changed(self) -> None:
        """The wanted picture sizes changed."""
        self._media.wants_changed()

    def stats(self) -> Mapping[StreamId, ReceiveStats]:
        """What the network did to each stream received."""
        return self._media.stats()

    async def end(self, *, within_s: float, goodbye: bool) -> None:
        """See `OneConnection.end`."""
        await end_in_time(self._leave(goodbye=goodbye), within_s, abort=self._media.abort)

    async def _leave(self, *, goodbye: bool) -> None:
        if goodbye:
            await self._say_goodbye()
        await self.close()

    async def _say_goodbye(self) -> None:
        with contextlib.suppress(ConnectionGone, TimeoutError):
            async with asyncio.timeout(_GOODBYE_S):
                await self._stream.send(self._presence.leaving())
                await self._left.wait()

    async def close(self) -> None:
        """Release everything. Idempotent."""
        await self._life.close(self._media.close(), self._stream.close())

    def _take(self, stanza: Element) -> None:
        name = name_of(stanza)
        if not self._entered:
            self._entrance.take(stanza)
        if name == "presence":
            self._take_presence(stanza)
        elif name == "message":
            self._take_message(stanza)
        elif name == "iq":
            self._iqs.put(stanza)

    def _take_message(self, message: Element) -> None:
        if self._av_moderation.take(message):
            if not self.moderates:
                self._tell(OwnRightsChanged(self._rights))
        elif (event := self._chat.take(message, self._roster)) is not None:
            self._emit(event)

    def _take_presence(self, presence: Element) -> None:
        sender, kind = presence.get("from", ""), presence.get("type", "")
        if bare(sender) != self._room:
            return
        who = resource(sender)
        if kind == "error":
            self._entrance.is_refused(presence)
        elif kind == "unavailable":
            self._gone(who, presence)
        elif who == self.endpoint:
            self._see_ourselves(presence)
        elif who:
            self._tell(self._roster.apply(who, presence))
            self._roster_changed()

    def _see_ourselves(self, presence: Element) -> None:
        before, first = self._roster.role, not self._entered
        rights = self._rights
        if first:
            self._roster.we_joined()
        event = self._roster.apply(self.endpoint, presence)
        self._entrance.is_in(presence)
        if first:
            return
        if self._roster.role != before:
            self._emit(OwnRoleChanged(self._roster.role))
            if self._rights != rights:
                self._emit(OwnRightsChanged(self._rights))
        self._tell(event)

    def _gone(self, who: str, presence: Element) -> None:
        if who != self.endpoint:
            self._tell(self._roster.gone(who))
            self._roster_changed()
            return
        self._left.set()
        self._life.end(sent_out(presence))

    def _roster_changed(self) -> None:
        self._media.roster_changed()
        self._line.changed()

    def _muted_by(self, source: TrackSource, by: str) -> None:
        """A moderator muted us, or the conference begins so: everybody is told by us."""
        if not self._presence.publishes(source) or self._presence.is_muted(source):
            return
        self._presence.set_muted(source, muted=True)
        self._media.mute(source)
        self._emit(MutedByServer(source, ParticipantId(by)))
        self._life.start(self._say(), "muted")

    def _tell(self, event: TransportEvent | None) -> None:
        if event is not None and self._entered:
            self._emit(event)

    async def _say(self) -> None:
        await self._stream.send(self._presence.now())

    async def _run_stream(self) -> None:
        try:
            await self._stream.run()
        except ConnectionGone as error:
            self._entrance.gone(str(error))
            raise
