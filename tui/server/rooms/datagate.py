"""What one participant may send over data channels: size, rate, length of a text stream."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from livekit.protocol import models

from tui.domain.token_bucket import TokenBucket
from tui.server.limits import Limits, exceeded


class DataMalformed(ValueError):
    """Not a `DataPacket`."""


class DataRefused(Exception):
    """More than the limits allow; the text is for the sender."""


class DataGate:
    """Checks and stamps the packets of one participant.

    Args:
        identity: The sender's, put into every packet so that nobody can pose as another.
        sid: The sender's participant id, likewise.
        limits: What is allowed.
    """

    def __init__(self, identity: str, sid: str, limits: Limits) -> None:
        self._identity = identity
        self._sid = sid
        self._limits = limits
        self._budget = TokenBucket(limits.data_packets_per_second)
        self._streams: dict[str, int | None] = {}
        """Bytes so far of every open text stream, None for a stream of bytes; oldest first."""

    def admit(self, message: bytes) -> tuple[models.DataPacket, bytes] | None:
        """The packet, and its serialised form with the true sender.

        Returns:
            None for a part of a data stream that was refused or cut.

        Raises:
            DataMalformed: It is not a packet.
            DataRefused: It is over a limit.
        """
        self._check(exceeded("data packet", len(message), self._limits.message_bytes, "bytes"))
        if not self._budget.spend():
            raise DataRefused(
                f"more than {self._limits.data_packets_per_second} data packets a second"
            )
        try:
            packet = models.DataPacket.FromString(message)
        except DecodeError as error:
            raise DataMalformed(f"{len(message)} bytes are not a DataPacket") from error
        if not self._belongs(packet):
            return None
        packet.participant_identity, packet.participant_sid = self._identity, self._sid
        if packet.HasField("user"):
            packet.user.participant_identity = self._identity
            packet.user.participant_sid = self._sid
        if not packet.destination_identities and packet.user.destination_identities:
            packet.destination_identities.extend(packet.user.destination_identities)
        stamped = packet.SerializeToString()
        self._check(exceeded("data packet", len(stamped), self._limits.message_bytes, "bytes"))
        return packet, stamped

    def _belongs(self, packet: models.DataPacket) -> bool:
        """Whether `packet` is no part of a data stream, or of one that may go on."""
        kind = packet.WhichOneof("value")
        if kind == "stream_header":
            header = packet.stream_header
            is_text = header.HasField("text_header")
            if is_text:
                self._check(self._too_long(header.total_length))
            while len(self._streams) >= self._limits.open_streams:
                del self._streams[next(iter(self._streams))]
            self._streams[header.stream_id] = 0 if is_text else None
        elif kind == "stream_chunk":
            chunk = packet.stream_chunk
            if chunk.stream_id not in self._streams:
                return False
            so_far = self._streams[chunk.stream_id]
            if so_far is not None:
                total = so_far + len(chunk.content)
                if refusal := self._too_long(total):
                    del self._streams[chunk.stream_id]
                    raise DataRefused(refusal)
                self._streams[chunk.stream_id] = total
        elif kind == "stream_trailer":
            stream_id = packet.stream_trailer.stream_id
            known = stream_id in self._streams
            self._streams.pop(stream_id, None)
            return known
        elif kind == "chat_message":
            self._check(self._too_long(len(packet.chat_message.message.encode())))
        return True

    def _too_long(self, size: int) -> str | None:
        return exceeded("message", size, self._limits.chat_bytes, "bytes")

    @staticmethod
    def _check(refusal: str | None) -> None:
        if refusal is not None:
            raise DataRefused(refusal)
