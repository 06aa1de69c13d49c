"""After our own reconnect: who and what is not there again yet, and is believed for a while.

The others may have lost the same server and come back some time after us, under another id, and
their uid later still. So nobody is said to have gone before they had time, and who comes without a
uid is held back while it may be one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from tui.domain.ids import NOBODY, ParticipantId
from tui.ports.transport_events import RemoteParticipant

AWAITED_S: Final = 10.0
"""How long whoever is missing after our reconnect may take to come back, before they have left."""


class Rejoin:
    """Who is missing, who may be one of them, and whose hand was up."""

    def __init__(self) -> None:
        self._missing: dict[ParticipantId, str] = {}
        """The uid of each one who is missing."""
        self._unknown: dict[ParticipantId, RemoteParticipant] = {}
        """Newcomers who are held back."""
        self._hands: set[ParticipantId] = set()
        """Whose hand was up and is not yet said to be again: clients say it after they joined."""
        self._until_s = 0.0

    def begin(
        self, missing: Mapping[ParticipantId, str], hands: Iterable[ParticipantId], now_s: float
    ) -> None:
        """We joined again: forget who was held back, as the server names them again or they left.

        Args:
            missing: The uids of those who are not there.
            hands: Who had a hand up.
            now_s: They have time from now on.
        """
        self._missing.update(missing)
        self._unknown.clear()
        self._hands = set(hands)
        self._until_s = now_s + AWAITED_S

    def holds_back(self, newcomer: RemoteParticipant) -> bool:
        """Whether somebody new may turn out to be one who is missing; kept until that is known."""
        self._unknown.pop(newcomer.id, None)
        held = not newcomer.uid and any(self._missing.values())
        if held:
            self._unknown[newcomer.id] = newcomer
        return held

    def let_in(self) -> list[RemoteParticipant]:
        """Those held back who are somebody new after all, once."""
        if any(self._missing.values()):
            return []
        held, self._unknown = list(self._unknown.values()), {}
        return held

    def recognise(self, newcomer: RemoteParticipant) -> ParticipantId:
        """The id of the missing one who came back as this newcomer; `NOBODY` when none did."""
        if not newcomer.uid:
            return NOBODY
        missing = self._missing.items()
        old = next((who for who, uid in missing if uid == newcomer.uid), NOBODY)
        if old:
            self._missing[newcomer.id] = self._missing.pop(old)
            if old in self._hands:
                self._hands.remove(old)
                self._hands.add(newcomer.id)
        return old

    def is_back(self, who: ParticipantId) -> bool:
        """Somebody is there; whether they were missing."""
        return self._missing.pop(who, None) is not None

    def keeps_hand(self, who: ParticipantId) -> bool:
        """Whether a hand that is not said to be up is believed to be."""
        return who in self._hands

    def hand_told(self, who: ParticipantId) -> None:
        """Their client said that the hand is up."""
        self._hands.discard(who)

    def forget(self, who: ParticipantId) -> None:
        """Somebody left."""
        for kept in (self._missing, self._unknown):
            kept.pop(who, None)
        self._hands.discard(who)

    def overdue(self, now_s: float) -> tuple[list[ParticipantId], list[ParticipantId]]:
        """When the wait is over [monotonic s], once: who did not come back, and whose hand is down.

        A missing one's hand goes with them.
        """
        if now_s < self._until_s:
            return [], []
        gone, hands = list(self._missing), [who for who in self._hands if who not in self._missing]
        self._missing, self._hands = {}, set()
        return gone, hands
