"""Who came and who went always adds up to who is there, whatever happens in whatever order."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import count

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from tests.fakes.world import NOW_MS, remote
from tui.domain.happenings import (
    HandLowered,
    HandRaised,
    Happening,
    Identified,
    Joined,
    Left,
    PeopleChanged,
    TheyRecord,
    TheyRecordNoMore,
)
from tui.domain.ids import ParticipantId
from tui.domain.participant import Participant
from tui.ports.transport_events import RemoteParticipant
from tui.session.pace import BURST, PER_S
from tui.session.rejoin import AWAITED_S
from tui.session.roster import NAMELESS, RECORDING_ATTRIBUTE, Roster

UIDS = st.sampled_from(["bo", "chi", "dee", ""])


class People(RuleBasedStateMachine):
    """A server with people in a session, and a roster that is told of them."""

    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.roster = Roster(happened=self.hear, clock_s=count().__next__)
        self.roster.set_local(Participant(ParticipantId("me"), "Ana Lopez", "ana", is_local=True))
        self.now_s = 0.0
        self.made = 0
        self.there: dict[ParticipantId, RemoteParticipant] = {}
        """On the server."""
        self.told: dict[ParticipantId, str] = {}
        """id -> uid, as the happenings alone say."""
        self.late: dict[ParticipantId, tuple[ParticipantId, str]] = {}
        """Whose uid is not known yet after a reconnect: the id they had, and the uid to come."""
        self.hands: set[str] = set()
        self.listed: tuple[ParticipantId, ...] = ()
        self.quiet = False
        """Nobody may be told to have come, gone or changed a hand."""

    def hear(self, happening: Happening) -> None:
        match happening:
            case Joined(person, people):
                assert person.id not in self.told
                self.told[person.id] = person.uid
                assert people == len(self.told) + 1
            case Left(person, people):
                del self.told[person.id]
                self.hands.discard(person.id)
                assert people == len(self.told) + 1
            case Identified(person):
                assert self.told[person.id] == ""
                self.told[person.id] = person.uid
            case HandRaised(person):
                assert person.id not in self.hands
                self.hands.add(person.id)
            case HandLowered(person):
                self.hands.remove(person.id)
            case PeopleChanged(others):
                self.listed = tuple(person.id for person in others)
        assert not (self.quiet and isinstance(happening, Joined | Left | HandRaised | HandLowered))

    def new_id(self) -> ParticipantId:
        self.made += 1
        return ParticipantId(f"id {self.made}")

    def update(self, described: RemoteParticipant) -> None:
        self.there[described.id] = described
        was = self.roster.updated(described, NOW_MS)
        if was:  # the same person goes on under another id
            self.told[described.id] = self.told.pop(was)
            if was in self.hands:
                self.hands.remove(was)
                self.hands.add(described.id)
        self.roster.let_in(NOW_MS)

    def described(self, who: ParticipantId, uid: str, *, hand: bool) -> RemoteParticipant:
        attributes = {"hand": "raised"} if hand else {}
        return replace(remote(who, uid=uid, attributes=attributes), name=uid.title())

    @rule(target=ids, uid=UIDS, hand=st.booleans())
    def join(self, uid: str, hand: bool) -> ParticipantId:
        who = self.new_id()
        # An awaited user of this uid has come back; else somebody new is there.
        self.update(self.described(who, uid, hand=hand))
        return who

    @rule(who=ids, hand=st.booleans(), uid=UIDS)
    def change(self, who: ParticipantId, hand: bool, uid: str) -> None:
        if who in self.there:
            known = self.there[who].uid or ("" if who in self.late else uid)
            self.update(self.described(who, known, hand=hand))

    @rule(data=st.data())
    def identify(self, data: st.DataObject) -> None:
        """It becomes known whose client it is that came back without a uid."""
        if self.late:
            who = data.draw(st.sampled_from(sorted(self.late)))
            was, uid = self.late.pop(who)
            alone = list(self.told.values()).count(uid) == 1
            others_held = self.there.keys() - self.told.keys() - {who}  # they may join by this
            self.quiet = (
                alone and not others_held and self.told.get(was) == uid and was not in self.there
            )
            self.update(self.described(who, uid, hand=False))
            self.quiet = False

    @rule(who=consumes(ids))
    def leave(self, who: ParticipantId) -> None:
        self.there.pop(who, None)
        self.late.pop(who, None)
        self.roster.left(who)
        self.roster.let_in(NOW_MS)

    @rule(data=st.data(), new_ids=st.booleans())
    def reconnect(self, data: st.DataObject, new_ids: bool) -> None:
        """Our connection was lost; some others are back already, some will be, some will not."""
        everybody = list(self.there.values())
        self.there = {}
        fate = st.sampled_from(["here", "later", "gone", "uid later"])
        fates = [data.draw(fate) for _ in everybody]
        # Without a uid nobody knows who somebody under a new id is.
        fresh = [self.new_id() if new_ids and one.uid else one.id for one in everybody]
        back = [
            replace(one, id=who, attributes={}) for one, who in zip(everybody, fresh, strict=True)
        ]
        for i, (old, how) in enumerate(zip(everybody, fates, strict=True)):
            if how == "gone":
                self.late.pop(old.id, None)
            elif how == "uid later" and back[i].id != old.id:
                self.late[back[i].id] = old.id, old.uid
                back[i] = self.described(back[i].id, "", hand=False)
        here = [one for one, how in zip(back, fates, strict=True) if how in ("here", "uid later")]
        later = [one for one, how in zip(back, fates, strict=True) if how == "later"]
        alone = len({one.uid for one in everybody}) == len(everybody)
        self.quiet = alone and all(one.id in self.told for one in everybody)
        self.roster.miss({one.id for one in here}, self.now_s)
        for one in (*here, *later):
            self.update(one)
        self.quiet = False

    @rule(seconds=st.sampled_from([1.0, AWAITED_S]))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        overdue = self.roster.overdue(self.now_s)
        self.roster.let_in(NOW_MS)
        for who in overdue:
            self.roster.left(who)
        if seconds >= AWAITED_S:
            assert {one.id for one in self.remotes} == set(self.there)

    @property
    def remotes(self) -> list[Participant]:
        return [one for one in self.roster.participants if not one.is_local]

    @invariant()
    def what_was_told_adds_up(self) -> None:
        assert {one.id: one.uid for one in self.remotes} == self.told
        assert {one.id for one in self.remotes if one.hand_raised_at_ms} == self.hands
        awaited = any(uid for who, uid in self.told.items() if who not in self.there)
        held = {who for who, one in self.there.items() if awaited and not one.uid}
        assert set(self.there) - set(self.told) <= held, "whoever is there is in the list"
        uids = Counter(self.told.values())
        assert uids == Counter(one.uid for one in self.remotes)
        assert all(one.name == (one.uid.title() or NAMELESS) for one in self.remotes)


TestPeople = People.TestCase


def test_a_uid_is_kept_when_it_is_not_said_again() -> None:
    roster = Roster(happened=lambda _happening: None)
    bo = remote("id 1", uid="bo")
    roster.updated(bo, NOW_MS)
    roster.miss((), 0.0)
    roster.updated(replace(bo, uid=""), NOW_MS)
    assert [one.uid for one in roster.participants] == ["bo"]


class Restless:
    """A roster with somebody in it who changes all the time."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.heard: list[Happening] = []
        self.roster = Roster(happened=self.heard.append, clock_s=lambda: self.now_s)
        self.bo = remote("bo")
        self.roster.updated(self.bo, NOW_MS)
        self.heard.clear()

    def says(self, **attributes: str) -> None:
        self.roster.updated(replace(self.bo, attributes=attributes), NOW_MS)

    def told(self, *kinds: type[Happening]) -> list[Happening]:
        return [one for one in self.heard if isinstance(one, kinds)]


def test_a_crowd_of_changes_is_told_as_what_came_of_it() -> None:
    call = Restless()
    for _ in range(300):
        call.says(**{RECORDING_ATTRIBUTE: "1"})
        call.says()
    call.says(**{RECORDING_ATTRIBUTE: "1"})
    assert len(call.told(TheyRecord, TheyRecordNoMore)) == BURST
    call.roster.catch_up()
    assert len(call.told(TheyRecord, TheyRecordNoMore)) == BURST
    assert call.roster.get(call.bo.id) is not None
    assert len(call.heard) == 601  # each brings a snapshot, which is the newest
    call.now_s += 1 / PER_S
    call.roster.catch_up()
    assert isinstance(call.heard[-1], TheyRecord)
    # It is told once: nothing has changed since.
    call.now_s += 100
    call.roster.catch_up()
    assert len(call.told(TheyRecord, TheyRecordNoMore)) == BURST + 1
    call.says()
    assert isinstance(call.heard[-1], TheyRecordNoMore)


def test_what_was_not_told_is_not_told_to_have_ended() -> None:
    call = Restless()
    for _ in range(BURST // 2):
        call.says(**{RECORDING_ATTRIBUTE: "1"})
        call.says()
    call.says(**{RECORDING_ATTRIBUTE: "1"})
    told = len(call.told(TheyRecord, TheyRecordNoMore))
    call.roster.left(call.bo.id)
    assert len(call.told(TheyRecord, TheyRecordNoMore)) == told
    assert isinstance(call.told(Left)[0], Left)
