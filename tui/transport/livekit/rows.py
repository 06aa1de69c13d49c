"""Messages about a shared terminal as LiveKit's data packets, on a topic of their own."""

from __future__ import annotations

from collections.abc import Sequence

from livekit.protocol import models

from tui.domain.ids import ParticipantId
from tui.ports.transport_events import RowsReceived
from tui.wire.terminal_rows import MAX_UPDATE_BYTES, TOPIC


def rows_packet(message: bytes, to: Sequence[ParticipantId]) -> models.DataPacket:
    """A reliable packet to these participants, or to everybody."""
    return models.DataPacket(
        kind=models.DataPacket.RELIABLE,
        destination_identities=to,
        user=models.UserPacket(topic=TOPIC, payload=message),
    )


def received_rows(sender: ParticipantId, packet: models.UserPacket) -> RowsReceived | None:
    """The message in a packet of that topic; None: it is longer than any."""
    if len(packet.payload) > MAX_UPDATE_BYTES:
        return None
    return RowsReceived(sender, packet.payload)
