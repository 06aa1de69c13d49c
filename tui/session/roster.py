"""Who is in the session: server descriptions in, participants and happenings out.

Cleans every foreign string once, here. Keeps what a participant was before, so that it can say
what changed; it does no I/O, and knows no time but those it is given and that of its `Pace`. The
trap is a rejoin: where ids are new with each one, the same person is there under another id, and
has neither come nor gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import (
    HandRaised,
    Joined,
    Left,
    PeopleChanged,
    Person,
    Present,
    RemoteConnectionChanged,
    SpeakerChanged,
    StateChanged,
    person_of,
)
from tui.domain.ids import NOBODY, PICTURES, ParticipantId, StreamId, TrackSource, camera_of
from tui.domain.participant import Participant, Quality, Stream
from tui.domain.text import clean, clean_name
from tui.ports.transport_events import RemoteParticipant, RemoteTrack
from tui.session.changes import changes, of_streams
from tui.session.outlet import Happened
from tui.session.pace import Pace
from tui.session.rejoin import Rejoin

NAMELESS: Final = "Guest"
"""The name of somebody who has neither a name nor a uid, at least not yet."""
REACTION_ATTRIBUTE: Final = "cellcall.reaction"
"""Attribute that says what somebody shows just now; see `tui.domain.reactions.shown`."""
RECORDING_ATTRIBUTE: Final = "cellcall.recording"
"""Attribute that says that a client records the session; its value is what: `sound`, `pictures`."""
HAND_ATTRIBUTE = "hand"
"""Attribute that says a hand is up; its value is the Unix time in milliseconds it went up."""
AWAY_ATTRIBUTE = "cellcall.away"
"""Attribute of a client that nobody is before."""
CAPTIONER_ATTRIBUTE = "cellcall.captioner"
"""Attribute of whoever writes down what the others say."""
CAPTIONED_ATTRIBUTE = "cellcall.captioned"
"""Attribute of whoever has a program write down what they say themselves."""


class Roster:
    """Everybody in the session, local first, then in join order.

    Args:
        happened: Says what happened.
        peer_call: Between two; a lost connection of the other one is an event of its own.
        voice: A VOICE session: nobody has pictures, whatever they send.
        volumes: uid -> how loud we hear that user [percent].
        clock_s: Monotonic time.
    """

    def __init__(
        self,
        *,
        happened: Happened,
        peer_call: bool = False,
        voice: bool = False,
        volumes: Mapping[str, int] = MappingProxyType({}),
        clock_s: Callable[[], float] = time.monotonic,
    ):
        self._volumes = dict(volumes)
        self._happened = happened
        self._peer_call = peer_call
        self._voice = voice
        self._local: Participant | None = None
        self._remotes: dict[ParticipantId, Participant] = {}
        self._rejoin = Rejoin()
        self._pace = Pace(clock_s)
        self.dominant_speaker = NOBODY

    @property
    def participants(self) -> tuple[Participant, ...]:
        """Local first, then in join order."""
        return (*((self._local,) if self._local else ()), *self._remotes.values())

    @property
    def deserted(self) -> bool:
        """A peer call whose other one has left."""
        return self._peer_call and not self._remotes

    @property
    def local(self) -> Participant | None:
        """Ourselves."""
        return self._local

    def ourselves(self) -> Participant:
        """The local participant. Raises `CallsError` with `ERROR_NO_SESSION` before joining."""
        if self._local is None:
            raise CallsError(ErrorCode.NO_SESSION, "You are not in a call. Join one first.")
        return self._local

    def get(self, who: ParticipantId) -> Participant | None:
        """One participant, local or remote."""
        return self._local if self._local and self._local.id == who else self._remotes.get(who)

    @property
    def shares(self) -> tuple[StreamId, ...]:
        """The screens that others share."""
        return tuple(stream for one in self._remotes.values() for stream in one.shares)

    def has_tile(self, stream: StreamId) -> bool:
        """Whether it is somebody's camera, which may be off, or pictures they send."""
        participant = self.get(stream.participant)
        if participant is None or stream == camera_of(stream.participant):
            return participant is not None
        return stream.shows and participant.stream(stream.source, stream.number) is not None

    # ---- ourselves
    def set_local(self, participant: Participant) -> None:
        """We joined (again)."""
        self._local = participant

    def change_own(self, source: TrackSource, *, off: bool) -> None:
        """Our microphone or camera went off or on; what is on is there from now on."""
        if self._local is not None and (not off or self._local.stream(source) is not None):
            self._local = self._local.with_stream(Stream(source, off=off))

    def change_local(self, **changes: Any) -> None:
        """Our own state changed; no announcement, the one who did it tells."""
        if self._local is not None:
            self._local = replace(self._local, **changes)

    # ---- others
    def start(self, others: Iterable[RemoteParticipant], now_ms: int) -> None:
        """Those who are there when we join; nothing is said of them before `introduce`."""
        for described in sorted(others, key=lambda p: (p.joined_at_ms, p.id)):
            self._remotes[described.id] = self._described(described, None, now_ms)

    def introduce(self) -> None:
        """Say who was there when we joined."""
        for participant in self._remotes.values():
            self._happened(Present(person_of(participant)))
            self._tell_streams(None, participant)
        if self._remotes:
            self._list_changed()

    def miss(self, present: Collection[ParticipantId], now_s: float) -> None:
        """After our reconnect: who is not there may be reconnecting as well, and is awaited.

        Args:
            present: Who is there, by id.
            now_s: Monotonic time.
        """
        missing = {one.id: one.uid for one in self._remotes.values() if one.id not in present}
        hands = [one.id for one in self.participants if one.hand_raised_at_ms]
        self._rejoin.begin(missing, hands, now_s)
        self.quality(dict.fromkeys(missing, Quality.LOST))

    def overdue(self, now_s: float) -> list[ParticipantId]:
        """Who was awaited and did not come back by this monotonic time: they have left.

        Hands that nobody raised again are down by then.
        """
        gone, hands = self._rejoin.overdue(now_s)
        for who in hands:
            if (one := self._remotes.get(who)) is not None:
                lowered = replace(one, hand_raised_at_ms=0)
                self._put(lowered)
                self._tell_changes(one, lowered)
        return gone

    def let_in(self, now_ms: int) -> list[ParticipantId]:
        """Who was held back, and is somebody new after all: they have joined [Unix ms]."""
        newcomers = self._rejoin.let_in()
        for described in newcomers:
            self.updated(described, now_ms)
        return [described.id for described in newcomers]

    def _came_back(self, described: RemoteParticipant) -> ParticipantId:
        """Give an awaited user the new id in place of the old one, and return the old one.

        `NOBODY` when it is nobody awaited, or the id is the same.
        """
        new, old = described.id, self._rejoin.recognise(described)
        if old:
            # The same place in the order, so that nobody else moves.
            self._remotes = {
                new if who == old else who: replace(one, id=new) if who == old else one
                for who, one in self._remotes.items()
            }
            self._pace.forget(old)
            if self.dominant_speaker == old:
                self.dominant_speaker = new
        return old

    def updated(self, described: RemoteParticipant, now_ms: int) -> ParticipantId:
        """Somebody joined, changed or came back [Unix ms], or is held back; see `let_in`.

        Returns the id that somebody had before who came back under another one; else `NOBODY`.
        """
        if self._local is not None and described.id == self._local.id:
            self._local = replace(
                self._local,
                pid=described.pid,
                hand_raised_at_ms=self._hand_at(described, self._local, now_ms),
                records=_records(described),
            )
            self._happened(StateChanged())
            return NOBODY
        was = NOBODY
        if described.id not in self._remotes:
            if self._rejoin.holds_back(described):
                return NOBODY
            was = self._came_back(described)
        if self._rejoin.is_back(described.id):
            self.quality({described.id: Quality.UNKNOWN})
        before = self._remotes.get(described.id)
        after = self._described(described, before, now_ms)
        self._remotes[described.id] = after
        if before is None:
            count = len(self.participants)
            self._happened(Joined(person_of(after), count, self._peer_call))
            self._list_changed()
            self._tell_streams(None, after)
            if after.hand_raised_at_ms:
                self._happened(HandRaised(person_of(after), self.hand_place(after)))
        elif before != after:
            self._tell_changes(before, after)
        return was

    def _tell_changes(self, before: Participant, after: Participant) -> None:
        told = self._pace.told_before(before)
        changed = (
            changes(told, after, self.hand_place(after), self._others()) if told is not None else []
        )
        for happening in changed or [StateChanged()]:
            self._happened(happening)

    def catch_up(self) -> None:
        """Tell what became of those who change all the time; call it about once a second."""
        for told in self._pace.due():
            self._tell_changes(told, self._remotes[told.id])

    def left(self, who: ParticipantId) -> None:
        """Somebody left."""
        self._rejoin.forget(who)
        gone, told = self._remotes.pop(who, None), self._pace.forget(who)
        if gone is None:
            return
        self._tell_streams(told or gone, replace(gone, streams=(), records=False))
        if self.dominant_speaker == who:
            self.dominant_speaker = NOBODY
        self._happened(Left(person_of(gone), len(self.participants), self._peer_call))
        self._list_changed()

    def speakers(self, identities: tuple[ParticipantId, ...]) -> None:
        """Who speaks now, loudest first."""
        changed = False
        for participant in self.participants:
            speaking = participant.id in identities and not _is_shut(participant)
            if speaking != participant.speaking:
                self._put(replace(participant, speaking=speaking))
                changed = True
        dominant = next(
            (p.id for who in identities if (p := self._remotes.get(who)) and not _is_shut(p)),
            NOBODY,
        )
        if dominant and dominant != self.dominant_speaker:
            self.dominant_speaker = dominant
            self._happened(SpeakerChanged(person_of(self._remotes[dominant])))
        elif changed:
            self._happened(StateChanged())

    def quality(self, quality: Mapping[ParticipantId, Quality]) -> None:
        """Connection quality by participant."""
        for who, value in quality.items():
            participant = self.get(who)
            if participant is None or participant.quality is value:
                continue
            self._put(replace(participant, quality=value))
            lost, was_lost = value is Quality.LOST, participant.quality is Quality.LOST
            if self._peer_call and not participant.is_local and lost is not was_lost:
                self._happened(RemoteConnectionChanged(lost))
            else:
                self._happened(StateChanged())

    def pictures(self, stream: StreamId, *, frozen: bool, refused: bool) -> None:
        """How somebody's pictures come: whether they stand still, and whether they are refused."""
        before = self._remotes.get(stream.participant)
        was = before.stream(stream.source, stream.number) if before is not None else None
        if before is None or was is None or (was.frozen, was.refused) == (frozen, refused):
            return
        after = before.with_stream(replace(was, frozen=frozen, refused=refused))
        self._put(after)
        for happening in of_streams(before, after) or [StateChanged()]:
            self._happened(happening)

    def hand_place(self, participant: Participant) -> int:
        """Where somebody with a raised hand is in the queue, from 1."""
        at_ms = participant.hand_raised_at_ms
        return sum(1 for p in self.participants if 0 < p.hand_raised_at_ms <= at_ms)

    def set_volume(self, who: ParticipantId, percent: int) -> None:
        """How loud we hear somebody, now and when they come back."""
        participant = self._remotes.get(who)
        if participant is not None:
            self._volumes[participant.uid or who] = percent
            self._put(replace(participant, volume=percent))

    def _put(self, participant: Participant) -> None:
        if participant.is_local:
            self._local = participant
        else:
            self._remotes[participant.id] = participant

    def _described(
        self, described: RemoteParticipant, before: Participant | None, now_ms: int
    ) -> Participant:
        who, uid = described.id, described.uid or (before.uid if before else "")
        return Participant(
            id=who,
            uid=uid,
            name=clean_name(described.name or uid or NAMELESS),
            pid=described.pid,
            streams=tuple(
                _stream(track, before)
                for track in described.tracks
                if not (self._voice and track.source in PICTURES)
            ),
            hand_raised_at_ms=self._hand_at(described, before, now_ms),
            volume=self._volumes.get(uid or who, 100),
            speaking=before.speaking if before else False,
            reaction=described.attributes.get(REACTION_ATTRIBUTE, "")[:40],
            records=_records(described),
            quality=before.quality if before else Quality.UNKNOWN,
            role=described.role,
            joined_at_ms=described.joined_at_ms or (before.joined_at_ms if before else now_ms),
            avatar=clean(described.avatar),
            agent=described.agent,
            away=bool(described.attributes.get(AWAY_ATTRIBUTE)),
            captioner=bool(described.attributes.get(CAPTIONER_ATTRIBUTE)),
            captioned=bool(described.attributes.get(CAPTIONED_ATTRIBUTE)),
            sealing=described.sealing,
        )

    def _hand_at(
        self, described: RemoteParticipant, before: Participant | None, now_ms: int
    ) -> int:
        """When the hand went up; of clients that only say `raised`, when we heard of it first."""
        value = described.attributes.get(HAND_ATTRIBUTE, "")
        known_ms = before.hand_raised_at_ms if before else 0
        if not value or value in ("0", "lowered", "false"):
            return known_ms if self._rejoin.keeps_hand(described.id) else 0
        self._rejoin.hand_told(described.id)
        if value.isdecimal() and len(value) <= 15:
            return int(value)
        return known_ms or now_ms

    def _tell_streams(self, before: Participant | None, after: Participant) -> None:
        for happening in of_streams(before, after):
            self._happened(happening)

    def _list_changed(self) -> None:
        self._happened(PeopleChanged(self._others()))

    def _others(self) -> tuple[Person, ...]:
        return tuple(person_of(one) for one in self._remotes.values())


def _records(described: RemoteParticipant) -> bool:
    return bool(described.attributes.get(RECORDING_ATTRIBUTE))


def _stream(track: RemoteTrack, before: Participant | None) -> Stream:
    was = before.stream(track.source, track.number) if before else None
    return Stream(
        track.source,
        track.number,
        off=track.muted,
        frozen=was is not None and was.frozen and not track.muted,
        sealing=track.sealing,
        unknown_codec=track.unknown_codec,
        refused=was is not None and was.refused and not track.muted,
        width=track.width,
        height=track.height,
    )


def _is_shut(participant: Participant) -> bool:
    """Whether they may well speak, but nobody here can hear it."""
    microphone = participant.stream(TrackSource.MICROPHONE)
    return microphone is not None and microphone.sealing.shut
