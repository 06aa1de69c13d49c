"""What one participant may send over data channels: size, rate, length of a text stream."""

from __future__ import annotations

from google.protobuf.message import DecodeError
from livekit.protocol import models

from tui.server.budget import Budget
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
        self._budget = Budget(limits.data_packets_per_second)
        self._text_bytes: dict[str, int] = {}
        """Bytes so far of every open text stream."""

    def admit(self, message: bytes) -> tuple[models.DataPacket, bytes]:
        """The packet, and its serialised form with the true sender.

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
        self._check_text_stream(packet)
        packet.participant_identity, packet.participant_sid = self._identity, self._sid
        if packet.HasField("user"):
            packet.user.participant_identity = self._identity
            packet.user.participant_sid = self._sid
        if not packet.destination_identities and packet.user.destination_identities:
            packet.destination_identities.extend(packet.user.destination_identities)
        stamped = packet.SerializeToString()
        self._check(exceeded("data packet", len(stamped), self._limits.message_bytes, "bytes"))
        return packet, stamped

    def _check_text_stream(self, packet: models.DataPacket) -> None:
        kind = packet.WhichOneof("value")
        if kind == "stream_header" and packet.stream_header.HasField("text_header"):
            header = packet.stream_header
            self._check_text(header.stream_id, header.total_length)
            if len(self._text_bytes) >= self._limits.open_text_streams:
                raise DataRefused(
                    f"more than {self._limits.open_text_streams} unfinished text messages"
                )
            self._text_bytes[header.stream_id] = 0
        elif kind == "stream_chunk" and packet.stream_chunk.stream_id in self._text_bytes:
            chunk = packet.stream_chunk
            total = self._text_bytes[chunk.stream_id] + len(chunk.content)
            self._check_text(chunk.stream_id, total)
            self._text_bytes[chunk.stream_id] = total
        elif kind == "stream_trailer":
            self._text_bytes.pop(packet.stream_trailer.stream_id, None)
        elif kind == "chat_message":
            self._check_text("", len(packet.chat_message.message.encode()))

    def _check_text(self, stream_id: str, size: int) -> None:
        refusal = exceeded("message", size, self._limits.chat_bytes, "bytes")
        if refusal is not None:
            self._text_bytes.pop(stream_id, None)
            raise DataRefused(refusal)

    @staticmethod
    def _check(refusal: str | None) -> None:
        if refusal is not None:
            raise DataRefused(refusal)
