"""Everybody's figures in one call, also of those who left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.domain.ids import ParticipantId, StreamId
from tui.domain.snapshot import Phase, User
from tui.ports.transport import ReceiveStats, Transport
from tui.session.call_devices import CallDevices
from tui.session.lifetime import Lifetime
from tui.session.roster import Roster
from tui.session.stats import participant_stats
from tui.session.streams.received import ReceivedMedia


class CallFigures:
    """Keeps the last figures of each remote participant, by id.

    Args:
        user: Whose call it is.
        roster: Who is there.
        received: What comes of them.
        media: Our devices.
        transport: Says what the network does.
        life: When it began and how it ended.
    """

    def __init__(
        self,
        user: User,
        *,
        roster: Roster,
        received: ReceivedMedia,
        media: CallDevices,
        transport: Transport,
        life: Lifetime,
    ):
        self._user = user
        self._life = life
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

    def stats(self, session_id: str) -> dict[str, Any]:
        """The JSON of `--stats`; `exit` is an `EndReason`, or `running` while the call goes on."""
        if self._life.phase is not Phase.ENDED:
            self.note()
        local = self._roster.local
        return {
            "session_id": session_id,
            "uid": local.uid if local else self._user.uid,
            "joined": self._life.joined_at_ms > 0,
            "duration_s": round(self._life.duration_s, 3),
            "exit": str(self._life.ended or "running"),
            "own_sound": self._media.own_figures(),
            "participants": dict(self.participants),
        }
