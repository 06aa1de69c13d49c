"""The snapshot: everything a front end needs to draw a call at one moment.

Frozen, numbered, newest wins. Chat text, announcements and events are not in it: each of those
matters and travels by itself. All text in it is already cleaned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from tui.domain.captions import Caption
from tui.domain.files import SentFile
from tui.domain.frozen import dataclass
from tui.domain.ids import NOBODY, ParticipantId, StreamId
from tui.domain.media import SoundProcessing
from tui.domain.participant import Participant
from tui.domain.rights import Rights
from tui.domain.settings import Layout, SessionSettings
from tui.domain.zoom import Zoom


class Phase(StrEnum):
    """Where a session stands."""

    IDLE = "idle"
    """No session: logged in or not."""
    CONNECTING = "connecting"
    LIVE = "live"
    RECONNECTING = "reconnecting"
    ENDED = "ended"
    """Left, refused, removed, timed out or lost; `Snapshot.ended` says which."""


class EndReason(StrEnum):
    """Why a session ended."""

    LEFT = "left"
    ENDED_FOR_ALL = "ended-for-all"
    PEER_LEFT = "peer-left"
    """The other one of a peer call left, which ends it for both."""
    REMOVED = "removed"
    REPLACED = "replaced"
    """The same user joined from elsewhere."""
    REFUSED = "refused"
    LOST = "lost"
    IDLE = "idle"
    SERVER_CLOSED = "server-closed"
    FAULT = "fault"
    """A fault of ours, or a refusal nobody was waiting for."""


@dataclass(frozen=True, slots=True)
class User:
    """Who is logged in."""

    uid: str
    name: str
    avatar: str = ""
    role: str = "default"


class DeviceKind(StrEnum):
    """What a device does."""

    MICROPHONE = "microphone"
    SPEAKER = "speaker"
    CAMERA = "camera"


@dataclass(frozen=True, slots=True)
class DeviceState:
    """One device of ours, and what is wrong with it."""

    kind: DeviceKind
    label: str
    """What is used, in words: a device's name, `test bars`, `none`."""

    problem: str = ""
    """Empty when it works; else one sentence."""

    remedy: str = ""
    """The command or step that mends it, e.g. `sudo apt install libportaudio2`."""

    opening: bool = False
    """Being opened, which may take seconds: nothing comes of it yet."""

    closed: bool = False
    """Closed by choice, so that nothing can listen (the microphone's privacy state)."""

    instead_of: str = ""
    """The chosen one, which is not here; the default one stands in until it is."""


@dataclass(frozen=True, slots=True)
class IdlePrompt:
    """Alone for long enough that the call asks whether to stay."""

    ends_at_ms: int
    """Unix milliseconds when the session will be left."""


@dataclass(frozen=True, slots=True)
class RemovedPerson:
    """Somebody who was taken out of the session."""

    id: ParticipantId
    uid: str
    name: str


@dataclass(frozen=True, slots=True)
class Knock:
    """Somebody who waits to be let into a locked session."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the screen needs, at one moment."""

    serial: int = 0
    phase: Phase = Phase.IDLE
    user: User | None = None
    session_id: str = ""
    title: str = ""
    started_at_ms: int = 0
    """Unix milliseconds when the session began on the server; 0 before it is known."""

    joined_at_ms: int = 0
    participants: tuple[Participant, ...] = ()
    """Local first, then in join order (spec cometchat-calls (i))."""

    layout: Layout = Layout.TILE
    pinned: StreamId | None = None
    """Drawn large, whoever speaks."""

    dominant_speaker: ParticipantId = NOBODY
    deafened: bool = False
    talking: bool = False
    """The talk key (or `/talk`) has our microphone open."""

    voicing: bool = False
    """A text of ours is being said to everybody, whether our microphone is on or off."""

    earcons: bool = False
    """Short sounds of our own are on."""

    processing: SoundProcessing = field(default_factory=SoundProcessing)
    """What is done to our microphone's sound."""

    talking_while_muted: bool = False
    """Somebody speaks into our muted microphone."""

    fit_pictures: bool = False
    """Pictures are shown whole, not cropped to fill their tiles."""
    unread_chat: int = 0
    captions: tuple[Caption, ...] = ()
    """The newest, the last one said last; what is still being said among them."""
    sealed: bool = False
    """What we send is sealed end to end, and nothing else is played or shown."""
    locked: bool = False
    """Nobody new comes in who is not let in by a moderator."""
    knocks: tuple[Knock, ...] = ()
    """Who waits for that."""
    guest: bool = False
    """The front end is that of a guest of this machine (`tui.domain.guests`)."""
    devices: tuple[DeviceState, ...] = ()
    reconnect_attempt: int = 0
    invite: str = ""
    """What to give to somebody who should join."""

    ended: EndReason | None = None
    ended_detail: str = ""
    """What was said outside about the end; `tui.domain.happenings.english` has the sentence."""
    idle: IdlePrompt | None = None
    away_until_ms: int = 0
    """Detached: nobody is before the call, which ends then [Unix ms]; 0 otherwise."""
    rights: Rights = field(default_factory=Rights)
    removed: tuple[RemovedPerson, ...] = ()
    """Whom we took out of the session, and did not let in again; the last one last."""
    settings: SessionSettings = field(default_factory=SessionSettings)
    zoom: Zoom | None = None
    """What is looked at closely; None: everything is shown whole, or cropped."""
    terminals: tuple[StreamId, ...] = ()
    """The shares that are terminals: text, which `ReadTerminal` reads."""
    recording: str = ""
    """The file we record to; empty when we do not."""
    recorded: bool = False
    """The server says that the session is recorded, whoever does it."""
    transcript: str = ""
    """Name of who has the server keep what is said in captions; empty while it does not."""
    may_record: bool = True
    """Whoever runs the session lets people record it."""

    @property
    def recorders(self) -> tuple[Participant, ...]:
        """Who records; ourselves perhaps among them."""
        return tuple(one for one in self.participants if one.records)

    @property
    def shares(self) -> tuple[StreamId, ...]:
        """The screens that are shared now, in the order of who shares them."""
        return tuple(stream for one in self.participants for stream in one.shares)

    @property
    def local(self) -> Participant | None:
        """Ourselves, once joined."""
        return next((p for p in self.participants if p.is_local), None)

    @property
    def remotes(self) -> tuple[Participant, ...]:
        """Everybody else, in join order."""
        return tuple(p for p in self.participants if not p.is_local)

    def participant(self, who: ParticipantId) -> Participant | None:
        """The participant with this id."""
        return next((p for p in self.participants if p.id == who), None)

    def problem_of(self, kind: DeviceKind) -> str:
        """What is wrong with the device of this kind, one sentence; empty when it works."""
        return next((one.problem for one in self.devices if one.kind is kind and one.problem), "")

    def is_opening(self, kind: DeviceKind) -> bool:
        """Whether the device of this kind is not open yet."""
        return any(one.opening for one in self.devices if one.kind is kind)

    @property
    def hands(self) -> tuple[Participant, ...]:
        """Those with a raised hand, in the order the hands went up."""
        return tuple(
            sorted(
                (p for p in self.participants if p.hand_raised_at_ms),
                key=lambda p: p.hand_raised_at_ms,
            )
        )

    @property
    def in_session(self) -> bool:
        """Joined, or trying to be again."""
        return self.phase in (Phase.LIVE, Phase.RECONNECTING)


@dataclass(frozen=True, slots=True)
class Levels:
    """How loud everyone is right now; newest wins."""

    dbov: Mapping[ParticipantId, float] = field(default_factory=dict)
    """Whose -> level, 0 is clipping, -127 is silence (the scale of RFC 6464)."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One chat message, cleaned."""

    uid: str
    name: str
    text: str
    at_ms: int
    is_local: bool = False
    history: bool = False
    """It was said before we joined: shown, but nobody's news."""
    lines: tuple[str, ...] = ()
    """The same as it was written, where that was more than one line: code, lists."""
    number: int = 0
    """By which it is answered: the first of a call is 1."""
    answers: str = ""
    """What it answers, the beginning of it: `Ana: Who has the plan?`; empty for most."""
    file: SentFile | None = None
    """What was sent; `text` says so then."""


@dataclass(frozen=True, slots=True)
class RunningSession:
    """A session somebody is in, for the picker."""

    session_id: str
    started_at_ms: int
    participants: tuple[str, ...] = ()
    """Names, in join order."""
