"""A transport with nobody at its other end: what is said to it is kept, what it hears is put.

Whoever derives from it says what a join finds; the rest of `tui.ports.transport.Transport` is here
once, for the kit's scripted calls and for our own tests.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId, StreamId, TrackSource
from tui.ports.transport import FrameSource, MediaReceiver, PacketSource, ReceiveStats
from tui.ports.transport_events import (
    CaptionSegment,
    Disconnected,
    DisconnectReason,
    TransportEvent,
)
from tui.transport.event_stream import EventStream

_MESSAGE_MAX_BYTES: Final = 16_000
"""What LiveKit takes."""


class TransportAlone:
    """See the module; `join` and `moderator` are missing."""

    carries_captions = True
    """They are kept."""

    def __init__(self) -> None:
        self.said: list[tuple[str, Any]] = []
        """What our side did, in order, by name: `("camera", False)`, `("chat", "Hello")`."""
        self.receiver: MediaReceiver | None = None
        self.left = False
        self._events = EventStream()

    def hear(self, event: TransportEvent) -> None:
        """What a server would say."""
        self._events.put(event)

    def events(self) -> AsyncIterator[TransportEvent]:
        """See `Transport.events`."""
        return self._events.read()

    async def publish_microphone(self, source: PacketSource, *, muted: bool) -> None:
        """Nobody listens."""
        self.said.append(("microphone", muted))

    async def publish_camera(self, source: FrameSource, *, muted: bool) -> None:
        """Nobody looks."""
        self.said.append(("camera", muted))

    async def publish_share(self, source: FrameSource) -> None:
        """Nobody looks."""
        self.said.append(("share", source.size))

    async def end_share(self) -> None:
        """See `Transport.end_share`."""
        self.said.append(("share", None))

    async def set_muted(self, source: TrackSource, *, muted: bool) -> None:
        """Nobody is told."""
        self.said.append((f"muted-{source}", muted))

    async def set_attributes(self, attributes: Mapping[str, str], *, name: str = "") -> None:
        """Nobody is told."""
        self.said.append(("attributes", dict(attributes)))
        if name:
            self.said.append(("name", name))

    async def send_chat(self, text: str, reply_to: str = "") -> str:
        """Kept, unless it is longer than LiveKit takes."""
        if (size := len(text.encode())) > _MESSAGE_MAX_BYTES:
            raise CallsError(
                ErrorCode.VALIDATION,
                f"The message has {size} bytes; at most {_MESSAGE_MAX_BYTES} can be sent.",
            )
        self.said.append(("chat", text))
        if reply_to:
            self.said.append(("answers", reply_to))
        return f"ours-{len(self.said)}"

    async def send_file(
        self, name: str, mime: str, content: bytes, progress: Callable[[int], None]
    ) -> None:
        """Kept."""
        progress(len(content))
        self.said.append(("file", (name, mime, content)))

    async def use_key(self, key: str) -> None:
        """Kept."""
        self.said.append(("key", key))

    async def send_caption(self, words: CaptionSegment, speaker: ParticipantId) -> None:
        """Kept."""
        self.said.append(("caption", (speaker, words.text)))

    async def send_rows(self, message: bytes, to: Sequence[ParticipantId] = ()) -> bool:
        """Kept."""
        self.said.append(("rows", (message, tuple(to))))
        return True

    def want_video(self, stream: StreamId, *, width: int, height: int, fps: float = 0.0) -> None:
        """Nobody is told."""
        self.said.append(("want", (stream, width, height)))

    def receive_stats(self) -> Mapping[StreamId, ReceiveStats]:
        """Nothing was lost."""
        return {}

    async def leave(self) -> None:
        """See `Transport.leave`."""
        if not self.left:
            self.left = True
            self.hear(Disconnected(DisconnectReason.LEFT))
