"""One session: who is in it, and telling everybody what changes."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from livekit.protocol import models, rtc

from tui.domain.captions import A_PROGRAM
from tui.server.access import AccessClaims
from tui.server.rooms.hosts import Hosts
from tui.server.rooms.lock import Lock
from tui.server.rooms.member import Member
from tui.server.rooms.missed import Missed
from tui.server.rooms.participant import Participant
from tui.server.rooms.publication import Publication
from tui.server.rooms.room_metadata import LOCK, RECORDING_ALLOWED, TRANSCRIPT, with_entry
from tui.server.rooms.sdp import VIDEO_PAYLOAD_TYPES
from tui.server.rooms.services import MediaServices
from tui.server.rooms.speakers import SILENCE_DBOV, SpeakerDetector
from tui.server.rooms.subscriptions import RELIABLE
from tui.server.rooms.transcript import Transcript, TranscriptKeeper
from tui.server.sfu.credentials import random_text
from tui.server.sfu.track import PublishedTrack

CODECS = ("audio/opus", *(f"video/{name}" for name in VIDEO_PAYLOAD_TYPES))
RECORDING = "cellcall.recording"
"""Attribute of a participant who records the session; its value is what of it."""
EMPTY_TIMEOUT_S = 300
"""How long a session made by `CreateRoom` waits for its first participant."""
_LEVEL_FRESH_S = 0.5
_DEPARTED_KEPT = 64
"""Those who left last: a client that was away without leaving has to hear of them."""
_FOR_GOOD = (models.CLIENT_INITIATED, models.PARTICIPANT_REMOVED)
"""Reasons of leaving after which nobody is waited for."""
_BROKEN = (
    models.CONNECTION_TIMEOUT,
    models.DUPLICATE_IDENTITY,
    models.MEDIA_FAILURE,
    models.SIGNAL_CLOSE,
    models.STATE_MISMATCH,
)
"""Reasons after which a client comes back by itself, or has come back before it was missed."""


class Room:
    """One session.

    Args:
        name: Its session ID.
        services: For its participants' media.
        left: Called after somebody left.
        keeper: Keeps transcripts; None: nothing does.
    """

    def __init__(
        self,
        name: str,
        services: MediaServices,
        left: Callable[[Room, Participant], None],
        keeper: TranscriptKeeper | None = None,
    ) -> None:
        self._services = services
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
            max_participants=services.limits.participants_per_session,
            enabled_codecs=[models.Codec(mime=mime) for mime in CODECS],
        )
        self.removed: dict[str, str] = {}
        """Who stays out until a moderator readmits them: identity, and the link they came by."""
        self.hosts = Hosts()
        self.lock = Lock(self._tell_metadata)
        self.missed = Missed()
        self.transcript = Transcript(name, keeper, self._tell_metadata)
        self._metadata = ""
        self._departed: deque[models.ParticipantInfo] = deque(maxlen=_DEPARTED_KEPT)
        self._left = left
        self._speakers = SpeakerDetector()
        self._tell_metadata()

    @property
    def name(self) -> str:
        """The session ID."""
        return self.info.name

    def admit(
        self, claims: AccessClaims, *, auto_subscribe: bool, local: str, single: bool
    ) -> Participant:
        """Let the holder of `claims` in; the others are told when `welcome` is called."""
        hosting = claims.may_host and self.hosts.comes(claims.identity, self.participants.values())
        participant = Participant(
            self,
            self._services,
            claims,
            hosting=hosting,
            auto_subscribe=auto_subscribe,
            local=local,
            single=single,
        )
        self.participants[claims.identity] = participant
        self.lock.entered(claims.identity)
        self.info.num_participants = len(self.participants)
        return participant

    def welcome(self, participant: Participant, response: rtc.JoinResponse) -> None:
        """Send the join response, which must be first, then what is there already."""
        others = self._others(participant)
        response.room.CopyFrom(self.info)
        response.participant.CopyFrom(participant.info)
        response.other_participants.extend(other.info for other in others if not other.hidden)
        participant.outbox.send(join=response)
        self._tell_others(participant)
        for message in self.missed.back(participant.identity, time.monotonic()):
            participant.data_out.send(RELIABLE, message)
        # The offer goes out even without tracks: a client is connected when this connection is.
        participant.subscriber.offer()
        if participant.auto_subscribe:
            for other in others:
                for publication in other.publisher.published.values():
                    participant.subscriber.subscribe(publication)

    def resume(self, member: Member) -> None:
        """Tell one whose websocket was lost all that it may have missed."""
        participant = self.participants.get(member.info.identity)
        if participant is None or participant is not member:
            return
        others = [other.info for other in self._others(participant) if not other.hidden]
        gone = [info for info in self._departed if info.identity not in self.participants]
        everybody = [participant.info, *others, *gone]
        participant.outbox.send(update=rtc.ParticipantUpdate(participants=everybody))
        participant.outbox.send(room_update=rtc.RoomUpdate(room=self.info))
        for publication in participant.publisher.published.values():
            publication.forget_demand()
        participant.subscriber.offer_again()

    def sids(self) -> Iterator[str]:
        """The ids of who is here, and of the last ones who left."""
        for info in (*(one.info for one in self.participants.values()), *self._departed):
            yield info.sid

    def moderated_by(self, identity: str) -> bool:
        """Whether a host of this name is there now."""
        participant = self.participants.get(identity)
        return participant is not None and participant.hosting

    def announce(self, member: Member) -> None:
        """Tell everybody what `member` is like now."""
        if not member.gone:
            self._tell_others(member)
            member.outbox.send(update=rtc.ParticipantUpdate(participants=[member.info]))
            self.transcript.look(self.participants.values())
            self._look_who_records()  # afterwards: that a session is recorded says not by whom

    def publish(self, owner: Member, fresh: Sequence[Publication]) -> None:
        """Tell everybody of new tracks of `owner`, and forward them to those who take all."""
        self.announce(owner)
        for other in self._others(owner):
            if other.auto_subscribe:
                for publication in fresh:
                    other.subscriber.subscribe(publication)

    def unpublish(self, owner: Member, publication: Publication) -> None:
        """A track of `owner` ended: nobody receives it any more, and everybody is told."""
        for other in self._others(owner):
            other.subscriber.unsubscribe(publication.info.sid)
        self.announce(owner)

    def audience_changed(self, owner: Member) -> None:
        """Stop forwarding to whom `owner` does not want any more, begin where it does again."""
        participant = self.participants.get(owner.info.identity)
        if participant is None or participant is not owner:
            return
        for publication in participant.publisher.published.values():
            for other in self._others(owner):
                self._admit_or_not(other, publication, owner.sid)

    def _admit_or_not(self, other: Participant, publication: Publication, owner_sid: str) -> None:
        track_sid = publication.info.sid
        allowed, had = other.subscriber.may_have(publication), other.subscriber.has(track_sid)
        if had and not allowed:
            other.subscriber.unsubscribe(track_sid)
        elif allowed and not had and other.auto_subscribe:
            other.subscriber.subscribe(publication)
        if had != other.subscriber.has(track_sid):
            other.outbox.send(
                subscription_permission_update=rtc.SubscriptionPermissionUpdate(
                    participant_sid=owner_sid, track_sid=track_sid, allowed=allowed
                )
            )

    def find(self, track_sid: str) -> Publication | None:
        """The published track with this id."""
        for participant in self.participants.values():
            found = participant.publisher.published.get(track_sid)
            if found is not None:
                return found
        return None

    def _others(self, member: Member) -> list[Participant]:
        return [other for other in self.participants.values() if other is not member]

    def _tell_others(self, member: Member) -> None:
        member.info.version += 1
        if not member.info.permission.hidden:
            update = rtc.ParticipantUpdate(participants=[member.info])
            for other in self._others(member):
                other.outbox.send(update=update)

    def set_metadata(self, metadata: str) -> None:
        """Change the session's own metadata and tell everybody."""
        self._metadata = metadata
        self._tell_metadata()

    def _tell_metadata(self) -> None:
        """The application's metadata, with what is to be told of the door where there is room."""
        closed = "" if self._services.limits.may_record else "off"
        metadata = with_entry(self._metadata, RECORDING_ALLOWED, closed)
        metadata = with_entry(metadata, LOCK, self.lock.told)
        self.info.metadata = with_entry(metadata, TRANSCRIPT, self.transcript.told)
        self._tell_room()

    def _look_who_records(self) -> None:
        """Tell everybody when the first one records the session, or the last one no longer."""
        records = any(one.info.attributes.get(RECORDING) for one in self.participants.values())
        records = records or bool(self.transcript.told)  # what clients of all makes show
        if records != self.info.active_recording:
            self.info.active_recording = records
            self._tell_room()

    def _tell_room(self) -> None:
        for participant in self.participants.values():
            participant.outbox.send(room_update=rtc.RoomUpdate(room=self.info))

    def subscribed(self, track: PublishedTrack) -> None:
        """Tell the publisher of `track` that somebody receives it."""
        for participant in self.participants.values():
            if participant.sid == track.owner_sid:
                participant.outbox.send(track_subscribed=rtc.TrackSubscribed(track_sid=track.sid))

    def say(
        self,
        label: str,
        message: bytes,
        to: Sequence[str],
        *,
        sids: Sequence[str] = (),
        sender: Member | None,
    ) -> None:
        """Send a data packet to the identities `to` and the ids `sids`; none: to all others."""
        everybody = not to and not sids
        for participant in self._others(sender) if sender else list(self.participants.values()):
            if everybody or participant.identity in to or participant.sid in sids:
                participant.data_out.send(label, message)

    def heard(self, sender: Member, packet: models.DataPacket) -> None:
        """What `sender` says to everybody: kept where that was asked for."""
        self.transcript.heard(sender.info.identity, packet, self._speaker)

    def _speaker(self, sender: str, track_sid: str, program: bool) -> str:
        """Whose words they are: `Ana`, `Ana, written by Bo`, or `Ana, written by a program`."""
        found = self.find(track_sid) if track_sid else None
        people = self.participants.values()
        owners = [one for one in people if found and one.sid == found.track.owner_sid]
        writer = self.participants.get(sender)
        name = (writer.info.name if writer else "") or sender
        if not owners or owners[0] is writer:
            return f"{name}, written by {A_PROGRAM}" if program else name
        speaker = owners[0].info.name or owners[0].identity
        agent = writer is not None and writer.info.kind == models.ParticipantInfo.AGENT
        return speaker if agent else f"{speaker}, written by {name}"

    def lags(self, sender: Member) -> bool:
        """Whether somebody is behind with what others than themselves sent them."""
        return any(one.lags for one in self._others(sender))

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
        member: Member,
        reason: models.DisconnectReason,
        *,
        action: rtc.LeaveRequest.Action = rtc.LeaveRequest.DISCONNECT,
        tell: bool = False,
    ) -> None:
        """Take `member` out of the session, see `Routes.remove`."""
        identity = member.info.identity
        participant = self.participants.get(identity)
        if participant is None or participant is not member:
            return  # out already, perhaps with another client in its place
        del self.participants[identity]
        self.info.num_participants = len(self.participants)
        for track_sid in participant.publisher.published:
            for other in self.participants.values():
                other.subscriber.unsubscribe(track_sid)
        leave = None
        if tell:
            leave = rtc.LeaveRequest(
                reason=reason,
                action=action,
                can_reconnect=action != rtc.LeaveRequest.DISCONNECT,
            )
        if reason in _BROKEN:
            self.missed.lost(identity, participant.data_out.unconfirmed(), time.monotonic())
        participant.end(reason, leave)
        if not participant.hidden:
            self._departed.append(participant.info)
        self.transcript.look(self.participants.values())
        self._look_who_records()
        self._tell_others(participant)
        self.hosts.left(
            participant,
            self.participants.values(),
            for_good=reason in _FOR_GOOD,
            now=time.monotonic(),
        )
        self._left(self, participant)
