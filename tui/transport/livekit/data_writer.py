"""What we say over the data channel: text streams (chat, captions) and byte streams (files).

A file must not hold up what is written while it is on its way: little of it waits in the channel
at any moment, and it goes no faster than a call beside it can bear.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from livekit.protocol import models

from tui.domain.errors import CallsError
from tui.transport.gone import ConnectionGone
from tui.transport.livekit.publisher import Publisher
from tui.transport.livekit.roster import Roster

CHAT_TOPIC: Final = "lk.chat"
CHUNK_BYTES: Final = 15_000
"""LiveKit's own limit for a data packet is 15 kiB."""
FILE_BYTES_PER_S: Final = 1_000_000
_FILE_WAITING_BYTES: Final = 64 << 10
_FILE_STALLS_S: Final = 20.0
_INTERRUPTED: Final = "interrupted"


def text_packets(
    text: str,
    topic: str,
    now_ms: int,
    attributes: Mapping[str, str] | None = None,
    *,
    stream_id: str = "",
    reply_to: str = "",
) -> Iterator[models.DataPacket]:
    """The packets of one text stream, in order."""
    stream_id = stream_id or str(uuid.uuid4())
    raw = text.encode("utf-8", "replace")
    yield models.DataPacket(
        stream_header=models.DataStream.Header(
            stream_id=stream_id,
            timestamp=now_ms,
            topic=topic,
            mime_type="text/plain",
            total_length=len(raw),
            attributes=attributes,
            text_header=models.DataStream.TextHeader(
                operation_type=models.DataStream.CREATE, reply_to_stream_id=reply_to
            ),
        )
    )
    yield from _chunks(stream_id, raw)
    yield models.DataPacket(stream_trailer=models.DataStream.Trailer(stream_id=stream_id))


def _chunks(stream_id: str, raw: bytes) -> Iterator[models.DataPacket]:
    for index, start in enumerate(range(0, len(raw), CHUNK_BYTES)):
        chunk = models.DataStream.Chunk(
            stream_id=stream_id, chunk_index=index, content=raw[start : start + CHUNK_BYTES]
        )
        yield models.DataPacket(stream_chunk=chunk)


class DataWriter:
    """Sends on one connection.

    Args:
        publisher: Has the channel.
        roster: Knows who we are.
    """

    def __init__(self, publisher: Publisher, roster: Roster) -> None:
        self._publisher = publisher
        self._roster = roster

    async def text(
        self, text: str, topic: str, said: Mapping[str, str] | None = None, reply_to: str = ""
    ) -> str:
        """A text, whole; answers by what it can be answered. Raises as `Publisher.send_packet`."""
        stream_id = str(uuid.uuid4())
        for packet in text_packets(
            text, topic, _now_ms(), said, stream_id=stream_id, reply_to=reply_to
        ):
            await self._send(packet)
        return stream_id

    async def file(
        self, name: str, mime: str, content: bytes, progress: Callable[[int], None]
    ) -> None:
        """A file, as livekit-client's `sendFile` does, on the topic of the chat.

        Args:
            name: Without folders.
            mime: Its type.
            content: All of it.
            progress: Told how many bytes went out, now and then.

        Raises:
            CallsError: As `Publisher.send_packet`.
        """
        stream_id = str(uuid.uuid4())
        header = models.DataStream.Header(
            stream_id=stream_id,
            timestamp=_now_ms(),
            topic=CHAT_TOPIC,
            mime_type=mime,
            total_length=len(content),
            byte_header=models.DataStream.ByteHeader(name=name),
        )
        await self._send(models.DataPacket(stream_header=header))
        trailer = models.DataStream.Trailer(stream_id=stream_id, reason=_INTERRUPTED)
        try:
            began_s, sent = time.monotonic(), 0
            for packet in _chunks(stream_id, content):
                await self._send(packet, waiting=_FILE_WAITING_BYTES, within_s=_FILE_STALLS_S)
                sent += len(packet.stream_chunk.content)
                progress(sent)
                early_s = sent / FILE_BYTES_PER_S - (time.monotonic() - began_s)
                await asyncio.sleep(max(0.0, early_s))
            trailer.reason = ""
        finally:
            with contextlib.suppress(CallsError, ConnectionGone):
                await self._send(models.DataPacket(stream_trailer=trailer))

    async def reply(self, packet: models.DataPacket) -> None:
        """What a program asked for; nobody misses it where it can't be sent."""
        with contextlib.suppress(CallsError, ConnectionGone):
            await self._send(packet)

    async def _send(
        self, packet: models.DataPacket, *, waiting: int = 0, within_s: float = 0.0
    ) -> None:
        local = self._roster.local
        packet.participant_identity = local.id
        await self._publisher.send_packet(packet, sid=local.pid, waiting=waiting, within_s=within_s)


def _now_ms() -> int:
    return int(time.time() * 1000)
