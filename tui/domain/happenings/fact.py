"""What all happenings have in common: whom they are about, and how one is told.

The trap is time: a `Person` is who it was then; by the time a front end reads of it the participant
may be gone, and another one may have the same name.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

from tui.domain.announcements import Category, Place, Priority
from tui.domain.events import SessionEvent
from tui.domain.frozen import dataclass
from tui.domain.ids import ParticipantId
from tui.domain.participant import Participant


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a happening is about, as they were at that moment. Text in it is cleaned."""

    id: ParticipantId
    """The participant's; unique in the session."""
    uid: str
    """Whose client it is; empty while that is unknown, and two clients may share one."""
    name: str
    pid: str = ""
    """The server's id of this connection."""
    avatar: str = ""

    @property
    def payload(self) -> dict[str, Any]:
        """The documented participant payload `{pid, name, uid, avatar?}`."""
        payload = {"pid": self.pid, "name": self.name, "uid": self.uid}
        return {**payload, "avatar": self.avatar} if self.avatar else payload


def person_of(participant: Participant) -> Person:
    """Who a participant is now."""
    return Person(
        participant.id, participant.uid, participant.name, participant.pid, participant.avatar
    )


class Earcon(StrEnum):
    """A short sound of our own that says what happened without words."""

    MUTED = "muted"
    UNMUTED = "unmuted"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class Row:
    """How one happening is told, if its sentence is not empty."""

    category: Category
    priority: Priority = Priority.NORMAL
    place: Place | None = None
    """None: `usual_place`."""


class Fact:
    """A happening; each kind says what is special about it. Its sentence is in `english`."""

    __slots__ = ()
    row: ClassVar[Row] = Row(Category.INFO, Priority.LOW)
    sdk_events: ClassVar[tuple[str, ...]] = ()
    """Names of the documented events that each one of its kind is."""
    sound: ClassVar[Earcon | None] = None
    """What says each one of its kind, and only we hear."""

    def events(self) -> tuple[SessionEvent, ...]:
        """The documented events of the Calls SDK v5 that it is, in order."""
        return plain(*self.sdk_events)

    def earcon(self) -> Earcon | None:
        """The sound that says it, which only we hear."""
        return self.sound


@dataclass(frozen=True, slots=True)
class PersonFact(Fact):
    """A happening about one of the people, who is in its events."""

    person: Person

    def events(self) -> tuple[SessionEvent, ...]:
        """As in the SDK, there is none while the uid is not known."""
        return tuple(event for name in self.sdk_events for event in about(self.person, name))


def plain(*names: str) -> tuple[SessionEvent, ...]:
    """Events without a payload."""
    return tuple(SessionEvent(name) for name in names)


def about(person: Person, name: str) -> tuple[SessionEvent, ...]:
    """An event about a participant; as in the SDK, there is none while the uid is not known."""
    return (SessionEvent(name, person.payload),) if person.uid else ()
