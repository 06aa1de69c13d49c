"""Everybody's figures in one call, also of those who left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.ports.transport import Transport
from tui.session.call_media import CallMedia
from tui.session.received import ReceivedMedia
from tui.session.roster import Roster
from tui.session.stats import participant_stats


class CallFigures:
    """Keeps the last figures of each remote participant, by uid."""

    def __init__(
        self, *, roster: Roster, received: ReceivedMedia, media: CallMedia, transport: Transport
    ):
        self._roster = roster
        self._received = received
        self._media = media
        self._transport = transport
        self.participants: dict[str, Mapping[str, Any]] = {}

    def note(self) -> None:
        """Bring the figures of everybody present up to date."""
        network = self._transport.receive_stats()
        for participant in self._roster.participants:
            if not participant.is_local:
                uid = participant.uid
                self.participants[uid] = participant_stats(
                    participant,
                    video=self._received.video.get(uid),
                    sound=self._media.figures(uid),
                    network=network,
                )
