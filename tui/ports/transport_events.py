"""What a transport tells: who is in the session, and what happened to whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from tui.domain.frozen import dataclass
from tui.domain.ids import NOBODY, ParticipantId, TrackSource
from tui.domain.participant import Quality, Role
from tui.domain.rights import Rights
from tui.domain.sealing import Sealing
from tui.domain.snapshot import Knock


@dataclass(frozen=True, slots=True)
class RemoteTrack:
    """One published track as the server describes it."""

    sid: str
    source: TrackSource
    muted: bool = False
    width: int = 0
    height: int = 0
    sealing: Sealing = Sealing.CLEAR
    """Where it is shut, nothing of it is handed to the receiver."""
    number: int = 0
    """See `StreamId`."""
    unknown_codec: str = ""
    """What its pictures are sent as, where nothing here decodes that: `VP9`."""


@dataclass(frozen=True, slots=True)
class RemoteParticipant:
    """One participant as the server describes it. Text in it is NOT cleaned yet."""

    id: ParticipantId
    """Never empty, unique in the session: the key of this participant everywhere."""
    name: str
    uid: str = ""
    """Whose client it is; empty while that is not known."""
    pid: str = ""
    """What the server calls this connection of theirs; another one after a reconnect."""
    avatar: str = ""
    """The address of a picture; empty while that is not known, and for nobody's."""
    role: Role = Role.NONE
    attributes: Mapping[str, str] = field(default_factory=dict)
    tracks: tuple[RemoteTrack, ...] = ()
    joined_at_ms: int = 0
    """Unix milliseconds; only seconds are exact on some servers."""
    rights: Rights = field(default_factory=Rights)
    """What the server lets them do."""
    agent: bool = False
    """A program that takes part, as the server says."""
    sealing: Sealing = Sealing.CLEAR
    """Of everything they send and write; shut where anything is."""


@dataclass(frozen=True, slots=True)
class JoinedSession:
    """What joining answers."""

    session_id: str
    started_at_ms: int
    local: RemoteParticipant
    others: tuple[RemoteParticipant, ...]
    keeps_chat: bool = True
    """The server tells whoever lost the connection what was said meanwhile."""


class DisconnectReason(StrEnum):
    """Why a transport gave up for good."""

    LEFT = "left"
    REMOVED = "removed"
    REPLACED = "replaced"
    SESSION_ENDED = "session-ended"
    SERVER_CLOSED = "server-closed"
    REFUSED = "refused"
    """Token refused when rejoining."""
    LOST = "lost"
    """Rejoining was given up after `give_up_after_s`."""


@dataclass(frozen=True, slots=True)
class ParticipantUpdated:
    """Somebody joined or changed; also ourselves."""

    participant: RemoteParticipant


@dataclass(frozen=True, slots=True)
class ParticipantLeft:
    """Somebody left."""

    id: ParticipantId


@dataclass(frozen=True, slots=True)
class SpeakersChanged:
    """Who speaks now as far as the server says, loudest first; not named: not known to speak.

    Some servers name only the loudest one.
    """

    ids: tuple[ParticipantId, ...]


@dataclass(frozen=True, slots=True)
class QualityChanged:
    """Connection quality by participant; only what changed."""

    quality: Mapping[ParticipantId, Quality]


@dataclass(frozen=True, slots=True)
class ChatReceived:
    """One whole chat message from another participant. NOT cleaned yet."""

    id: ParticipantId
    text: str
    at_ms: int
    """Unix milliseconds; 0: not said."""
    history: bool = False
    """It was said before we joined: to be shown, and nobody's news."""
    message: str = ""
    """By which it can be answered; empty where a transport has no such thing."""
    reply_to: str = ""
    """The `message` it answers; empty for most."""


@dataclass(frozen=True, slots=True)
class FileReceived:
    """A file of somebody's begins, comes on, is whole, or will not come. NOT cleaned yet."""

    id: ParticipantId
    key: str
    """Of its sender's making."""
    name: str
    size: int
    """Bytes, as its sender says; 0: not said."""
    done: int = 0
    """Bytes that came; told now and then."""
    content: bytes | None = field(default=None, repr=False)
    """All of it; None: more is to come, unless `why`."""
    why: str = ""
    """Why it will not come: a clause; empty while it may."""
    at_ms: int = 0
    """Unix milliseconds; 0: not said."""


@dataclass(frozen=True, slots=True)
class CaptionSegment:
    """Some words of a speaker, as far as they are known. NOT cleaned yet."""

    id: str
    """Of its sender's making; what comes under the same one later takes its place."""
    text: str
    final: bool
    """It changes no more."""
    language: str = ""
    program: bool = False
    """The speaker's own client has a program write it, as it says itself."""
    at_ms: int = 0
    """When it was said, by its sender's clock [Unix ms]; 0: not known."""


@dataclass(frozen=True, slots=True)
class CaptionReceived:
    """What somebody is saying, written by whoever sent it."""

    id: ParticipantId
    """Who sent it."""
    speaker: ParticipantId
    """Whose words they are, as the sender says; nobody: not said."""
    segments: tuple[CaptionSegment, ...]


@dataclass(frozen=True, slots=True)
class RowsReceived:
    """A message about a shared terminal. NOT checked yet; see `tui.wire.terminal_rows`."""

    id: ParticipantId
    message: bytes


@dataclass(frozen=True, slots=True)
class MutedByServer:
    """A moderator muted one of our tracks, and everybody was told.

    Pictures are stopped already; the source of our microphone sends on until it is silenced.
    """

    source: TrackSource
    by: ParticipantId = NOBODY
    """Which moderator; nobody where the server does not say."""


@dataclass(frozen=True, slots=True)
class OwnRoleChanged:
    """We became a moderator, or are none any more; `Transport.moderator` says so already."""

    role: Role


@dataclass(frozen=True, slots=True)
class OwnRightsChanged:
    """We may do more or less than before.

    What we may not send any more is sent no more; what we may send again is sent again, as it was
    wished, muted or not.
    """

    rights: Rights


@dataclass(frozen=True, slots=True)
class RecordingTold:
    """What the server says of recording the session; nothing is said while it is as usual."""

    recorded: bool = False
    """It is recorded, whoever does it."""
    allowed: bool = True
    """Whoever runs it lets people record it."""


@dataclass(frozen=True, slots=True)
class TranscriptTold:
    """Whether the server keeps what is said in captions. NOT cleaned yet."""

    by: str = ""
    """Name of who asked for it; empty: it keeps nothing."""


@dataclass(frozen=True, slots=True)
class Reconnecting:
    """The connection is lost; attempt `attempt` (1, 2, ...) starts in `wait_s` seconds."""

    attempt: int
    wait_s: float
    silent_s: float = 0.0
    """How long nothing had come when that was noticed."""


@dataclass(frozen=True, slots=True)
class Reconnected:
    """Media flow again, both ways. What is said of the session joined again comes after this.

    Whoever is missing in the list of others may be on the way back, too.
    """

    joined: JoinedSession
    chat_missing: bool = False
    """What was said meanwhile does not come any more."""


@dataclass(frozen=True, slots=True)
class WaitingToBeLetIn:
    """`join` takes its time: a moderator has to let us in, and was told that we wait."""

    not_begun: bool = False
    """Nobody was told: somebody has to begin the meeting first who may."""


@dataclass(frozen=True, slots=True)
class LockTold:
    """Whether the session is locked, and who knocks. NOT cleaned yet."""

    locked: bool = False
    knocks: tuple[Knock, ...] = ()


@dataclass(frozen=True, slots=True)
class MediaConnected:
    """For the first time after joining media can flow: what was `joined` is so from now on."""


@dataclass(frozen=True, slots=True)
class MediaMissing:
    """We are joined, but there is no way for media yet; told once, after five seconds."""

    why: str
    """The cause as far as it is known: a clause that follows a colon; NOT cleaned yet."""


@dataclass(frozen=True, slots=True)
class Disconnected:
    """The end; no event follows."""

    reason: DisconnectReason
    detail: str = ""
    """For the log and the error dialog; NOT cleaned yet."""


TransportEvent = (
    ParticipantUpdated
    | ParticipantLeft
    | SpeakersChanged
    | QualityChanged
    | ChatReceived
    | FileReceived
    | CaptionReceived
    | RowsReceived
    | MutedByServer
    | OwnRoleChanged
    | WaitingToBeLetIn
    | LockTold
    | OwnRightsChanged
    | MediaConnected
    | MediaMissing
    | RecordingTold
    | TranscriptTold
    | Reconnecting
    | Reconnected
    | Disconnected
)
