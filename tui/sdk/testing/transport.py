"""The transport of a scripted call: joins at once, says what the script says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import assert_never

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId, StreamId, TrackSource
from tui.domain.join import TransportDocument
from tui.domain.participant import Role
from tui.domain.snapshot import User
from tui.ports.transport import EndOfMedia, FrameSource, MediaReceiver, Moderator
from tui.ports.transport_events import (
    CaptionReceived,
    CaptionSegment,
    ChatReceived,
    Disconnected,
    DisconnectReason,
    JoinedSession,
    MediaConnected,
    MutedByServer,
    ParticipantLeft,
    ParticipantUpdated,
    QualityChanged,
    Reconnected,
    Reconnecting,
    RemoteParticipant,
    SpeakersChanged,
    TransportEvent,
)
from tui.sdk.testing import steps
from tui.sdk.testing.alone import TransportAlone
from tui.sdk.testing.cast import Cast, Person
from tui.sdk.testing.clock import ScriptClock
from tui.session.roster import HAND_ATTRIBUTE, RECORDING_ATTRIBUTE

_PICTURES_EVERY_S = 0.5
_SHOWN = (TrackSource.CAMERA, TrackSource.SCREEN_SHARE)


class Room:
    """A session of the cast, which our user may be in.

    Args:
        cast: Who there is.
        clock: The script's.
        user: Ours.
        refuse: What a join is refused with, or None.
        moderator: Whether our user may mute, remove and end for all.
    """

    def __init__(
        self,
        cast: Cast,
        clock: ScriptClock,
        user: User,
        *,
        refuse: CallsError | None = None,
        moderator: bool = True,
    ):
        self.cast = cast
        self.clock = clock
        self.user = user
        self.refuse = refuse
        self.may_moderate = moderator
        self.session_id = ""
        self.chat: list[str] = []
        """What our user has written."""
        self.began_s = 0.0
        """When our user joined, by the script's clock."""
        self.transport: ScriptedTransport | None = None

    def joined(self) -> JoinedSession:
        """The session as our user finds it."""
        role = Role.MODERATOR if self.may_moderate else Role.NONE
        local = RemoteParticipant(
            ParticipantId(self.user.uid),
            self.user.name,
            self.user.uid,
            "PA_0",
            role=role,
            joined_at_ms=self.clock.unix_ms(),
        )
        others = tuple(one.described for one in self.cast.here())
        return JoinedSession(self.session_id, self.clock.unix_ms(), local, others)

    def tell(self, event: TransportEvent) -> None:
        """Say something to our user, who is in it or not."""
        if self.transport is not None:
            self.transport.hear(event)

    def show(self, person: Person) -> None:
        """Send what is seen of somebody."""
        receiver = self.transport.receiver if self.transport is not None else None
        for source in _SHOWN:
            frame = person.picture(source, self.clock.now_s)
            if receiver is not None and frame is not None:
                receiver.video_frame(StreamId(person.described.id, source), frame)

    def ended(self, person: Person, source: TrackSource) -> None:
        """Nothing more is seen of a source of somebody."""
        if self.transport is not None and self.transport.receiver is not None:
            stream = StreamId(person.described.id, source)
            self.transport.receiver.video_ended(stream)

    def speakers(self) -> None:
        """Say who speaks."""
        talking = [one for one in self.cast.here() if one.talking]
        self.tell(SpeakersChanged(tuple(one.described.id for one in talking)))

    def do(self, step: steps.OfSomebody | steps.OfOurs) -> None:
        """What a step says happens now.

        Raises:
            CallsError: `VALIDATION_ERROR` for somebody who is not there.
        """
        if isinstance(step, steps.OfOurs):
            self.tell(self._heard(step))
            return
        match step:
            case steps.Joins(name):
                person = self.cast.cast(name)
                person.here = True
                person.change(joined_at_ms=self.clock.unix_ms())
                self._changed(person)
            case steps.Leaves(name):
                person = self.cast.known(name)
                person.here = person.talking = False
                self.speakers()
                self.tell(ParticipantLeft(person.described.id))
            case steps.Talks(name) | steps.FallsSilent(name):
                self.cast.known(name).talking = isinstance(step, steps.Talks)
                self.speakers()
            case steps.Mutes(name, _, muted):
                person = self.cast.known(name)
                person.mute(TrackSource.MICROPHONE, muted=muted)
                self._changed(person)
            case steps.StopsVideo(name, _, stopped):
                person = self.cast.known(name)
                person.mute(TrackSource.CAMERA, muted=stopped)
                self._changed(person)
            case steps.RaisesHand(name, _, raised):
                person = self.cast.known(name)
                at_ms = {HAND_ATTRIBUTE: str(self.clock.unix_ms())} if raised else {}
                person.change(attributes=at_ms)
                self._changed(person)
            case steps.Records(name, _, records):
                person = self.cast.known(name)
                person.change(attributes={RECORDING_ATTRIBUTE: "sound"} if records else {})
                self._changed(person)
            case steps.Shares(name, _, shared):
                person = self.cast.known(name)
                person.share(shared=shared)
                self._changed(person)
                if not shared:
                    self.ended(person, TrackSource.SCREEN_SHARE)
            case steps.Writes(name, text):
                identity = self.cast.known(name).described.id
                self.tell(ChatReceived(identity, text, self.clock.unix_ms()))
            case steps.Captions(name, text, at_s, final, writer, segment):
                speaker = self.cast.known(name).described.id
                sender = self.cast.known(writer).described.id if writer else speaker
                words = CaptionSegment(segment or f"{at_s} {text}", text, final)
                self.tell(CaptionReceived(sender, speaker, (words,)))
            case steps.HasQuality(name, quality):
                identity = self.cast.known(name).described.id
                self.tell(QualityChanged({identity: quality}))
            case _:
                assert_never(step)

    def _heard(self, step: steps.OfOurs) -> TransportEvent:
        """What our user's transport hears of it."""
        match step:
            case steps.MutesUs():
                return MutedByServer(TrackSource.MICROPHONE)
            case steps.ConnectionLost():
                return Reconnecting(1, 1.0)
            case steps.ConnectionRestored():
                return Reconnected(self.joined())
            case steps.Removed():
                return Disconnected(DisconnectReason.REMOVED)
            case steps.EndsForAll():
                return Disconnected(DisconnectReason.SESSION_ENDED)
            case steps.GivesUp():
                return Disconnected(DisconnectReason.LOST)
            case _:
                assert_never(step)

    def _changed(self, person: Person) -> None:
        self.tell(ParticipantUpdated(person.described))
        self.show(person)


class CastModerator:
    """Our user as a moderator of the cast."""

    def __init__(self, room: Room):
        self._room = room

    def _person(self, who: ParticipantId) -> Person | None:
        here = (one for one in self._room.cast.here() if one.described.id == who)
        return next(here, None)

    async def mute(self, who: ParticipantId, source: TrackSource) -> None:
        """See `Moderator`."""
        person = self._person(who)
        if person is None or person.track(source) is None:
            what = source.replace("_", " ")
            raise CallsError(ErrorCode.VALIDATION, f"This participant has no {what} in the call.")
        name = person.described.name
        camera = source is TrackSource.CAMERA
        self._room.do(steps.StopsVideo(name) if camera else steps.Mutes(name))

    async def remove(self, who: ParticipantId) -> None:
        """See `Moderator`; nothing of one who is not there."""
        if (person := self._person(who)) is not None:
            self._room.do(steps.Leaves(person.described.name))

    async def lock(self, *, on: bool) -> None:
        """See `Moderator.lock`."""

    async def answer(self, knock: str, *, let_in: bool) -> None:
        """See `Moderator.answer`."""

    async def readmit(self, who: ParticipantId) -> None:
        """See `Moderator`; whoever left comes again when the script says so."""

    async def let_all(self, source: TrackSource, *, on: bool) -> None:
        """See `Moderator`; the cast does what its script says."""

    async def let(self, who: ParticipantId, source: TrackSource) -> None:
        """See `Moderator`; the cast does what its script says."""

    async def end_for_all(self) -> None:
        """See `Moderator`."""
        self._room.do(steps.EndsForAll())


class ScriptedTransport(TransportAlone):
    """Implements `tui.ports.transport.Transport` on a room.

    Args:
        room: Where the cast is.
        began: Called as soon as our user is in it.
    """

    def __init__(self, room: Room, began: Callable[[], None]):
        super().__init__()
        self._room = room
        self._began = began
        self._tasks: list[asyncio.Task[None]] = []
        self._sharing: asyncio.Task[None] | None = None

    @property
    def moderator(self) -> Moderator | None:
        """See `Transport.moderator`."""
        return CastModerator(self._room) if self._room.may_moderate else None

    async def join(self, document: TransportDocument, receiver: MediaReceiver) -> JoinedSession:
        """See `Transport.join`."""
        if self._room.refuse is not None:
            raise self._room.refuse
        self.receiver = receiver
        self._room.transport = self
        self._room.began_s = self._room.clock.now_s
        self.hear(MediaConnected())
        self._tasks.append(asyncio.create_task(self._send_pictures(), name="scripted pictures"))
        self._began()
        return self._room.joined()

    async def set_attributes(self, attributes: Mapping[str, str], *, name: str = "") -> None:
        """Said again by the server, as LiveKit's does."""
        await super().set_attributes(attributes, name=name)
        ours = replace(self._room.joined().local, attributes=dict(attributes))
        self.hear(ParticipantUpdated(ours))

    async def publish_camera(self, source: FrameSource, *, muted: bool) -> None:
        """Nobody looks, but our own picture is shown as it is taken."""
        await super().publish_camera(source, muted=muted)
        self._tasks.append(asyncio.create_task(_take(source), name="scripted camera"))

    async def publish_share(self, source: FrameSource) -> None:
        """Nobody looks, but our own share is shown as it is taken."""
        await super().publish_share(source)
        self._sharing = asyncio.create_task(_take(source), name="scripted share")
        self._tasks.append(self._sharing)

    async def end_share(self) -> None:
        """See `Transport.end_share`."""
        await super().end_share()
        if self._sharing is not None:
            self._sharing.cancel()

    async def send_chat(self, text: str, reply_to: str = "") -> str:
        """Kept for whoever asks what our user wrote."""
        number = await super().send_chat(text, reply_to)
        self._room.chat.append(text)
        return number

    def want_video(self, stream: StreamId, *, width: int, height: int, fps: float = 0.0) -> None:
        """The picture of now, at once: the script's clock may stand still."""
        for person in self._room.cast.here():
            if person.described.id == stream.participant and width and height:
                self._room.show(person)

    async def leave(self) -> None:
        """See `Transport.leave`."""
        if self.left:
            return
        self._room.transport = None
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await super().leave()

    async def _send_pictures(self) -> None:
        while True:
            await self._room.clock.sleep(_PICTURES_EVERY_S)
            for person in self._room.cast.here():
                self._room.show(person)


async def _take(source: FrameSource) -> None:
    try:
        while True:
            await source.next_frame()
    except EndOfMedia:
        return
