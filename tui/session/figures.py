"""Everybody's figures in one call, also of those who left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.domain.ids import ParticipantId, StreamId
from tui.ports.transport import ReceiveStats, Transport
from tui.session.call_devices import CallDevices
from tui.session.roster import Roster
from tui.session.stats import participant_stats
from tui.session.streams.received import ReceivedMedia


class CallFigures:
    """Keeps the last figures of each remote participant, by id."""

    def __init__(
        self, *, roster: Roster, received: ReceivedMedia, media: CallDevices, transport: Transport
    ):
        self._roster = roster
        self._received = received
        self._media = media
        self._transport = transport
        self._network: dict[StreamId, ReceiveStats] = {}
        self.participants: dict[ParticipantId, Mapping[str, Any]] = {}

    def note_network(self) -> None:
        """Remember what the network did, as a track that has ended can't be asked any more."""
        self._network.update(self._transport.receive_stats())

    def note(self) -> None:
        """Bring the figures of everybody present up to date."""
        self.note_network()
        for participant in self._roster.participants:
            if not participant.is_local:
                who = participant.id
                self.participants[who] = participant_stats(
                    participant,
                    video=self._received.video,
                    sound=self._received.sound_figures,
                    network=self._network,
                )

    def document(self) -> dict[str, Any]:
        """What was noted of everybody, and how our own sound went."""
        return {
            "own_sound": self._media.own_figures(),
            "participants": dict(self.participants),
        }
