"""The transport port: signalling and media of one session.

A transport joins, publishes, hands received media to a `MediaReceiver` and everything else to its
event stream. It reconnects and republishes by itself; the session hears `Reconnecting` and
`Reconnected`, or one final `Disconnected`. Implemented by `tui.transport.livekit` and
`tui.transport.jitsi` (aiortc). One contract suite asks them and two of the tests that live in their
process; what a single client sees it asks of the scripted one, too (`tui.sdk.testing`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import field
from enum import StrEnum
from typing import Protocol

from tui.domain.frozen import dataclass
from tui.domain.ids import NOBODY, ParticipantId, StreamId, TrackSource
from tui.domain.join import TransportDocument
from tui.domain.media import AudioPacket, EncodedPicture, PlanarFrame
from tui.domain.rights import Rights
from tui.domain.sealing import Sealing
from tui.domain.snapshot import Knock, Quality, Role


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


@dataclass(frozen=True, slots=True)
class CaptionSegment:
    """Some words of a speaker, as far as they are known. NOT cleaned yet."""

    id: str
    """Of its sender's making; what comes under the same one later takes its place."""
    text: str
    final: bool
    """It changes no more."""
    language: str = ""


@dataclass(frozen=True, slots=True)
class CaptionReceived:
    """What somebody is saying, written by whoever sent it."""

    id: ParticipantId
    """Who sent it."""
    speaker: ParticipantId
    """Whose words they are, as the sender says; nobody: not said."""
    segments: tuple[CaptionSegment, ...]


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
    | CaptionReceived
    | MutedByServer
    | OwnRoleChanged
    | WaitingToBeLetIn
    | LockTold
    | OwnRightsChanged
    | MediaConnected
    | MediaMissing
    | RecordingTold
    | Reconnecting
    | Reconnected
    | Disconnected
)


@dataclass(frozen=True, slots=True)
class ReceiveStats:
    """What the network did to one received track so far."""

    packets: int = 0
    packets_lost: int = 0
    jitter_ms: float = 0.0


class MediaReceiver(Protocol):
    """Takes received media. Methods return at once and never raise; any thread may call them."""

    def audio_packet(self, stream: StreamId, packet: AudioPacket) -> None:
        """One Opus packet, opened if it was sealed, in arrival order."""

    def audio_ended(self, stream: StreamId) -> None:
        """No more of this sound (left or unpublished)."""

    def video_encoded(self, stream: StreamId, picture: EncodedPicture) -> bool:
        """One whole picture, opened, about to be decoded: it follows without a gap.

        Returns:
            Whether a key picture has to be asked for.
        """

    def video_frame(self, stream: StreamId, frame: PlanarFrame) -> None:
        """One decoded picture; its planes are valid only during this call."""

    def video_refused(self, stream: StreamId) -> None:
        """Pictures came that are too large to be decoded, or whose header is broken."""

    def video_ended(self, stream: StreamId) -> None:
        """No more of these pictures (left or unpublished)."""


class PacketSource(Protocol):
    """Our encoded microphone, as the transport takes it."""

    async def next_packet(self) -> AudioPacket:
        """The next packet; waits for it. Raises `EndOfMedia` when there will be none."""

    def lost(self, fraction: float) -> None:
        """A receiver report: this share (0 to 1) of our packets since the last one is lost."""


class FrameSource(Protocol):
    """Our camera, as the transport takes it."""

    async def next_frame(self) -> PlanarFrame:
        """The next picture, at the source's own pace. Raises `EndOfMedia` at its end."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels that `next_frame` will give."""

    def encoded(self, picture: EncodedPicture) -> bool:
        """What was made of its newest picture, not sealed yet; any thread may call it.

        Returns:
            Whether the next one has to be a key picture.
        """


class EndOfMedia(Exception):
    """A source is exhausted or closed. Never shown to a person."""


class Moderator(Protocol):
    """What a moderator may do to others. Raises `CallsError`; the server decides."""

    async def mute(self, who: ParticipantId, source: TrackSource) -> None:
        """Mute a track of somebody for everybody; `VALIDATION_ERROR` when there is none."""

    async def remove(self, who: ParticipantId) -> None:
        """Take somebody out of the session, and where the server can, keep them out."""

    async def readmit(self, who: ParticipantId) -> None:
        """Let somebody taken out join again; `ERROR_NOT_SUPPORTED` where they can anyway."""

    async def lock(self, *, on: bool) -> None:
        """Let nobody new in, or everybody again; `ERROR_NOT_SUPPORTED` where that is not told."""

    async def answer(self, knock: str, *, let_in: bool) -> None:
        """Let somebody in who knocks, or turn them away."""

    async def end_for_all(self) -> None:
        """End the session for everybody."""

    async def let_all(self, source: TrackSource, *, on: bool) -> None:
        """Whether the others may turn this on by themselves; off turns it off for all of them.

        `ERROR_NOT_SUPPORTED` where the server can't.
        """

    async def let(self, who: ParticipantId, source: TrackSource) -> None:
        """Let somebody turn this on although the others may not; `ERROR_NOT_SUPPORTED`."""


class Transport(Protocol):
    """One session's signalling and media. Construct, `join` once, `leave` once."""

    @property
    def moderator(self) -> Moderator | None:
        """What we may do to others; None while we may do nothing. See `OwnRoleChanged`."""

    async def join(self, document: TransportDocument, receiver: MediaReceiver) -> JoinedSession:
        """Join and start receiving.

        Args:
            document: One of the kind that this transport joins with.
            receiver: Takes what is received.

        Raises:
            CallsError: `ERROR_CALL_TOKEN_REFUSED`, `ERROR_SESSION_FULL`,
                `ERROR_CONNECTION_FAILED`. The transport is closed then.
        """

    def events(self) -> AsyncIterator[TransportEvent]:
        """Everything in order, from when `join` begins; ends after `Disconnected`.

        One reader at a time: another goes on where one stopped.
        """

    async def publish_microphone(self, source: PacketSource, *, muted: bool) -> None:
        """Publish our microphone; republished after a reconnect.

        Works while nobody else is there and no media flow yet; it is sent when they do.
        """

    async def publish_camera(self, source: FrameSource, *, muted: bool) -> None:
        """Publish our camera; as the microphone."""

    async def publish_share(self, source: FrameSource) -> None:
        """Publish a shared screen, or what stands for one, beside the camera, until `end_share`.

        Raises:
            CallsError: `ERROR_NOT_PERMITTED`, or `ERROR_CONNECTION_FAILED` without an answer.
        """

    async def end_share(self) -> None:
        """Publish the share no longer; it is gone for the others, not muted. Idempotent."""

    async def set_muted(self, source: TrackSource, *, muted: bool) -> None:
        """Tell everybody that our track is (not) muted, and stop or start sending pictures.

        Silence is the microphone's own business: its source sends silence while muted.
        """

    async def set_attributes(self, attributes: Mapping[str, str], *, name: str = "") -> None:
        """Change our attributes, and our name unless it is empty. Kept across reconnects.

        An attribute with an empty value is removed. A server whose token does not allow it
        ignores both.
        """

    async def send_chat(self, text: str) -> None:
        """Send a chat message to everybody who is there.

        While the connection is lost it waits, for a minute at most.

        Raises:
            CallsError: `VALIDATION_ERROR` when it is longer than can be sent,
                `ERROR_CONNECTION_FAILED` when it was not sent.
        """

    async def send_caption(self, text: str, speaker: ParticipantId) -> None:
        """Send final words of somebody's (nobody: not said whose) to everybody who is there.

        Raises:
            CallsError: As `send_chat`; `ERROR_NOT_SUPPORTED` where no such thing is sent.
        """

    async def use_key(self, key: str) -> None:
        """Take up other keys in a sealed session; the last one seals from now on.

        Raises:
            CallsError: `VALIDATION_ERROR` for what is no key, `ERROR_NOT_SUPPORTED` in a session
                that is not sealed.
        """

    def want_video(self, stream: StreamId, *, width: int, height: int, fps: float = 0.0) -> None:
        """How large this picture is needed, in pixels; 0x0: not at all. Advice to the server.

        `fps`: how many a second, 0 for all. Once anything was wanted (or `NO_STREAM`),
        pictures nobody asked for are not wanted.
        """

    def receive_stats(self) -> Mapping[StreamId, ReceiveStats]:
        """What the network did to each stream received."""

    async def leave(self) -> None:
        """Say goodbye (bounded by one second) and release everything. Idempotent."""
