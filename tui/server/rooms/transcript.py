"""The transcript of a session, kept by the server while a moderator asks for it.

A moderator asks by an attribute, so it ends when they leave. Everybody is told before the first
word is kept, and whoever joins later with the session's state. What is kept are final captions:
LiveKit's text streams on `lk.transcription`, and the `Transcription` packet before them. Of a
sealed session nothing is: its words can't be read here, and what is not sealed is not its own.
"""

from __future__ import annotations

import secrets
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Protocol

from livekit.protocol import models

from tui.domain.text import clean

ATTRIBUTE: Final = "cellcall.transcript"
"""Of a moderator who asks for it."""
TOPIC: Final = "lk.transcription"
PROGRAM: Final = "cellcall.program"
"""Attribute of words that the speaker's own client has a program write."""
LINES_MAX: Final = 20_000
"""Of one transcript; a day of talk."""
_WORDS_MAX: Final = 1000
_BYTES_MAX: Final = 16_000
_STREAMS_MAX: Final = 64
_DONE_MAX: Final = 256

Said = tuple[str, str, str, str, bool]
"""Sender, track and segment of some final words, the words, and whether a program wrote them."""


class TranscriptKeeper(Protocol):
    """Keeps transcripts. Calls are quick and never wait."""

    def transcript_began(self, session_id: str, number: str, uid: str, at_ms: int) -> None:
        """One begins, at the wish of `uid`; whoever has its `number` may read it."""
        ...

    def transcript_said(self, number: str, speaker: str, text: str, at_ms: int) -> None:
        """Somebody said something."""
        ...

    def transcript_ended(self, number: str, at_ms: int) -> None:
        """It is over."""
        ...


class Attendee(Protocol):
    """A participant, as far as it matters here."""

    info: models.ParticipantInfo

    @property
    def moderates(self) -> bool:
        """Whether they may ask for it."""


class Transcript:
    """See the module.

    Args:
        session_id: The session's.
        keeper: None: nothing is kept on this server.
        tell: Called when `told` has changed.
    """

    def __init__(
        self, session_id: str, keeper: TranscriptKeeper | None, tell: Callable[[], None]
    ) -> None:
        self._session_id = session_id
        self._keeper = keeper
        self._tell = tell
        self._number = ""
        self._by = ""
        self._lines = 0
        self._captions = CaptionStreams()

    @property
    def told(self) -> Mapping[str, Any]:
        """What everybody is told of it; empty while nothing is kept."""
        return {"by": self._by} if self._number else {}

    def look(self, people: Iterable[Attendee]) -> None:
        """See who asks for it, and whether it may be kept."""
        if self._keeper is None:
            return
        present = list(people)
        sealed = any(track.encryption for one in present for track in one.info.tracks)
        asking = [one for one in present if one.moderates and one.info.attributes.get(ATTRIBUTE)]
        now_ms = int(time.time() * 1000)
        if asking and not sealed and not self._number:
            who = asking[0].info
            self._by = who.name or who.identity
            self._number, self._lines = secrets.token_urlsafe(24), 0
            self._tell()
            self._keeper.transcript_began(self._session_id, self._number, who.identity, now_ms)
        elif self._number and (sealed or not asking):
            number, self._number = self._number, ""
            self._keeper.transcript_ended(number, now_ms)
            self._tell()

    def heard(
        self, sender: str, packet: models.DataPacket, speaker_of: Callable[[str, str, bool], str]
    ) -> None:
        """A packet to everybody.

        Args:
            sender: Identity.
            packet: Anything; captions are looked for.
            speaker_of: Makes a name of a sender's identity, a track, and whether a program wrote.
        """
        if not self._number or self._keeper is None:
            return
        for of, track, _, words, program in self._captions.read(sender, packet):
            text = clean(words, _WORDS_MAX)
            if text and self._lines < LINES_MAX:
                self._lines += 1
                now_ms = int(time.time() * 1000)
                self._keeper.transcript_said(
                    self._number, speaker_of(of, track, program), text, now_ms
                )


class CaptionStreams:
    """Final words out of packets; each once, also where they come in both forms."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, str], tuple[Any, bytearray]] = OrderedDict()
        self._done: OrderedDict[tuple[str, str], None] = OrderedDict()

    def read(self, sender: str, packet: models.DataPacket) -> list[Said]:
        """What became final by this packet."""
        said: list[Said] = []
        match packet.WhichOneof("value"):
            case "transcription":
                of = packet.transcription.transcribed_participant_identity or sender
                track = packet.transcription.track_id
                finals = [one for one in packet.transcription.segments[:20] if one.final]
                said = [(of, track, one.id, one.text[:_BYTES_MAX], False) for one in finals]
            case "stream_header" if packet.stream_header.topic == TOPIC:
                header = packet.stream_header
                self._open[sender, header.stream_id] = (header, bytearray(header.inline_content))
                if len(self._open) > _STREAMS_MAX:
                    self._open.popitem(last=False)
                if header.inline_content:
                    said = self._ended(sender, header.stream_id, {})
            case "stream_chunk" if (sender, packet.stream_chunk.stream_id) in self._open:
                _, content = self._open[sender, packet.stream_chunk.stream_id]
                content += packet.stream_chunk.content[: _BYTES_MAX - len(content)]
            case "stream_trailer" if (sender, packet.stream_trailer.stream_id) in self._open:
                trailer = packet.stream_trailer
                said = self._ended(sender, trailer.stream_id, trailer.attributes)
        return [one for one in said if self._is_new(one)]

    def _ended(self, sender: str, stream_id: str, trailer: Mapping[str, str]) -> list[Said]:
        header, content = self._open.pop((sender, stream_id))
        attributes = {**header.attributes, **trailer}
        if attributes.get("lk.transcription_final", "true").lower() == "false":
            return []
        raw = bytes(content)
        if header.compression == models.DataStream.DEFLATE_RAW:
            try:
                raw = zlib.decompressobj(-zlib.MAX_WBITS).decompress(raw, _BYTES_MAX)
            except zlib.error:
                return []
        track = attributes.get("lk.transcribed_track_id", "")
        segment = attributes.get("lk.segment_id") or stream_id
        program = bool(attributes.get(PROGRAM))
        return [(sender, track, segment, raw.decode("utf-8", "replace"), program)]

    def _is_new(self, said: Said) -> bool:
        key = said[2][:80], said[3]
        if key in self._done:
            return False
        self._done[key] = None
        if len(self._done) > _DONE_MAX:
            self._done.popitem(last=False)
        return True
