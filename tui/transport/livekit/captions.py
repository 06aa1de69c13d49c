"""Captions as LiveKit carries them: text streams, and the older `Transcription` packet.

A stream is a guess at a segment: an agent that speaks writes word by word into one, and one that
listens sends a new stream for each better guess. Both name the segment in the stream's attributes,
and say there, or in its trailer, whether it is final (livekit/agents, `room_io`).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from livekit.protocol import models

from tui.domain.ids import ParticipantId
from tui.ports.transport_events import CaptionReceived, CaptionSegment

CAPTION_TOPIC: Final = "lk.transcription"
_SEGMENT: Final = "lk.segment_id"
_TRACK: Final = "lk.transcribed_track_id"
_FINAL: Final = "lk.transcription_final"
_LANGUAGE: Final = "lk.transcription_language"
PROGRAM: Final = "cellcall.program"
"""Says that a program wrote them down; of our own making."""
_SEGMENTS_MAX: Final = 20
"""In one packet."""
_BYTES_MAX: Final = 16_000


def said_of(words: CaptionSegment, track_sid: str | None) -> dict[str, str]:
    """Attributes of a stream with words of whoever has this track, if that is known."""
    said = {
        _SEGMENT: words.id or str(uuid.uuid4()),
        _FINAL: "true" if words.final else "false",
        _TRACK: track_sid or "",
        _LANGUAGE: words.language,
        PROGRAM: "1" if words.program else "",
    }
    return {name: value for name, value in said.items() if value}


def transcribed_track(attributes: Mapping[str, str]) -> str:
    """Whose words they are, as the sid of a track; empty when it is not said."""
    return attributes.get(_TRACK, "")


def segment_so_far(
    header: models.DataStream.Header,
    content: bytes,
    *,
    ended: bool,
    trailer: Mapping[str, str],
) -> CaptionSegment:
    """What a stream has brought.

    Args:
        header: Its header.
        content: Its text from the beginning; it may end within a character.
        ended: Whether that is all of it.
        trailer: The attributes of its end.
    """
    said = {**header.attributes, **trailer}
    return CaptionSegment(
        id=said.get(_SEGMENT) or header.stream_id,
        text=content.decode("utf-8", "replace" if ended else "ignore"),
        final=ended and said.get(_FINAL, "true").lower() != "false",
        language=said.get(_LANGUAGE, ""),
        program=bool(said.get(PROGRAM)),
        at_ms=header.timestamp,
    )


def older_caption(sender: ParticipantId, packet: models.Transcription) -> CaptionReceived | None:
    """The event of a `Transcription` packet; None when nothing is in it."""
    segments = tuple(_older(packet.segments))
    speaker = ParticipantId(packet.transcribed_participant_identity)
    return CaptionReceived(sender, speaker, segments) if segments else None


def _older(segments: Iterable[models.TranscriptionSegment]) -> Iterator[CaptionSegment]:
    for number, one in enumerate(segments):
        if number == _SEGMENTS_MAX:
            return
        yield CaptionSegment(one.id, one.text[:_BYTES_MAX], one.final, one.language)


def contiguous(chunks: Mapping[int, bytes]) -> bytes:
    """The text from its beginning to the first gap."""
    pieces: list[bytes] = []
    while len(pieces) in chunks:
        pieces.append(chunks[len(pieces)])
    return b"".join(pieces)
