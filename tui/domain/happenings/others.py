"""What can happen to the others in a session: who comes and goes, and what they do."""

from __future__ import annotations

from typing import ClassVar

from tui.domain.announcements import Category, Place, Priority
from tui.domain.events import SessionEvent
from tui.domain.frozen import dataclass
from tui.domain.happenings.fact import Fact, Person, Row, about
from tui.domain.ids import TrackSource
from tui.domain.snapshot import ChatMessage


@dataclass(frozen=True, slots=True)
class Present(Fact):
    """Somebody was there before we joined."""

    person: Person

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        return about(self.person, "onParticipantJoined")


@dataclass(frozen=True, slots=True)
class Joined(Fact):
    """Somebody came."""

    row: ClassVar[Row] = Row(Category.JOIN, Priority.LOW, Place.SMALL_CALL)

    person: Person
    people: int
    """How many are there now, ourselves among them."""
    peer_call: bool = False

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        return about(self.person, "onParticipantJoined")


@dataclass(frozen=True, slots=True)
class Left(Fact):
    """Somebody went."""

    row: ClassVar[Row] = Row(Category.LEAVE, Priority.LOW, Place.SMALL_CALL)

    person: Person
    people: int
    peer_call: bool = False

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        return about(self.person, "onParticipantLeft")


@dataclass(frozen=True, slots=True)
class Identified(Fact):
    """It became known whose client somebody is, who came before without a uid."""

    person: Person

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        return about(self.person, "onParticipantJoined")


@dataclass(frozen=True, slots=True)
class PeopleChanged(Fact):
    """The list of the others is another one now."""

    others: tuple[Person, ...]

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        if not all(other.uid for other in self.others):
            return ()  # as in the SDK: no list while it would tell of somebody unknown
        payload = [other.payload for other in self.others]
        return (SessionEvent("onParticipantListChanged", payload),)


@dataclass(frozen=True, slots=True)
class TheirMicrophoneChanged(Fact):
    """Somebody else turned the microphone off or on."""

    person: Person
    muted: bool

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        word = "onParticipantAudioMuted" if self.muted else "onParticipantAudioUnmuted"
        return about(self.person, word)


@dataclass(frozen=True, slots=True)
class TheirCameraChanged(Fact):
    """Somebody else turned the camera off or on."""

    person: Person
    paused: bool

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        word = "onParticipantVideoPaused" if self.paused else "onParticipantVideoResumed"
        return about(self.person, word)


@dataclass(frozen=True, slots=True)
class ScreenShared(Fact):
    """Somebody else shares a screen now, or shared one when we joined."""

    row: ClassVar[Row] = Row(Category.SHARE)

    person: Person

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        return about(self.person, "onParticipantStartedScreenShare")


@dataclass(frozen=True, slots=True)
class ScreenShareEnded(Fact):
    """Somebody else shares no screen any more."""

    row: ClassVar[Row] = Row(Category.SHARE, Priority.LOW)

    person: Person

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        return about(self.person, "onParticipantStoppedScreenShare")


@dataclass(frozen=True, slots=True)
class Sealed(Fact):
    """Somebody sends what is encrypted, and we have no key."""

    row: ClassVar[Row] = Row(Category.INFO)

    person: Person


@dataclass(frozen=True, slots=True)
class PicturesUnfit(Fact):
    """Somebody sends pictures that can't be shown."""

    row: ClassVar[Row] = Row(Category.INFO)

    person: Person
    source: TrackSource
    codec: str
    """What they are sent as, where nothing here decodes that; empty: they are too large."""


@dataclass(frozen=True, slots=True)
class HandRaised(Fact):
    """Somebody else raised a hand."""

    row: ClassVar[Row] = Row(Category.HAND)

    person: Person
    place: int
    """In the queue of hands, from 1."""

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        return about(self.person, "onParticipantHandRaised")


@dataclass(frozen=True, slots=True)
class HandLowered(Fact):
    """Somebody else lowered the hand."""

    row: ClassVar[Row] = Row(Category.HAND, Priority.LOW)

    person: Person

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        return about(self.person, "onParticipantHandLowered")


@dataclass(frozen=True, slots=True)
class SpeakerChanged(Fact):
    """Another one of the others is the loudest."""

    # A mark on a tile.
    row: ClassVar[Row] = Row(Category.SPEAKING, Priority.LOW)

    person: Person

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        return about(self.person, "onDominantSpeakerChanged")


OfOthers = (
    Present
    | Joined
    | Left
    | Identified
    | PeopleChanged
    | TheirMicrophoneChanged
    | TheirCameraChanged
    | ScreenShared
    | ScreenShareEnded
    | Sealed
    | PicturesUnfit
    | HandRaised
    | HandLowered
    | SpeakerChanged
    | ChatMessage
)
