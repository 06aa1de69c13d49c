"""Chat and captions that somebody missed whose connection broke, kept until they are back.

A client that lost its media path is let go after seconds and joins anew; what was said meanwhile,
and what its data channel had not confirmed, would be gone without a word. Both are sent again, as
they were sent, before anything new: receivers drop a packet whose number is behind the last one.

Only these are kept, and of a sealed session whatever is sealed, which nobody here can read. Only
who was in the session then gets it: somebody whose connection broke, for two minutes. Captions
have a shelf of their own, or an hour's talk would push the messages out; and of the guesses at a
segment, each a stream by itself, the last one is enough.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from livekit.protocol import models

from tui.server.rooms.transcript import TOPIC

_TOPICS: Final = ("lk.chat", "lk-chat-topic")
"""Of text streams, and of the packets before them."""
_MESSAGES: Final = 200
_BYTES: Final = 1 << 18
_BULK_BYTES: Final = 8_192
_AWAY_S: Final = 130.0
"""Clients of ours try for two minutes to come back."""
_AWAY: Final = 64
_SEGMENT: Final = "lk.segment_id"

Key = str | bytes


@dataclass(slots=True)
class _Away:
    since: float
    keys: dict[Key, None] = field(default_factory=dict)
    """What they missed, in order."""


class _Shelf:
    """The last messages of a sort: the packets of each, oldest message first."""

    def __init__(self) -> None:
        self.messages: OrderedDict[Key, list[bytes]] = OrderedDict()
        self._bytes = 0

    def add(self, key: Key, raw: bytes) -> None:
        self.messages.setdefault(key, []).append(raw)
        self._bytes += len(raw)
        while len(self.messages) > _MESSAGES or self._bytes > _BYTES:
            self.drop(next(iter(self.messages)))

    def drop(self, key: Key) -> None:
        self._bytes -= sum(map(len, self.messages.pop(key, ())))


class Missed:
    """The last messages of one session, and who has to have which of them."""

    def __init__(self) -> None:
        self._chat, self._captions = _Shelf(), _Shelf()
        self._guesses: OrderedDict[tuple[str, str], str] = OrderedDict()
        """The newest stream of each segment of a caption: sender and segment."""
        self._away: dict[str, _Away] = {}

    def said(self, packet: models.DataPacket, raw: bytes) -> None:
        """Somebody sent a packet to everybody, `raw` on the wire."""
        found = self._place(packet, raw)
        if found is None:
            return
        shelf, key = found
        if shelf is self._captions and packet.HasField("stream_header"):
            self._guessed(packet.participant_identity, packet.stream_header)
        shelf.add(key, raw)
        for away in self._away.values():
            away.keys[key] = None

    def lost(self, identity: str, unconfirmed: Iterable[bytes], now: float) -> None:
        """A connection broke, of which these packets may not have come."""
        self._forget(now)
        while len(self._away) >= _AWAY:
            del self._away[next(iter(self._away))]
        away = self._away[identity] = _Away(now)
        for raw in unconfirmed:
            found = self._place(models.DataPacket.FromString(raw), raw)
            if found is not None and found[1] in found[0].messages:
                away.keys[found[1]] = None

    def back(self, identity: str, now: float) -> list[bytes]:
        """Somebody joined; the packets that they missed, in order."""
        self._forget(now)
        away = self._away.pop(identity, None)
        keys = () if away is None else away.keys
        kept = {**self._captions.messages, **self._chat.messages}
        return [raw for key in keys for raw in kept.get(key, ())]

    def _forget(self, now: float) -> None:
        for identity, away in list(self._away.items()):
            if now - away.since > _AWAY_S:
                del self._away[identity]

    def _place(self, packet: models.DataPacket, raw: bytes) -> tuple[_Shelf, Key] | None:
        """Where it is kept, and which message it is of; None: it is neither chat nor caption."""
        match packet.WhichOneof("value"):
            case "encrypted_packet" if len(raw) >= _BULK_BYTES:
                return None  # a piece of a file would push all the rest out
            case "chat_message" | "encrypted_packet":
                return self._chat, raw
            case "user" if packet.user.topic in _TOPICS:
                return self._chat, raw
            case "transcription" if any(one.final for one in packet.transcription.segments):
                return self._captions, raw
            case "stream_header" if packet.stream_header.HasField("byte_header"):
                return None  # a file
            case "stream_header" if packet.stream_header.topic in _TOPICS:
                return self._chat, packet.stream_header.stream_id
            case "stream_header" if packet.stream_header.topic == TOPIC:
                return self._captions, packet.stream_header.stream_id
            case "stream_chunk":
                return self._of_stream(packet.stream_chunk.stream_id)
            case "stream_trailer":
                return self._of_stream(packet.stream_trailer.stream_id)
            case _:
                return None

    def _of_stream(self, stream: str) -> tuple[_Shelf, Key] | None:
        return next(
            ((one, stream) for one in (self._chat, self._captions) if stream in one.messages), None
        )

    def _guessed(self, sender: str, header: models.DataStream.Header) -> None:
        """A better guess at a segment takes the place of the one before it."""
        segment = header.attributes.get(_SEGMENT, "")
        if not segment:
            return
        former = self._guesses.pop((sender, segment), "")
        if former != header.stream_id:
            self._captions.drop(former)
        self._guesses[sender, segment] = header.stream_id
        if len(self._guesses) > _MESSAGES:
            self._guesses.popitem(last=False)
