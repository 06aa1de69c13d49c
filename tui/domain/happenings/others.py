"""What can happen to the others in a session: who comes and goes, and what they do."""

from __future__ import annotations

from typing import ClassVar

from tui.domain.announcements import Category, Place, Priority
from tui.domain.captions import Caption
from tui.domain.events import SessionEvent
from tui.domain.frozen import dataclass
from tui.domain.happenings.fact import Fact, Person, PersonFact, Row, about
from tui.domain.ids import TrackSource
from tui.domain.reactions import Reaction
from tui.domain.sealing import Sealing
from tui.domain.snapshot import ChatMessage


@dataclass(frozen=True, slots=True)
class Present(PersonFact):
    """Somebody was there before we joined."""

    sdk_events: ClassVar[tuple[str, ...]] = ("onParticipantJoined",)


@dataclass(frozen=True, slots=True)
class Joined(PersonFact):
    """Somebody came."""

    row: ClassVar[Row] = Row(Category.JOIN, Priority.LOW, Place.SMALL_CALL)
    sdk_events: ClassVar[tuple[str, ...]] = ("onParticipantJoined",)

    people: int
    """How many are there now, ourselves among them."""
    peer_call: bool = False


@dataclass(frozen=True, slots=True)
class Left(PersonFact):
    """Somebody went."""

    row: ClassVar[Row] = Row(Category.LEAVE, Priority.LOW, Place.SMALL_CALL)
    sdk_events: ClassVar[tuple[str, ...]] = ("onParticipantLeft",)

    people: int
    peer_call: bool = False


@dataclass(frozen=True, slots=True)
class Identified(PersonFact):
    """It became known whose client somebody is, who came before without a uid."""

    sdk_events: ClassVar[tuple[str, ...]] = ("onParticipantJoined",)


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
class TheirMicrophoneChanged(PersonFact):
    """Somebody else turned the microphone off or on."""

    muted: bool

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        word = "onParticipantAudioMuted" if self.muted else "onParticipantAudioUnmuted"
        return about(self.person, word)


@dataclass(frozen=True, slots=True)
class TheirCameraChanged(PersonFact):
    """Somebody else turned the camera off or on."""

    paused: bool

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        word = "onParticipantVideoPaused" if self.paused else "onParticipantVideoResumed"
        return about(self.person, word)


@dataclass(frozen=True, slots=True)
class ScreenShared(PersonFact):
    """Somebody else shares a screen now, or shared one when we joined."""

    row: ClassVar[Row] = Row(Category.SHARE)
    sdk_events: ClassVar[tuple[str, ...]] = ("onParticipantStartedScreenShare",)


@dataclass(frozen=True, slots=True)
class TerminalShared(PersonFact):
    """What somebody shares turned out to be a terminal, whose text has come."""

    row: ClassVar[Row] = Row(Category.SHARE)


@dataclass(frozen=True, slots=True)
class ScreenShareEnded(PersonFact):
    """Somebody else shares no screen any more."""

    row: ClassVar[Row] = Row(Category.SHARE, Priority.LOW)
    sdk_events: ClassVar[tuple[str, ...]] = ("onParticipantStoppedScreenShare",)


@dataclass(frozen=True, slots=True)
class TheyRecord(PersonFact):
    """Somebody else records the session, or did already when we joined."""

    row: ClassVar[Row] = Row(Category.RECORD, Priority.URGENT)
    sdk_events: ClassVar[tuple[str, ...]] = ("onParticipantStartedRecording",)


@dataclass(frozen=True, slots=True)
class TheyRecordNoMore(PersonFact):
    """Somebody else no longer records this call."""

    row: ClassVar[Row] = Row(Category.RECORD)
    sdk_events: ClassVar[tuple[str, ...]] = ("onParticipantStoppedRecording",)


@dataclass(frozen=True, slots=True)
class NotOpened(PersonFact):
    """What somebody sends is not played and not shown, because of how it is sealed."""

    row: ClassVar[Row] = Row(Category.INFO)

    sealing: Sealing
    """Which is shut."""


@dataclass(frozen=True, slots=True)
class PicturesUnfit(PersonFact):
    """Somebody sends pictures that can't be shown."""

    row: ClassVar[Row] = Row(Category.INFO)

    source: TrackSource
    codec: str
    """What they are sent as, where nothing here decodes that; empty: they are too large."""


@dataclass(frozen=True, slots=True)
class HandRaised(PersonFact):
    """Somebody else raised a hand."""

    row: ClassVar[Row] = Row(Category.HAND)
    sdk_events: ClassVar[tuple[str, ...]] = ("onParticipantHandRaised",)

    place: int
    """In the queue of hands, from 1."""


@dataclass(frozen=True, slots=True)
class Reacted(PersonFact):
    """Somebody else showed a reaction."""

    row: ClassVar[Row] = Row(Category.REACT)

    reaction: Reaction


@dataclass(frozen=True, slots=True)
class HandLowered(PersonFact):
    """Somebody else lowered their hand."""

    row: ClassVar[Row] = Row(Category.HAND, Priority.LOW)
    sdk_events: ClassVar[tuple[str, ...]] = ("onParticipantHandLowered",)


@dataclass(frozen=True, slots=True)
class SpeakerChanged(PersonFact):
    """Another one of the others is the loudest."""

    # A mark on a tile.
    row: ClassVar[Row] = Row(Category.SPEAKING, Priority.LOW)
    sdk_events: ClassVar[tuple[str, ...]] = ("onDominantSpeakerChanged",)


@dataclass(frozen=True, slots=True)
class Captioned(Fact):
    """Words of somebody's are final: they stand in the transcript."""

    row: ClassVar[Row] = Row(Category.CAPTION, Priority.LOW)

    caption: Caption


@dataclass(frozen=True, slots=True)
class CaptionsBegan(Fact):
    """The first caption of the call came."""

    row: ClassVar[Row] = Row(Category.INFO)


@dataclass(frozen=True, slots=True)
class CaptionCut(Fact):
    """A caption was too long, and only its beginning is kept; told once for each sender."""

    row: ClassVar[Row] = Row(Category.INFO)

    sender: str
    """Name."""


@dataclass(frozen=True, slots=True)
class FileComing(Fact):
    """A large file of somebody's is on its way; told as it begins, and at each quarter."""

    row: ClassVar[Row] = Row(Category.CHAT, Priority.LOW)

    sender: str
    """Name."""
    name: str
    size: str
    """In words."""
    percent: int


@dataclass(frozen=True, slots=True)
class FileMissed(Fact):
    """A file of somebody's will not come."""

    row: ClassVar[Row] = Row(Category.CHAT)

    sender: str
    """Name."""
    name: str
    why: str
    """A clause."""


@dataclass(frozen=True, slots=True)
class AwayChanged(PersonFact):
    """Nobody is before somebody's client any more, or somebody is again."""

    row: ClassVar[Row] = Row(Category.INFO, Priority.LOW)

    away: bool


@dataclass(frozen=True, slots=True)
class CaptionerChanged(PersonFact):
    """Somebody writes captions from now on, or no longer."""

    row: ClassVar[Row] = Row(Category.INFO)

    writes: bool


@dataclass(frozen=True, slots=True)
class CaptionedByProgram(PersonFact):
    """Somebody has a program write captions of what they say, or no longer."""

    row: ClassVar[Row] = Row(Category.INFO)

    on: bool


@dataclass(frozen=True, slots=True)
class WritingCaptions(Fact):
    """What we type is captions from now on, or chat again."""

    row: ClassVar[Row] = Row(Category.INFO)

    on: bool


OfWhatIsWritten = (
    Captioned
    | CaptionsBegan
    | CaptionCut
    | FileComing
    | FileMissed
    | CaptionerChanged
    | CaptionedByProgram
    | WritingCaptions
    | ChatMessage
)
"""Chat, files and captions."""

OfPeople = (
    Present
    | Joined
    | Left
    | Identified
    | PeopleChanged
    | TheirMicrophoneChanged
    | TheirCameraChanged
    | ScreenShared
    | ScreenShareEnded
    | TerminalShared
    | NotOpened
    | TheyRecord
    | TheyRecordNoMore
    | PicturesUnfit
    | HandRaised
    | HandLowered
    | Reacted
    | SpeakerChanged
    | AwayChanged
)
"""Who is there, and what they do."""

OfOthers = OfWhatIsWritten | OfPeople
