"""Chat that somebody missed whose connection broke, kept until they are back.

A client that lost its media path is let go after seconds and joins anew; what was said meanwhile,
and what its data channel had not confirmed, would be gone without a word. Both are sent again, as
they were sent, before anything new: receivers drop a packet whose number is behind the last one.

Only chat is kept, and of a sealed session whatever is sealed, which nobody here can read. Only who
was in the session then gets it: somebody whose connection broke, for two minutes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from livekit.protocol import models

_TOPICS: Final = ("lk.chat", "lk-chat-topic")
"""Of text streams, and of the packets before them."""
_MESSAGES: Final = 200
_BYTES: Final = 1 << 18
_BULK_BYTES: Final = 8_192
_AWAY_S: Final = 130.0
"""Clients of ours try for two minutes to come back."""
_AWAY: Final = 64

Key = str | bytes


@dataclass(slots=True)
class _Away:
    since: float
    keys: dict[Key, None] = field(default_factory=dict)
    """What they missed, in order."""


class Missed:
    """The last messages of one session, and who has to have which of them."""

    def __init__(self) -> None:
        self._messages: OrderedDict[Key, list[bytes]] = OrderedDict()
        """The packets of each, oldest message first."""
        self._bytes = 0
        self._away: dict[str, _Away] = {}

    def said(self, packet: models.DataPacket, raw: bytes) -> None:
        """Somebody sent a packet to everybody, `raw` on the wire."""
        key = self._key(packet, raw)
        if key is None:
            return
        self._messages.setdefault(key, []).append(raw)
        self._bytes += len(raw)
        while len(self._messages) > _MESSAGES or self._bytes > _BYTES:
            _, dropped = self._messages.popitem(last=False)
            self._bytes -= sum(map(len, dropped))
        for away in self._away.values():
            away.keys[key] = None

    def lost(self, identity: str, unconfirmed: Iterable[bytes], now: float) -> None:
        """A connection broke, of which these packets may not have come."""
        self._forget(now)
        while len(self._away) >= _AWAY:
            del self._away[next(iter(self._away))]
        away = self._away[identity] = _Away(now)
        for raw in unconfirmed:
            key = self._key(models.DataPacket.FromString(raw), raw)
            if key in self._messages and key is not None:
                away.keys[key] = None

    def back(self, identity: str, now: float) -> list[bytes]:
        """Somebody joined; the packets that they missed, in order."""
        self._forget(now)
        away = self._away.pop(identity, None)
        keys = () if away is None else away.keys
        return [raw for key in keys for raw in self._messages.get(key, ())]

    def _forget(self, now: float) -> None:
        for identity, away in list(self._away.items()):
            if now - away.since > _AWAY_S:
                del self._away[identity]

    def _key(self, packet: models.DataPacket, raw: bytes) -> Key | None:
        """Which message it is of; None: it is no chat."""
        match packet.WhichOneof("value"):
            case "encrypted_packet" if len(raw) >= _BULK_BYTES:
                return None  # a piece of a file would push all the rest out
            case "chat_message" | "encrypted_packet":
                return raw
            case "user" if packet.user.topic in _TOPICS:
                return raw
            case "stream_header" if packet.stream_header.HasField("byte_header"):
                return None  # a file
            case "stream_header" if packet.stream_header.topic in _TOPICS:
                return packet.stream_header.stream_id
            case "stream_chunk" if packet.stream_chunk.stream_id in self._messages:
                return packet.stream_chunk.stream_id
            case "stream_trailer" if packet.stream_trailer.stream_id in self._messages:
                return packet.stream_trailer.stream_id
        return None
