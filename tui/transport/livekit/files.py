"""Files as LiveKit carries them: byte streams (header, chunks, trailer), put together in memory.

Whoever sends one with `sendFile` of livekit-client names the topic as they like, so every byte
stream that is not of some other known use is a file. The channel is reliable and in order: a gap
means that a server gave up on a slow line, and the file will never be whole.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from livekit.protocol import models

from tui.domain.files import COMING_MAX, FILE_MAX_BYTES, size_words
from tui.domain.ids import ParticipantId
from tui.ports.transport_events import FileReceived

TOLD_EVERY_BYTES: Final = 64 << 10
_OF_ONE_MAX: Final = 3
"""On their way at once from one sender."""
_STALE_S: Final = 60.0
_FILE_TOPICS: Final = ("lk.chat", "lk.file", "lk.files")
_NOT_FILES: Final = ("lk.", "cellcall.")
"""How topics begin that are of other use: sound of agents, shared terminals."""


@dataclass(slots=True)
class _Coming:
    header: Any
    newest_s: float
    content: bytearray = field(default_factory=bytearray)
    inflater: Any = None
    chunks: int = 0
    told: int = 0


def is_file(header: models.DataStream.Header) -> bool:
    """Whether a stream is a file that somebody sends."""
    topic = header.topic
    known = topic in _FILE_TOPICS or not topic.startswith(_NOT_FILES)
    return header.HasField("byte_header") and known


class FileReader:
    """Puts files together; bounded in size and number."""

    def __init__(self) -> None:
        self._coming: dict[tuple[ParticipantId, str], _Coming] = {}

    def has(self, sender: ParticipantId, stream_id: str) -> bool:
        """Whether this stream is a file on its way."""
        return (sender, stream_id) in self._coming

    def begin(
        self, sender: ParticipantId, header: models.DataStream.Header, now_s: float
    ) -> FileReceived | None:
        """A file begins; answers what is to be told of it."""
        for key in [k for k, one in self._coming.items() if now_s - one.newest_s > _STALE_S]:
            del self._coming[key]
        if self.has(sender, header.stream_id):
            return None
        coming = _Coming(header, now_s)
        if header.compression == models.DataStream.DEFLATE_RAW:
            coming.inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        if header.total_length > FILE_MAX_BYTES:
            return _told(sender, coming, why=_too_large(header.total_length))
        of_one = sum(1 for who, _ in self._coming if who == sender)
        if of_one >= _OF_ONE_MAX or len(self._coming) >= COMING_MAX:
            return _told(sender, coming, why="too many are on their way at once")
        self._coming[sender, header.stream_id] = coming
        if header.inline_content:
            return self._store(sender, coming, header.inline_content) or self._whole(sender, coming)
        return _told(sender, coming)

    def more(
        self, sender: ParticipantId, chunk: models.DataStream.Chunk, now_s: float
    ) -> FileReceived | None:
        """A piece of one that `has` knows."""
        coming = self._coming[sender, chunk.stream_id]
        coming.newest_s = now_s
        if chunk.chunk_index < coming.chunks:
            return None
        if chunk.chunk_index > coming.chunks:
            return self._broken(sender, coming, "a part of it was lost on the way")
        coming.chunks += 1
        if (broken := self._store(sender, coming, chunk.content)) is not None:
            return broken
        if len(coming.content) - coming.told < TOLD_EVERY_BYTES:
            return None
        coming.told = len(coming.content)
        return _told(sender, coming)

    def end(self, sender: ParticipantId, trailer: models.DataStream.Trailer) -> FileReceived | None:
        """The end of one that `has` knows."""
        coming = self._coming[sender, trailer.stream_id]
        if trailer.reason:
            return self._broken(sender, coming, "its sender gave it up")
        return self._whole(sender, coming)

    def gone(self, sender: ParticipantId) -> Iterator[FileReceived]:
        """Somebody left, and nothing more comes of theirs."""
        for who, stream_id in list(self._coming):
            if who == sender:
                yield self._broken(sender, self._coming[who, stream_id], "its sender left")

    def _store(self, sender: ParticipantId, coming: _Coming, content: bytes) -> FileReceived | None:
        """Keep a piece; answers what is to be told when it breaks the file."""
        if coming.inflater is not None:
            room = FILE_MAX_BYTES - len(coming.content) + 1
            try:
                content = coming.inflater.decompress(content, room)
            except zlib.error:
                return self._broken(sender, coming, "it came damaged")
        coming.content += content
        size, said = len(coming.content), coming.header.total_length
        if size > FILE_MAX_BYTES:
            return self._broken(sender, coming, _too_large(size))
        if said and size > said:
            return self._broken(sender, coming, "it is longer than its sender said")
        return None

    def _whole(self, sender: ParticipantId, coming: _Coming) -> FileReceived:
        size, said = len(coming.content), coming.header.total_length
        cut = coming.inflater is not None and not coming.inflater.eof
        if cut or (said and size != said):
            return self._broken(sender, coming, "a part of it is missing")
        del self._coming[sender, coming.header.stream_id]
        return _told(sender, coming, content=bytes(coming.content))

    def _broken(self, sender: ParticipantId, coming: _Coming, why: str) -> FileReceived:
        del self._coming[sender, coming.header.stream_id]
        return _told(sender, coming, why=why)


def _told(
    sender: ParticipantId, coming: _Coming, *, content: bytes | None = None, why: str = ""
) -> FileReceived:
    header = coming.header
    return FileReceived(
        sender,
        header.stream_id[:80],
        header.byte_header.name,
        header.total_length,
        done=len(coming.content),
        content=content,
        why=why,
        at_ms=header.timestamp,
    )


def _too_large(size: int) -> str:
    return f"it has {size_words(size)} or more, and {size_words(FILE_MAX_BYTES)} are allowed"
