"""Chat and captions: LiveKit's text streams (header, chunks, trailer) and older forms; files; rows.

Who calls a method of ours (RPC) is told at once that there is none. Other data packets are ignored:
a call here has no use for what they carry.
"""

from __future__ import annotations

import json
import time
import zlib
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from livekit.protocol import models

from tui.domain.ids import NOBODY, ParticipantId
from tui.ports.transport_events import CaptionReceived, ChatReceived, FileReceived, RowsReceived
from tui.transport.lasting import MESSAGE_MAX_BYTES
from tui.transport.livekit.captions import (
    CAPTION_TOPIC,
    contiguous,
    older_caption,
    segment_so_far,
    transcribed_track,
)
from tui.transport.livekit.data_writer import CHAT_TOPIC
from tui.transport.livekit.files import FileReader, is_file
from tui.transport.livekit.rows import received_rows
from tui.wire.terminal_rows import TOPIC

LEGACY_CHAT_TOPIC: Final = "lk-chat-topic"

Opened = Callable[[models.DataPacket], models.DataPacket | None]
_MAX_STREAMS: Final = 64
_MAX_SENDERS: Final = 1000
_STREAM_LIFE_S: Final = 30.0
"""How long a stream may pause: whoever writes as they think (an agent) takes their time."""
_MAX_REPLIES: Final = 16
_UNSUPPORTED_METHOD: Final = 1400
"""As LiveKit's SDKs number it (`RpcError.UNSUPPORTED_METHOD`)."""
_MAX_CHUNKS: Final = 256
"""Of one stream; empty ones cost nothing to send."""


@dataclass(slots=True)
class _Stream:
    """A stream that is not whole yet."""

    newest_s: float
    header: Any = None
    chunks: dict[int, bytes] = field(default_factory=dict)
    size: int = 0
    ended: bool = False
    cut: bool = False
    """Too long: its beginning is kept, and what still comes is not."""
    dead: bool = False
    """Done: what still comes is ignored."""
    trailer: Mapping[str, str] = field(default_factory=dict)
    """The attributes of its end."""


Heard = ChatReceived | CaptionReceived | FileReceived | RowsReceived


def _no_such_method(caller: str, request_id: str) -> models.DataPacket:
    error = models.RpcError(code=_UNSUPPORTED_METHOD, message="Method not supported at destination")
    return models.DataPacket(
        destination_identities=[caller],
        rpc_response=models.RpcResponse(request_id=request_id, error=error),
    )


class DataReader:
    """Turns received data packets into events; bounded in size, number and time.

    Args:
        owner_of: Whose a track is, by its sid.
        opened: Answers what is in each packet; None: it is sealed, or not to be shown.
    """

    def __init__(
        self,
        owner_of: Callable[[str], ParticipantId] = lambda _sid: NOBODY,
        opened: Callable[[models.DataPacket], models.DataPacket | None] = lambda packet: packet,
    ) -> None:
        self._owner_of = owner_of
        self._opened = opened
        self._streams: OrderedDict[tuple[str, str], _Stream] = OrderedDict()
        self._sequences: OrderedDict[str, int] = OrderedDict()
        self.files = FileReader()
        self.replies: deque[models.DataPacket] = deque(maxlen=_MAX_REPLIES)
        """To be sent: whoever calls a method of ours need not wait to learn that there is none."""
        self.dropped = 0
        """Packets and streams that were malformed, too long, repeated or never completed."""

    def read(self, raw: bytes, now_s: float) -> Heard | None:
        """Take one packet; answers an event when it completes one, or a caption got longer.

        Args:
            raw: A serialised `DataPacket`.
            now_s: Monotonic time.
        """
        try:
            packet = models.DataPacket.FromString(raw)
        except Exception:  # protobuf's DecodeError has another home in each implementation of it
            self.dropped += 1
            return None
        opened = None if self._repeated(packet) else self._opened(packet)
        if opened is None:
            self.dropped += 1
            return None
        packet = opened
        self._expire(now_s)
        identity = ParticipantId(packet.participant_identity)
        match packet.WhichOneof("value"):
            case "user":
                return self._user(
                    identity or ParticipantId(packet.user.participant_identity), packet.user
                )
            case "chat_message":
                return self._chat(identity, packet.chat_message)
            case "transcription":
                return older_caption(identity, packet.transcription)
            case "rpc_request":
                self.replies.append(_no_such_method(identity, packet.rpc_request.id))
                return None
            case "stream_header":
                header = packet.stream_header
                if is_file(header):
                    return self.files.begin(identity, header, now_s)
                stream = self._stream(identity, header.stream_id, now_s)
                stream.header = header
                if header.inline_content:
                    self._store(stream, 0, header.inline_content)
                    stream.ended = True
                return self._complete(identity, stream)
            case "stream_chunk":
                chunk = packet.stream_chunk
                if self.files.has(identity, chunk.stream_id):
                    return self.files.more(identity, chunk, now_s)
                stream = self._stream(identity, chunk.stream_id, now_s)
                self._store(stream, chunk.chunk_index, chunk.content)
                return self._complete(identity, stream)
            case "stream_trailer":
                if self.files.has(identity, packet.stream_trailer.stream_id):
                    return self.files.end(identity, packet.stream_trailer)
                stream = self._stream(identity, packet.stream_trailer.stream_id, now_s)
                stream.ended = True
                stream.trailer = dict(packet.stream_trailer.attributes)
                return self._complete(identity, stream)
            case _:
                return None

    def _repeated(self, packet: models.DataPacket) -> bool:
        sender, sequence = packet.participant_sid, packet.sequence
        if not sender or not sequence:
            return False
        if sequence <= self._sequences.get(sender, 0):
            return True
        self._sequences[sender] = sequence
        self._sequences.move_to_end(sender)
        if len(self._sequences) > _MAX_SENDERS:
            self._sequences.popitem(last=False)
        return False

    def _expire(self, now_s: float) -> None:
        while self._streams:
            key, stream = next(iter(self._streams.items()))
            if now_s - stream.newest_s < _STREAM_LIFE_S and len(self._streams) <= _MAX_STREAMS:
                return
            self.dropped += not stream.dead
            del self._streams[key]

    def _stream(self, identity: ParticipantId, stream_id: str, now_s: float) -> _Stream:
        key = (identity, stream_id)
        stream = self._streams.setdefault(key, _Stream(now_s))
        stream.newest_s = now_s
        self._streams.move_to_end(key)
        return stream

    def _store(self, stream: _Stream, index: int, content: bytes) -> None:
        if stream.dead or stream.cut or index in stream.chunks:
            return
        stream.cut = (
            stream.size + len(content) > MESSAGE_MAX_BYTES or len(stream.chunks) >= _MAX_CHUNKS
        )
        if stream.cut:
            self.dropped += 1
            content = content[: MESSAGE_MAX_BYTES - stream.size]
        stream.size += len(content)
        stream.chunks[index] = content

    def _complete(self, identity: ParticipantId, stream: _Stream) -> Heard | None:
        header = stream.header
        if stream.dead or header is None:
            return None
        if header.topic == CAPTION_TOPIC:
            return self._caption(identity, stream)
        total = header.total_length
        if stream.cut:
            return self._beginning(identity, stream) if stream.ended else None
        if not (stream.ended or (total and stream.size >= total)):
            return None
        if sorted(stream.chunks) != list(range(len(stream.chunks))):
            return None
        if header.compression == models.DataStream.NONE and total and stream.size < total:
            return None
        content = b"".join(stream.chunks[index] for index in range(len(stream.chunks)))
        stream.dead = True
        stream.chunks.clear()
        if header.compression == models.DataStream.DEFLATE_RAW:
            inflated = _inflate(content)
            if inflated is None:
                self.dropped += 1
                return None
            content = inflated
        if not header.HasField("text_header"):
            return None
        if header.topic == CHAT_TOPIC:
            return _chat(identity, header, content.decode("utf-8", "replace"))
        return None

    def _caption(self, sender: ParticipantId, stream: _Stream) -> CaptionReceived | None:
        """What has come of a caption so far; one that is too long is its beginning."""
        header, content = stream.header, contiguous(stream.chunks)
        deflated = header.compression == models.DataStream.DEFLATE_RAW
        if not header.HasField("text_header") or (deflated and not stream.ended):
            return None
        if deflated:
            content = _inflate(content) or b""
        total = header.total_length
        ended = stream.ended or (bool(total) and stream.size >= total and not stream.cut)
        if stream.cut:
            content = content.decode("utf-8", "ignore").encode() + "…".encode()
        if ended:
            stream.dead = True
            stream.chunks.clear()
        if not content:
            return None
        speaker = self._owner_of(transcribed_track(header.attributes))
        segment = segment_so_far(header, content, ended=ended, trailer=stream.trailer)
        return CaptionReceived(sender, speaker, (segment,))

    def _beginning(self, identity: ParticipantId, stream: _Stream) -> ChatReceived | None:
        """What there is of a message that is too long; its reader sees that it was cut."""
        header, chunks = stream.header, stream.chunks
        whole = header.compression == models.DataStream.NONE and header.HasField("text_header")
        content = b"".join(chunks[index] for index in range(len(chunks)) if index in chunks)
        stream.dead = True
        chunks.clear()
        if not whole or header.topic != CHAT_TOPIC:
            return None
        return _chat(identity, header, f"{content.decode('utf-8', 'ignore')}…")

    def _chat(self, identity: ParticipantId, message: models.ChatMessage) -> ChatReceived | None:
        if message.deleted or len(message.message.encode()) > MESSAGE_MAX_BYTES:
            self.dropped += 1
            return None
        return ChatReceived(identity, message.message, message.timestamp, message=message.id[:80])

    def _user(self, identity: ParticipantId, packet: models.UserPacket) -> Heard | None:
        if packet.topic == TOPIC:
            return received_rows(identity, packet)
        if packet.topic != LEGACY_CHAT_TOPIC:
            return None
        try:
            message = json.loads(packet.payload[:MESSAGE_MAX_BYTES])
            # A client that also sent a text stream says so here.
            if message.get("ignoreLegacy"):
                return None
            at_ms = int(message.get("timestamp") or time.time() * 1000)
            return ChatReceived(identity, str(message["message"]), at_ms)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
            self.dropped += 1
            return None


def _chat(sender: ParticipantId, header: models.DataStream.Header, text: str) -> ChatReceived:
    reply_to = header.text_header.reply_to_stream_id[:80]
    said = header.stream_id[:80]
    return ChatReceived(sender, text, header.timestamp, message=said, reply_to=reply_to)


def _inflate(content: bytes) -> bytes | None:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        text = inflater.decompress(content, MESSAGE_MAX_BYTES)
    except zlib.error:
        return None
    return None if inflater.unconsumed_tail else text
