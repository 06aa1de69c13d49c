"""What can happen to a session as a whole: its beginning, its end and its connection."""

from __future__ import annotations

from typing import ClassVar

from tui.domain.announcements import Category, Place, Priority
from tui.domain.events import SessionEvent
from tui.domain.frozen import dataclass
from tui.domain.happenings.fact import Fact, Row, plain
from tui.domain.snapshot import EndReason


@dataclass(frozen=True, slots=True)
class SessionJoined(Fact):
    """We are in, and media flow; or it is known by now that they do not."""

    row: ClassVar[Row] = Row(Category.CALL)
    sdk_events: ClassVar[tuple[str, ...]] = ("onSessionJoined",)

    title: str
    names: tuple[str, ...]
    """Of everybody, our own first."""
    muted: bool
    camera_off: bool
    missing: str = ""
    """Why there are no media yet, a clause. Cleaned; empty when there are."""
    sealed: bool = False
    """Everything is sealed end to end."""


@dataclass(frozen=True, slots=True)
class GuestWelcomed(Fact):
    """We are a guest of somebody else's machine."""

    row: ClassVar[Row] = Row(Category.CALL)

    link: str
    """By which the same call opens in a browser."""


@dataclass(frozen=True, slots=True)
class LockChanged(Fact):
    """The session was locked, or opened."""

    row: ClassVar[Row] = Row(Category.CALL)

    locked: bool


@dataclass(frozen=True, slots=True)
class Knocked(Fact):
    """Somebody wants to be let in, and we may do so."""

    row: ClassVar[Row] = Row(Category.CALL, Priority.URGENT)

    name: str
    """Cleaned."""


@dataclass(frozen=True, slots=True)
class InLobby(Fact):
    """A moderator has to let us in."""

    row: ClassVar[Row] = Row(Category.CALL, Priority.URGENT)
    not_begun: bool = False
    """Somebody with an account has to begin the meeting first."""


@dataclass(frozen=True, slots=True)
class MediaFound(Fact):
    """There was no way for media when we joined; now there is one."""

    row: ClassVar[Row] = Row(Category.NET, Priority.URGENT)

    muted: bool


@dataclass(frozen=True, slots=True)
class SessionRecorded(Fact):
    """The server says that the session is recorded, and none of the people says so."""

    row: ClassVar[Row] = Row(Category.RECORD, Priority.URGENT)
    sdk_events: ClassVar[tuple[str, ...]] = ("onRecordingStarted",)


@dataclass(frozen=True, slots=True)
class SessionRecordedNoMore(Fact):
    """The server says so no longer."""

    row: ClassVar[Row] = Row(Category.RECORD)
    sdk_events: ClassVar[tuple[str, ...]] = ("onRecordingStopped",)


@dataclass(frozen=True, slots=True)
class TranscriptKept(Fact):
    """The server keeps what is said in captions from now on, or did when we joined."""

    row: ClassVar[Row] = Row(Category.RECORD, Priority.URGENT)

    by: str
    """Name of who asked for it."""
    ours: bool
    """We asked for it."""


@dataclass(frozen=True, slots=True)
class TranscriptKeptNoMore(Fact):
    """The server keeps it no longer."""

    row: ClassVar[Row] = Row(Category.RECORD)


@dataclass(frozen=True, slots=True)
class TranscriptRefused(Fact):
    """A setting wished that the server kept what is said, and it does not."""

    row: ClassVar[Row] = Row(Category.ERROR)

    problem: str


@dataclass(frozen=True, slots=True)
class SettingsIgnored(Fact):
    """Session settings were given that have no effect here."""

    row: ClassVar[Row] = Row(Category.INFO)

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConnectionLost(Fact):
    """The server does not hear us any more; we try again by ourselves."""

    # The banner follows the snapshot.
    row: ClassVar[Row] = Row(Category.NET, Priority.URGENT, Place.LOG)
    sdk_events: ClassVar[tuple[str, ...]] = ("onConnectionLost",)


@dataclass(frozen=True, slots=True)
class ConnectionRestored(Fact):
    """The connection came back."""

    row: ClassVar[Row] = Row(Category.NET, Priority.URGENT)
    sdk_events: ClassVar[tuple[str, ...]] = ("onConnectionRestored",)

    gap_s: float
    """For how long it was away."""
    muted: bool
    """Whether our microphone is off, so that the others hear nothing of us."""
    chat_missing: bool = False
    """Whether what was written meanwhile does not come any more."""


@dataclass(frozen=True, slots=True)
class ConnectionFailed(Fact):
    """The connection will not come back; `SessionEnded` follows."""

    reason: str
    detail: str
    """Cleaned; from outside."""

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        failure = {"name": self.reason, "message": self.detail, "recoverable": False}
        return (SessionEvent("onConnectionFailed", failure),)


@dataclass(frozen=True, slots=True)
class SessionLeft(Fact):
    """We left, as we wished."""

    row: ClassVar[Row] = Row(Category.CALL)
    sdk_events: ClassVar[tuple[str, ...]] = ("onSessionLeft", "onConnectionClosed")

    title: str
    lasted_s: float


@dataclass(frozen=True, slots=True)
class SessionEnded(Fact):
    """The session is over for us, and it was not we who left."""

    row: ClassVar[Row] = Row(Category.CALL, Priority.URGENT)

    reason: EndReason
    detail: str = ""

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        before = ("onSessionTimedOut",) if self.reason is EndReason.IDLE else ()
        return plain(*before, "onSessionLeft", "onConnectionClosed")


@dataclass(frozen=True, slots=True)
class RemoteConnectionChanged(Fact):
    """In a peer call, the other one's connection was lost or came back."""

    lost: bool

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        return plain("onRemoteConnectionLost" if self.lost else "onRemoteConnectionRestored")


@dataclass(frozen=True, slots=True)
class IdlePrompted(Fact):
    """We are alone, and the session will be left unless somebody answers."""

    row: ClassVar[Row] = Row(Category.IDLE, Priority.URGENT)

    seconds_left: float


@dataclass(frozen=True, slots=True)
class IdleAnswered(Fact):
    """The person stays."""

    row: ClassVar[Row] = Row(Category.IDLE, Priority.REPLY)

    asked_again_s: float
    """Alone for so long, they will be asked again."""


@dataclass(frozen=True, slots=True)
class FrontEndActed(Fact):
    """Something only a front end knows of: a button was pressed, a panel opened."""

    event: str
    """One of `tui.domain.events.FRONT_END_EVENTS`."""

    def events(self) -> tuple[SessionEvent, ...]:
        """Its documented events."""
        return plain(self.event)


@dataclass(frozen=True, slots=True)
class StateChanged(Fact):
    """Something only the snapshot shows; nobody is told, and it goes no further than that."""


OfSession = (
    SessionJoined
    | LockChanged
    | Knocked
    | SessionRecorded
    | SessionRecordedNoMore
    | TranscriptKept
    | TranscriptKeptNoMore
    | TranscriptRefused
    | GuestWelcomed
    | InLobby
    | MediaFound
    | SettingsIgnored
    | ConnectionLost
    | ConnectionRestored
    | ConnectionFailed
    | SessionLeft
    | SessionEnded
    | RemoteConnectionChanged
    | IdlePrompted
    | IdleAnswered
    | FrontEndActed
    | StateChanged
)
