"""All sessions: who may join, who joined and left, and who wants to know of it."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, Protocol

from livekit.protocol import models, rtc

from tui.domain.frozen import dataclass
from tui.domain.text import clean
from tui.server.access import AccessClaims
from tui.server.limits import exceeded, refuse_texts
from tui.server.rooms.participant import Participant
from tui.server.rooms.room import Room
from tui.server.rooms.services import MediaServices
from tui.server.rooms.transcript import TranscriptKeeper

log = logging.getLogger(__name__)

_ENDED_KEPT: Final = 10_000
"""Ids of sessions that were ended, and of who had been in them."""


class RoomObserver(TranscriptKeeper, Protocol):
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

    def guest_removed(self, link_id: str) -> None:
        """A moderator took somebody out who came by this join link."""
        ...

    def guest_readmitted(self, link_id: str) -> None:
        """Somebody who was taken out, and came by this join link, may come in again."""
        ...


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why somebody cannot join, as an HTTP response."""

    status: int
    text: str


class Rooms:
    """All sessions of the server.

    Args:
        services: For participants' media.
        observer: Told about comings and goings.
    """

    def __init__(self, services: MediaServices, observer: RoomObserver | None) -> None:
        self._services = services
        self._limits = services.limits
        self._observer = observer
        self._keeper = observer if self._limits.keeps_transcripts else None
        self._rooms: dict[str, Room] = {}
        self._replacing: Participant | None = None
        self._ended: deque[str] = deque(maxlen=_ENDED_KEPT)

    def __iter__(self) -> Iterator[Room]:
        return iter(list(self._rooms.values()))

    def get(self, name: str) -> Room | None:
        """The session `name`."""
        return self._rooms.get(name)

    def has_ended(self, sid: str) -> bool:
        """Whether a moderator ended the session of this id, or of a participant of this id."""
        return bool(sid) and sid in self._ended

    def refusal(self, claims: AccessClaims, again_in: str = "") -> Refusal | None:
        """Why the holder of `claims` cannot join, None when it can.

        Args:
            claims: Of a checked token.
            again_in: The id of the session they were in and lost; empty: they come anew. The same
                token lets them into the next session of that name, but they have to want that.
        """
        if self.has_ended(again_in):
            return Refusal(410, "ended: the session was ended for everybody")
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
        if claims.identity in room.removed:
            return Refusal(403, "removed: a moderator removed you from this session")
        if room.lock.keeps_out(claims):
            return Refusal(403, "locked: a moderator has locked this session; ask to be let in")
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
            room = self._rooms[name] = Room(name, self._services, self._left, self._keeper)
        return room

    def join(
        self,
        claims: AccessClaims,
        greeting: rtc.JoinResponse,
        *,
        auto_subscribe: bool,
        local: str = "",
        single: bool = False,
    ) -> Participant | Refusal:
        """Let the holder of `claims` in; who had the same identity is told and put out.

        Args:
            claims: Of a checked token.
            greeting: The join response, which the session completes.
            auto_subscribe: Whether it gets every track without asking.
            local: Our address that its signalling came in on, empty when unknown.
            single: It offers one connection for both ways.
        """
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
        participant = room.admit(claims, auto_subscribe=auto_subscribe, local=local, single=single)
        at_ms = participant.info.joined_at_ms
        if not room.started_at_ms:
            room.started_at_ms = at_ms
            self._tell(lambda observer: observer.session_started(room.name, at_ms))
        self._services.counters.joins += 1
        log.info("%s joins %s", clean(claims.identity), clean(room.name))
        name = participant.info.name
        self._tell(
            lambda observer: observer.participant_joined(
                room.name, participant.identity, name, at_ms
            )
        )
        room.welcome(participant, greeting)
        return participant

    def resumable(self, claims: AccessClaims, sid: str) -> Participant | None:
        """Whose signalling a client with these claims may take up again.

        Args:
            claims: Of a checked token.
            sid: The participant's, as the client was told.
        """
        room = self._rooms.get(claims.room)
        participant = None if room is None else room.participants.get(claims.identity)
        if participant is None or not participant.connected or sid != participant.sid:
            return None
        return participant

    def end(self, name: str, reason: models.DisconnectReason) -> bool:
        """End a session for all; False when there is none of that name."""
        room = self._rooms.get(name)
        if room is None:
            return False
        if reason == models.ROOM_DELETED:
            self._ended.extend((room.info.sid, *room.sids()))
        for participant in list(room.participants.values()):
            room.remove(participant, reason, tell=True)
        self._rooms.pop(name, None)  # a created one that nobody had joined
        return True

    def remove(self, room: Room, participant: Participant) -> None:
        """Take one participant out at a moderator's wish, and keep them out."""
        room.removed[participant.identity] = participant.link
        participant.leave(models.PARTICIPANT_REMOVED, tell=True)
        if participant.link:
            # Else they would be back by the same link, under another name.
            self._tell(lambda observer: observer.guest_removed(participant.link))

    def readmit(self, room: Room, identity: str) -> bool:
        """Let one in again who was taken out; whether there is one."""
        link = room.removed.pop(identity, None)
        if link:
            self._tell(lambda observer: observer.guest_readmitted(link))
        return link is not None

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
