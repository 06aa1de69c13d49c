"""Sessions and who is in them: joining, leaving, and telling the others."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from livekit.protocol import models, rtc

from tui.domain.text import clean
from tui.server.access import AccessClaims
from tui.server.limits import Limits, exceeded
from tui.server.participant import Participant, refuse_texts
from tui.server.publishing import Publication
from tui.server.sfu.counters import Counters
from tui.server.sfu.dtls import ServerCertificate, random_text
from tui.server.sfu.mux import UdpMux
from tui.server.sfu.track import PublishedTrack
from tui.server.speakers import SILENCE_DBOV, SpeakerDetector
from tui.server.tasks import OwnedTasks

log = logging.getLogger(__name__)

CODECS = ("audio/opus", "video/VP8", "video/H264")
EMPTY_TIMEOUT_S = 300
"""How long a session made by `CreateRoom` waits for its first participant."""
_LEVEL_FRESH_S = 0.5


class RoomObserver(Protocol):
    """Told when sessions and participants come and go. All calls are quick and never wait."""

    def session_started(self, session_id: str, at_ms: int) -> None:
        """The first participant is about to join `session_id`."""
        ...

    def participant_joined(self, session_id: str, uid: str, name: str, at_ms: int) -> None:
        """`uid` joined."""
        ...

    def participant_left(self, session_id: str, uid: str, at_ms: int) -> None:
        """`uid` left, was removed or was lost."""
        ...

    def session_ended(self, session_id: str, at_ms: int) -> None:
        """The last participant left, or the session was ended for all."""
        ...


@dataclass(frozen=True, slots=True)
class MediaServices:
    """What every participant's media needs of the server."""

    mux: UdpMux
    certificate: ServerCertificate
    counters: Counters
    tasks: OwnedTasks
    max_bitrate_bps: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody cannot join, as an HTTP response."""

    status: int
    text: str


class Room:
    """One session.

    Args:
        name: Its session ID.
        services: For its participants' media.
        limits: What its participants may ask.
        left: Called after somebody left.
    """

    def __init__(
        self,
        name: str,
        services: MediaServices,
        limits: Limits,
        left: Callable[[Room, Participant], None],
    ) -> None:
        self.services = services
        self.limits = limits
        self.created_at = time.monotonic()
        self.started_at_ms = 0
        """When the first participant joined, 0 before."""
        self.participants: dict[str, Participant] = {}
        """By identity."""
        self.info = models.Room(
            sid="RM_" + random_text(12),
            name=name,
            creation_time=int(time.time()),
            creation_time_ms=int(time.time() * 1000),
            empty_timeout=EMPTY_TIMEOUT_S,
            max_participants=limits.participants_per_session,
            enabled_codecs=[models.Codec(mime=mime) for mime in CODECS],
        )
        self._left = left
        self._speakers = SpeakerDetector()

    @property
    def name(self) -> str:
        """The session ID."""
        return self.info.name

    def others(self, participant: Participant) -> list[Participant]:
        """Everybody but `participant`."""
        return [other for other in self.participants.values() if other is not participant]

    def publication(self, track_sid: str) -> Publication | None:
        """The published track with this id."""
        for participant in self.participants.values():
            found = participant.publisher.published.get(track_sid)
            if found is not None:
                return found
        return None

    def announce(self, participant: Participant, *, to_itself: bool = True) -> None:
        """Tell everybody what `participant` is like now."""
        if participant.gone and to_itself:
            return
        participant.info.version += 1
        update = rtc.ParticipantUpdate(participants=[participant.info])
        if to_itself:
            participant.outbox.send(update=update)
        if not participant.hidden:
            for other in self.others(participant):
                other.outbox.send(update=update)

    def set_metadata(self, metadata: str) -> None:
        """Change the session's own metadata and tell everybody."""
        self.info.metadata = metadata
        for participant in self.participants.values():
            participant.outbox.send(room_update=rtc.RoomUpdate(room=self.info))

    def track_subscribed(self, track: PublishedTrack) -> None:
        """Tell the publisher of `track` that somebody receives it."""
        for participant in self.participants.values():
            if participant.sid == track.owner_sid:
                participant.outbox.send(track_subscribed=rtc.TrackSubscribed(track_sid=track.sid))

    def pass_on(
        self,
        label: str,
        message: bytes,
        identities: Sequence[str],
        *,
        sids: Sequence[str] = (),
        sender: Participant | None,
    ) -> None:
        """Send a data packet to the named participants, or to everybody but `sender`."""
        everybody = not identities and not sids
        for participant in list(self.participants.values()):
            if participant is not sender and (
                everybody or participant.identity in identities or participant.sid in sids
            ):
                participant.send_data(label, message)

    def update_speakers(self, now: float) -> None:
        """Tell everybody who speaks; call about every 0.4 s."""
        loudness = {}
        for participant in self.participants.values():
            levels = [
                publication.track.level
                for publication in participant.publisher.published.values()
                if publication.track.kind == "audio"
                and not publication.track.muted
                and now - publication.track.level_at < _LEVEL_FRESH_S
            ]
            loudness[participant.sid] = min(levels, default=SILENCE_DBOV)
        changed = self._speakers.update(loudness)
        if changed:
            message = rtc.SpeakersChanged(speakers=changed)
            for participant in self.participants.values():
                participant.outbox.send(speakers_changed=message)

    def remove(
        self,
        participant: Participant,
        reason: models.DisconnectReason,
        *,
        action: rtc.LeaveRequest.Action = rtc.LeaveRequest.DISCONNECT,
        tell: bool = False,
    ) -> None:
        """Take `participant` out of the session, at once for all others.

        Args:
            participant: Who; nothing happens when it is already out.
            reason: Told to the others and, with `tell`, to `participant`.
            action: What `participant` shall do.
            tell: Send it a `LeaveRequest`.
        """
        if participant.gone:
            return
        participant.gone = True
        if self.participants.get(participant.identity) is participant:
            del self.participants[participant.identity]
        self.info.num_participants = len(self.participants)
        participant.subscriber.close()
        for track_sid in participant.publisher.published:
            for other in self.participants.values():
                other.subscriber.unsubscribe(track_sid)
        participant.info.state = models.ParticipantInfo.DISCONNECTED
        participant.info.disconnect_reason = reason
        self.announce(participant, to_itself=False)
        leave = None
        if tell:
            leave = rtc.LeaveRequest(
                reason=reason,
                action=action,
                can_reconnect=action != rtc.LeaveRequest.DISCONNECT,
            )
        participant.outbox.close(leave)
        participant.ended.set()
        self.services.tasks.spawn(participant.close_media(), "close media")
        self._left(self, participant)


class Rooms:
    """All sessions of the server.

    Args:
        services: For participants' media.
        limits: What is allowed.
        observer: Told about comings and goings.
    """

    def __init__(
        self, services: MediaServices, limits: Limits, observer: RoomObserver | None
    ) -> None:
        self._services = services
        self._limits = limits
        self._observer = observer
        self._rooms: dict[str, Room] = {}
        self._replacing: Participant | None = None

    def __iter__(self) -> Iterator[Room]:
        return iter(list(self._rooms.values()))

    def get(self, name: str) -> Room | None:
        """The session `name`."""
        return self._rooms.get(name)

    def refusal(self, claims: AccessClaims) -> Refusal | None:
        """Why the holder of `claims` cannot join, None when it can."""
        limits = self._limits
        text = (
            exceeded("session ID", len(claims.room), limits.name_characters, "characters")
            or exceeded("identity", len(claims.identity), limits.identity_characters, "characters")
            or refuse_texts(limits, claims.name, claims.metadata, claims.attributes)
        )
        if text is not None:
            return Refusal(400, text)
        room = self._rooms.get(claims.room)
        if room is None:
            return self._full()
        most = min(
            limits.participants_per_session,
            room.info.max_participants or limits.participants_per_session,
        )
        if claims.identity not in room.participants and len(room.participants) >= most:
            return Refusal(503, f"session is full ({len(room.participants)} of {most})")
        return None

    def create(self, name: str) -> Room | Refusal:
        """The session `name`, made when there is none."""
        room = self._rooms.get(name)
        if room is None:
            full = self._full()
            if full is not None:
                return full
            room = self._rooms[name] = Room(name, self._services, self._limits, self._left)
        return room

    def join(self, claims: AccessClaims, *, auto_subscribe: bool) -> Participant | Refusal:
        """Let the holder of `claims` in; who had the same identity is told and put out."""
        refusal = self.refusal(claims)
        if refusal is not None:
            return refusal
        room = self.create(claims.room)
        if isinstance(room, Refusal):
            return room
        former = room.participants.get(claims.identity)
        if former is not None:
            self._replacing = former
            room.remove(former, models.DUPLICATE_IDENTITY, tell=True)
            self._replacing = None
        participant = Participant(room, claims, auto_subscribe=auto_subscribe)
        at_ms = participant.info.joined_at_ms
        if not room.started_at_ms:
            room.started_at_ms = at_ms
            self._tell(lambda observer: observer.session_started(room.name, at_ms))
        room.participants[claims.identity] = participant
        room.info.num_participants = len(room.participants)
        self._services.counters.joins += 1
        log.info("%s joins %s", clean(claims.identity), clean(room.name))
        name = participant.info.name
        self._tell(
            lambda observer: observer.participant_joined(
                room.name, participant.identity, name, at_ms
            )
        )
        return participant

    def end(self, name: str, reason: models.DisconnectReason) -> bool:
        """End a session for all; False when there is none of that name."""
        room = self._rooms.get(name)
        if room is None:
            return False
        for participant in list(room.participants.values()):
            room.remove(participant, reason, tell=True)
        self._rooms.pop(name, None)  # a created one that nobody had joined
        return True

    def forget_unused(self, now: float) -> None:
        """Forget created sessions that nobody joined in time."""
        for room in self:
            if not room.participants and now - room.created_at > room.info.empty_timeout:
                del self._rooms[room.name]

    def _full(self) -> Refusal | None:
        if len(self._rooms) < self._limits.sessions:
            return None
        return Refusal(
            503, f"the server is full ({len(self._rooms)} of {self._limits.sessions} sessions)"
        )

    def _left(self, room: Room, participant: Participant) -> None:
        at_ms = int(time.time() * 1000)
        log.info("%s left %s", clean(participant.identity), clean(room.name))
        self._tell(
            lambda observer: observer.participant_left(room.name, participant.identity, at_ms)
        )
        if room.participants or participant is self._replacing:
            return
        if self._rooms.get(room.name) is room:
            del self._rooms[room.name]
        self._tell(lambda observer: observer.session_ended(room.name, at_ms))

    def _tell(self, tell: Callable[[RoomObserver], None]) -> None:
        if self._observer is None:
            return
        try:
            tell(self._observer)
        except Exception:  # a fault in keeping the log must not end the call
            log.exception("the observer failed")
