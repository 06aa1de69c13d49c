"""One client in a session: who it is, what it sends, and how that stands.

All text in it is already cleaned.
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from tui.domain.frozen import dataclass
from tui.domain.ids import ParticipantId, StreamId, TrackSource
from tui.domain.sealing import Sealing


class Quality(StrEnum):
    """A participant's connection, as the server sees it."""

    UNKNOWN = "unknown"
    GOOD = "good"
    WEAK = "weak"
    LOST = "lost"


class Role(StrEnum):
    """What a participant may do to others."""

    MODERATOR = "moderator"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Stream:
    """One source of a participant's sound or pictures, as it stands."""

    source: TrackSource
    number: int = 0
    """See `StreamId`."""

    off: bool = False
    """Its sender has muted or paused it."""

    frozen: bool = False
    """No picture for two seconds although it is on."""

    sealing: Sealing = Sealing.CLEAR
    """Where it is shut, it is neither decoded nor played."""

    unknown_codec: str = ""
    """What its pictures are sent as, where nothing here decodes that: `VP9`."""

    refused: bool = False
    """Its pictures are too large to be decoded, or their header is broken."""

    width: int = 0
    """Of the pictures as they are sent [pixels]; 0 while that is not known."""
    height: int = 0

    @property
    def unfit(self) -> bool:
        """Whether its pictures come, or could, and can't be shown."""
        return self.refused or bool(self.unknown_codec)

    def of(self, who: ParticipantId) -> StreamId:
        """What names it, as one of this participant."""
        return StreamId(who, self.source, self.number)


@dataclass(frozen=True, slots=True)
class Participant:
    """One client in the session. What it sends is in `streams`; the rest says who it is."""

    id: ParticipantId
    """The transport's name for this client: the key wherever something is kept of it."""

    name: str
    uid: str = ""
    """Whose client it is. May come late, and be shared by two clients of one user."""

    pid: str = ""
    """The server's id of this connection."""

    is_local: bool = False
    streams: tuple[Stream, ...] = ()
    """What it publishes, at most one of each source and number."""

    volume: int = 100
    """How loud we hear them [percent], 0 to 200."""

    hand_raised_at_ms: int = 0
    """0 when down; else Unix milliseconds, which gives the queue order."""

    speaking: bool = False
    reaction: str = ""
    """What they show just now, and when they began; see `tui.domain.reactions.shown`."""
    records: bool = False
    """This client records the session."""
    quality: Quality = Quality.UNKNOWN
    role: Role = Role.NONE
    joined_at_ms: int = 0
    avatar: str = ""
    agent: bool = False
    """A program that takes part."""
    away: bool = False
    """Nobody is before their client now, and it goes on."""
    captioner: bool = False
    """Writes captions of what the others say."""
    captioned: bool = False
    """Their own client has a program write captions of what they say."""
    sealing: Sealing = Sealing.CLEAR
    """Of everything it sends and writes; shut where anything is."""

    def stream(self, source: TrackSource, number: int = 0) -> Stream | None:
        """What it publishes of this source; None when it does not."""
        return next((s for s in self.streams if (s.source, s.number) == (source, number)), None)

    def with_stream(self, stream: Stream) -> Participant:
        """The same, with this stream in place of the one of its source and number, if any."""
        key = (stream.source, stream.number)
        others = tuple(s for s in self.streams if (s.source, s.number) != key)
        return replace(self, streams=(*others, stream))

    @property
    def has_audio(self) -> bool:
        """Publishes a microphone (it may be muted)."""
        return self.stream(TrackSource.MICROPHONE) is not None

    @property
    def audio_muted(self) -> bool:
        """The microphone is muted, or there is none."""
        microphone = self.stream(TrackSource.MICROPHONE)
        return microphone is None or microphone.off

    @property
    def has_video(self) -> bool:
        """Publishes a camera (it may be paused)."""
        return self.stream(TrackSource.CAMERA) is not None

    @property
    def video_paused(self) -> bool:
        """The camera is paused, or there is none."""
        camera = self.stream(TrackSource.CAMERA)
        return camera is None or camera.off

    @property
    def video_frozen(self) -> bool:
        """No picture of the camera for two seconds although it is on."""
        camera = self.stream(TrackSource.CAMERA)
        return camera is not None and camera.frozen

    @property
    def shares(self) -> tuple[StreamId, ...]:
        """The screens it shares."""
        return tuple(which for one in self.streams if (which := one.of(self.id)).is_share)
