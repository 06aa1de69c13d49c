"""The transport port: signalling and media of one session.

A transport joins, publishes, hands received media to a `MediaReceiver` and everything else to its
event stream. It reconnects and republishes by itself; the session hears `Reconnecting` and
`Reconnected`, or one final `Disconnected`. Implemented by `tui.transport.livekit` and
`tui.transport.jitsi` (aiortc). One contract suite asks them and two of the tests that live in their
process; what a single client sees it asks of the scripted one, too (`tui.sdk.testing`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

from tui.domain.frozen import dataclass
from tui.domain.ids import ParticipantId, StreamId, TrackSource
from tui.domain.join import TransportDocument
from tui.domain.media import AudioPacket, EncodedPicture, PlanarFrame
from tui.ports.transport_events import CaptionSegment, JoinedSession, TransportEvent


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

    async def send_chat(self, text: str, reply_to: str = "") -> str:
        """Send a chat message to everybody who is there.

        While the connection is lost it waits, for a minute at most.

        Args:
            text: The message.
            reply_to: `ChatReceived.message`, or what this answered before, of what it answers.

        Returns:
            By what others can answer it; empty where they can't.

        Raises:
            CallsError: `VALIDATION_ERROR` when it is longer than can be sent,
                `ERROR_CONNECTION_FAILED` when it was not sent.
        """

    @property
    def carries_captions(self) -> bool:
        """Whether `send_caption` sends them."""

    async def send_caption(self, words: CaptionSegment, speaker: ParticipantId) -> None:
        """Send words of somebody's (nobody: not said whose) to everybody who is there.

        Words that are not final are left out while the connection is lost.

        Raises:
            CallsError: As `send_chat`; `ERROR_NOT_SUPPORTED` where no such thing is sent.
        """

    async def send_rows(self, message: bytes, to: Sequence[ParticipantId] = ()) -> bool:
        """Send a message about a shared terminal (`tui.wire.terminal_rows`), in order.

        Args:
            message: At most `MAX_UPDATE_BYTES`.
            to: These participants alone; empty: everybody.

        Returns:
            Whether it went out; there may be no connection just now.

        Raises:
            CallsError: `ERROR_NOT_SUPPORTED` where a call carries no such thing.
        """

    async def send_file(
        self, name: str, mime: str, content: bytes, progress: Callable[[int], None]
    ) -> None:
        """Send a file to everybody who is there; done when all of it went out.

        Args:
            name: Without folders.
            mime: Its type, as in RFC 2046.
            content: All of it.
            progress: Told how many bytes went out, now and then.

        Raises:
            CallsError: `ERROR_CONNECTION_FAILED` when not all of it went out,
                `ERROR_NOT_SUPPORTED` where files are not sent.
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
