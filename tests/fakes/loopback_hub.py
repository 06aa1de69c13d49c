"""Sessions in this process: who is in them, and what a server would tell everybody.

For tests and for library use without a server. Nothing is encoded or sent: packets and pictures
go straight from one participant's source to the others' receivers.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import NOBODY, ParticipantId, StreamId, TrackSource, camera_of
from tui.domain.media import AudioPacket, PlanarFrame
from tui.domain.participant import Role
from tui.domain.text import clean
from tui.ports.transport import MediaReceiver
from tui.ports.transport_events import (
    Disconnected,
    DisconnectReason,
    JoinedSession,
    MutedByServer,
    OwnRoleChanged,
    ParticipantLeft,
    ParticipantUpdated,
    RemoteParticipant,
    RemoteTrack,
    SpeakersChanged,
    TransportEvent,
)

SPEAKING_DBOV = -40
"""A packet at least this loud counts as speech."""


class Seat(Protocol):
    """What the hub needs of a participant's transport."""

    @property
    def receiver(self) -> MediaReceiver:
        """Takes what the others send."""

    @property
    def wants(self) -> Mapping[StreamId, tuple[int, int]]:
        """How large each picture is wanted."""

    def tell(self, event: TransportEvent) -> None:
        """Take an event."""

    def lose(self) -> None:
        """The connection broke."""


@dataclass(slots=True)
class _Member:
    seat: Seat
    participant: RemoteParticipant
    speaking: bool = False


@dataclass(slots=True)
class _Room:
    started_at_ms: int
    members: dict[ParticipantId, _Member] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Pass:
    session_id: str
    participant: RemoteParticipant


class LoopbackHub:
    """A server without a network.

    Args:
        capacity: How many may be in one session.
        new_ids: Whoever joins, and joins again, gets an id never seen before.
    """

    def __init__(self, *, capacity: int = 50, new_ids: bool = False) -> None:
        self._capacity = capacity
        self._new_ids = new_ids
        self._passes: dict[str, _Pass] = {}
        self._rooms: dict[str, _Room] = {}
        self._kept_out: set[tuple[str, ParticipantId]] = set()
        self._up = True

    def token(
        self, session_id: str, identity: str, *, name: str = "", moderator: bool = False
    ) -> str:
        """A call token for one participant and session."""
        token = secrets.token_urlsafe(16)
        who = ParticipantId(identity)
        role = Role.MODERATOR if moderator else Role.NONE
        participant = RemoteParticipant(who, name or identity, identity, role=role)
        self._passes[token] = _Pass(session_id, participant)
        return token

    def revoke(self, token: str) -> None:
        """Refuse `token` from now on."""
        self._passes.pop(token, None)

    # What moderators and operators do

    def remove(self, session_id: str, identity: ParticipantId) -> None:
        """Take somebody out of a session, and keep them out."""
        self._kept_out.add((session_id, identity))
        self._dismiss(session_id, identity, DisconnectReason.REMOVED)

    def readmit(self, session_id: str, identity: ParticipantId) -> None:
        """Let somebody in again who was taken out."""
        self._kept_out.discard((session_id, identity))

    def end_session(self, session_id: str) -> None:
        """End a session for everybody."""
        for identity in list(self._members(session_id)):
            self._dismiss(session_id, identity, DisconnectReason.SESSION_ENDED)

    def mute(
        self,
        session_id: str,
        identity: ParticipantId,
        source: TrackSource,
        by: ParticipantId = NOBODY,
    ) -> bool:
        """Mute somebody's track; False when they have none of this source."""
        member = self._members(session_id).get(identity)
        if member is None or all(one.source is not source for one in member.participant.tracks):
            return False
        self.set_muted(session_id, identity, source, muted=True)
        member.seat.tell(MutedByServer(source, by))
        return True

    def set_role(self, session_id: str, identity: ParticipantId, role: Role) -> None:
        """Make somebody a moderator, or none."""
        self._change(session_id, identity, role=role)
        self._members(session_id)[identity].seat.tell(OwnRoleChanged(role))

    def role(self, session_id: str, identity: ParticipantId) -> Role:
        """Whether somebody is a moderator at the moment."""
        member = self._members(session_id).get(identity)
        return Role.NONE if member is None else member.participant.role

    def stop(self) -> None:
        """As a killed server: everybody loses the connection, nobody can join."""
        self._up = False
        rooms, self._rooms = self._rooms, {}
        for room in rooms.values():
            for member in room.members.values():
                member.seat.lose()

    def start(self) -> None:
        """As a restarted server."""
        self._up = True

    # What a participant's transport does

    def enter(self, token: str, seat: Seat) -> tuple[str, ParticipantId, JoinedSession]:
        """Join; answers session ID, identity and the session.

        Raises:
            CallsError: As `Transport.join`.
        """
        if not self._up:
            raise CallsError(ErrorCode.CONNECTION_FAILED, "The loopback hub is stopped; start it.")
        known = self._passes.get(token)
        if known is None:
            raise CallsError(
                ErrorCode.CALL_TOKEN_REFUSED,
                f"The call token came as {clean(token, 40)!r}, which this hub did not make;"
                " use LoopbackHub.token().",
            )
        session_id, identity = known.session_id, known.participant.id
        if self._new_ids:
            identity = ParticipantId(secrets.token_hex(4))
        if (session_id, identity) in self._kept_out:
            raise CallsError(ErrorCode.CALL_TOKEN_REFUSED, "A moderator removed you from it.")
        if identity in self._members(session_id):
            self._dismiss(session_id, identity, DisconnectReason.REPLACED)
        now_ms = int(time.time() * 1000)
        room = self._rooms.setdefault(session_id, _Room(now_ms))
        if len(room.members) >= self._capacity:
            raise CallsError(
                ErrorCode.SESSION_FULL, f"The session is full ({self._capacity}). Try later."
            )
        local = replace(
            known.participant,
            id=identity,
            pid="PA_" + secrets.token_hex(6),
            joined_at_ms=now_ms,
            attributes={},
        )
        others = tuple(member.participant for member in room.members.values())
        room.members[identity] = _Member(seat, local)
        self._tell_others(room, identity, ParticipantUpdated(local))
        return session_id, identity, JoinedSession(session_id, room.started_at_ms, local, others)

    def leave(self, session_id: str, identity: ParticipantId, seat: Seat) -> None:
        """Leave; nothing happens when another has the place by now."""
        member = self._members(session_id).get(identity)
        if member is not None and member.seat is seat:
            self._take_out(session_id, identity)

    def publish(
        self,
        session_id: str,
        identity: ParticipantId,
        source: TrackSource,
        size: tuple[int, int],
        *,
        muted: bool,
    ) -> None:
        """Announce a track."""
        member = self._members(session_id).get(identity)
        if member is None:
            return
        track = RemoteTrack("TR_" + secrets.token_hex(6), source, muted, *size)
        kept = tuple(one for one in member.participant.tracks if one.source is not source)
        self._change(session_id, identity, tracks=(*kept, track))

    def unpublish(self, session_id: str, identity: ParticipantId, source: TrackSource) -> None:
        """End a track of pictures for everybody."""
        member = self._members(session_id).get(identity)
        if member is None:
            return
        kept = tuple(one for one in member.participant.tracks if one.source is not source)
        self._change(session_id, identity, tracks=kept)
        for other, seated in list(self._members(session_id).items()):
            if other != identity:
                seated.seat.receiver.video_ended(StreamId(identity, source))

    def set_muted(
        self, session_id: str, identity: ParticipantId, source: TrackSource, *, muted: bool
    ) -> None:
        """Tell everybody that a track is (not) muted."""
        member = self._members(session_id).get(identity)
        if member is not None:
            tracks = tuple(
                replace(one, muted=muted) if one.source is source else one
                for one in member.participant.tracks
            )
            self._change(session_id, identity, tracks=tracks)

    def set_attributes(
        self,
        session_id: str,
        identity: ParticipantId,
        attributes: Mapping[str, str],
        name: str = "",
    ) -> None:
        """Change attributes, and the name unless it is empty; an empty value removes one."""
        member = self._members(session_id).get(identity)
        if member is not None:
            merged = {**member.participant.attributes, **attributes}
            self._change(
                session_id,
                identity,
                attributes={k: v for k, v in merged.items() if v},
                name=name or member.participant.name,
            )

    def say(self, session_id: str, identity: ParticipantId, event: TransportEvent) -> None:
        """Send an event (chat, data) to everybody else."""
        room = self._rooms.get(session_id)
        if room is not None:
            self._tell_others(room, identity, event)

    def send_packet(self, session_id: str, identity: ParticipantId, packet: AudioPacket) -> None:
        """Hand a packet to everybody else, and tell when speech begins or ends."""
        room = self._rooms.get(session_id)
        if room is None or identity not in room.members:
            return
        for other, member in list(room.members.items()):
            if other != identity:
                member.seat.receiver.audio_packet(camera_of(identity).sound, packet)
        sender = room.members[identity]
        muted = any(
            one.muted for one in sender.participant.tracks if one.source is TrackSource.MICROPHONE
        )
        speaking = packet.level_dbov >= SPEAKING_DBOV and not muted
        if speaking != sender.speaking:
            sender.speaking = speaking
            who = tuple(uid for uid, member in room.members.items() if member.speaking)
            for member in list(room.members.values()):
                member.seat.tell(SpeakersChanged(who))

    def send_frame(
        self, session_id: str, identity: ParticipantId, source: TrackSource, frame: PlanarFrame
    ) -> None:
        """Hand a picture to everybody else who wants it."""
        stream = StreamId(identity, source)
        for other, member in list(self._members(session_id).items()):
            if other != identity and member.seat.wants.get(stream) != (0, 0):
                member.seat.receiver.video_frame(stream, frame)

    def session(self, session_id: str, identity: ParticipantId) -> JoinedSession | None:
        """The session as `identity` sees it now."""
        room = self._rooms.get(session_id)
        if room is None or identity not in room.members:
            return None
        others = tuple(one.participant for uid, one in room.members.items() if uid != identity)
        return JoinedSession(
            session_id, room.started_at_ms, room.members[identity].participant, others
        )

    def _members(self, session_id: str) -> dict[ParticipantId, _Member]:
        room = self._rooms.get(session_id)
        return {} if room is None else room.members

    def _dismiss(self, session_id: str, identity: ParticipantId, reason: DisconnectReason) -> None:
        member = self._take_out(session_id, identity)
        if member is not None:
            member.seat.tell(Disconnected(reason))

    def _take_out(self, session_id: str, identity: ParticipantId) -> _Member | None:
        member = self._members(session_id).pop(identity, None)
        if member is None:
            return None
        room = self._rooms[session_id]
        for other in list(room.members.values()):
            for track in member.participant.tracks:
                stream = StreamId(identity, track.source)
                if stream.shows:
                    other.seat.receiver.video_ended(stream)
                else:
                    other.seat.receiver.audio_ended(stream)
        self._tell_others(room, identity, ParticipantLeft(identity))
        if not room.members:
            del self._rooms[session_id]
        return member

    def _change(self, session_id: str, identity: ParticipantId, **changes: object) -> None:
        room = self._rooms[session_id]
        member = room.members[identity]
        member.participant = replace(member.participant, **changes)  # type: ignore[arg-type]
        event = ParticipantUpdated(member.participant)
        member.seat.tell(event)
        self._tell_others(room, identity, event)

    def _tell_others(self, room: _Room, identity: ParticipantId, event: TransportEvent) -> None:
        for other, member in list(room.members.items()):
            if other != identity:
                member.seat.tell(event)
