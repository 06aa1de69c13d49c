"""What can happen to what we send, share and record: microphone, camera, files, shares."""

from __future__ import annotations

from typing import ClassVar

from tui.domain.announcements import Category, Priority
from tui.domain.events import SessionEvent
from tui.domain.frozen import dataclass
from tui.domain.happenings.fact import Earcon, Fact, Row, plain


@dataclass(frozen=True, slots=True)
class MicrophoneStarted(Fact):
    """The session began with our microphone on, and now it is heard."""

    row: ClassVar[Row] = Row(Category.MIC)


@dataclass(frozen=True, slots=True)
class CameraStarted(Fact):
    """The session began with our camera on, and now it is seen."""

    row: ClassVar[Row] = Row(Category.CAM)


@dataclass(frozen=True, slots=True)
class MicrophoneChanged(Fact):
    """We turned the microphone off or on."""

    row: ClassVar[Row] = Row(Category.MIC, Priority.REPLY)

    muted: bool
    problem: str = ""
    """Why it is not heard though it is on; one sentence."""
    none_chosen: bool = False
    """It is on, and the call has none."""
    opening: bool = False
    """It is to be on, and is not open yet; `MicrophoneStarted` follows."""
    held_open: bool = False
    """It was open before, for the talk key, and stays so."""

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        if self.held_open:
            return ()
        return plain("onAudioMuted" if self.muted else "onAudioUnMuted")

    def earcon(self) -> Earcon | None:
        """Its sound."""
        if self.held_open:
            return None
        return Earcon.MUTED if self.muted else Earcon.UNMUTED


@dataclass(frozen=True, slots=True)
class MicrophoneClosed(Fact):
    """The device was closed, so that nothing can listen, or opened again."""

    row: ClassVar[Row] = Row(Category.MIC, Priority.REPLY)

    closed: bool
    muted: bool


@dataclass(frozen=True, slots=True)
class TalkChanged(Fact):
    """The talk key opened the muted microphone, or let it go."""

    row: ClassVar[Row] = Row(Category.MIC)

    talking: bool
    lost: bool = False
    """Nobody let the key go: the front end that held it is silent."""

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        return plain("onAudioUnMuted" if self.talking else "onAudioMuted")

    def earcon(self) -> Earcon | None:
        """Its sound."""
        return Earcon.UNMUTED if self.talking else Earcon.MUTED


@dataclass(frozen=True, slots=True)
class TalkingWhileMuted(Fact):
    """We speak into our muted microphone."""

    row: ClassVar[Row] = Row(Category.MIC)


@dataclass(frozen=True, slots=True)
class CameraChanged(Fact):
    """We turned the camera off or on."""

    row: ClassVar[Row] = Row(Category.CAM, Priority.REPLY)

    paused: bool

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        return plain("onVideoPaused" if self.paused else "onVideoResumed")


@dataclass(frozen=True, slots=True)
class CameraStaysOff(Fact):
    """The camera was to be turned on, and can't be."""

    row: ClassVar[Row] = Row(Category.CAM, Priority.REPLY)

    problem: str
    none_chosen: bool


@dataclass(frozen=True, slots=True)
class FileSending(Fact):
    """A large file of ours is on its way; told as it begins, and at each quarter."""

    row: ClassVar[Row] = Row(Category.YOU, Priority.LOW)

    name: str
    size: str
    """In words."""
    percent: int


@dataclass(frozen=True, slots=True)
class FileUnsent(Fact):
    """A file of ours was not sent, or not all of it."""

    row: ClassVar[Row] = Row(Category.ERROR)

    name: str
    problem: str
    """A sentence."""


@dataclass(frozen=True, slots=True)
class OwnCaptions(Fact):
    """A program writes captions of what we say from now on, or no longer."""

    row: ClassVar[Row] = Row(Category.INFO)

    on: bool
    problem: str = ""
    """Why it ended by itself, or never began; a sentence with what can be done."""


@dataclass(frozen=True, slots=True)
class OwnCaptionsBehind(Fact):
    """The recogniser is too slow: some of what we said is not written."""

    row: ClassVar[Row] = Row(Category.INFO)

    seconds: float


@dataclass(frozen=True, slots=True)
class CameraStopped(Fact):
    """The camera failed by itself; `DeviceFailed` says why."""

    sdk_events: ClassVar[tuple[str, ...]] = ("onVideoPaused",)


@dataclass(frozen=True, slots=True)
class MutedByModerator(Fact):
    """A moderator turned our microphone off."""

    row: ClassVar[Row] = Row(Category.HOST, Priority.URGENT)
    sdk_events: ClassVar[tuple[str, ...]] = ("onAudioMuted",)
    sound: ClassVar[Earcon | None] = Earcon.MUTED

    by: str = ""
    """The moderator's name; empty where the server does not say."""


@dataclass(frozen=True, slots=True)
class CameraStoppedByModerator(Fact):
    """A moderator turned our camera off."""

    row: ClassVar[Row] = Row(Category.HOST, Priority.URGENT)
    sdk_events: ClassVar[tuple[str, ...]] = ("onVideoPaused",)

    by: str = ""


@dataclass(frozen=True, slots=True)
class ShareStarted(Fact):
    """We share something, and the others see it."""

    row: ClassVar[Row] = Row(Category.SHARE, Priority.REPLY)
    sdk_events: ClassVar[tuple[str, ...]] = ("onScreenShareStarted",)

    what: str
    """`screen`, `file slides.mp4`, `test bars`: in words."""


@dataclass(frozen=True, slots=True)
class RecordingStarted(Fact):
    """We record the session on this machine, and the others were told."""

    row: ClassVar[Row] = Row(Category.RECORD, Priority.REPLY)
    sdk_events: ClassVar[tuple[str, ...]] = ("onRecordingStarted",)

    path: str
    """Cleaned."""
    pictures: bool


@dataclass(frozen=True, slots=True)
class RecordingEnded(Fact):
    """We record no longer."""

    row: ClassVar[Row] = Row(Category.RECORD)
    sdk_events: ClassVar[tuple[str, ...]] = ("onRecordingStopped",)

    path: str
    """What there is now; cleaned."""
    seconds: float
    problem: str = ""
    """What is wrong with it, a sentence."""
    why: str = ""
    """Why it ended by itself, a clause; empty: somebody ended it."""


@dataclass(frozen=True, slots=True)
class RecordingFailed(Fact):
    """What was to be recorded from the beginning is not."""

    row: ClassVar[Row] = Row(Category.RECORD, Priority.URGENT)

    problem: str
    """A sentence."""


@dataclass(frozen=True, slots=True)
class ShareFailed(Fact):
    """What was to be shared from the beginning is not."""

    row: ClassVar[Row] = Row(Category.SHARE)

    problem: str


@dataclass(frozen=True, slots=True)
class TerminalAsPictures(Fact):
    """Others see the terminal that we share, and cannot read it as text."""

    row: ClassVar[Row] = Row(Category.SHARE)

    problem: str
    """Why, sentences."""


@dataclass(frozen=True, slots=True)
class ShareEnded(Fact):
    """We share nothing any more."""

    row: ClassVar[Row] = Row(Category.SHARE, Priority.REPLY)
    sdk_events: ClassVar[tuple[str, ...]] = ("onScreenShareStopped",)

    problem: str = ""
    """Why it ended by itself, one sentence; empty: we ended it."""


@dataclass(frozen=True, slots=True)
class ShareEndedByModerator(Fact):
    """A moderator ended what we shared."""

    row: ClassVar[Row] = Row(Category.HOST, Priority.URGENT)
    sdk_events: ClassVar[tuple[str, ...]] = ("onScreenShareStopped",)

    by: str = ""


OfOurMedia = (
    MicrophoneStarted
    | CameraStarted
    | MicrophoneChanged
    | MicrophoneClosed
    | TalkChanged
    | TalkingWhileMuted
    | CameraChanged
    | CameraStaysOff
    | CameraStopped
    | FileSending
    | FileUnsent
    | OwnCaptions
    | OwnCaptionsBehind
    | MutedByModerator
    | CameraStoppedByModerator
    | RecordingStarted
    | RecordingEnded
    | RecordingFailed
    | ShareStarted
    | ShareFailed
    | TerminalAsPictures
    | ShareEnded
    | ShareEndedByModerator
)
"""What we send, share and record."""
