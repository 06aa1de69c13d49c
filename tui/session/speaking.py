"""Who is marked as speaking: steady enough to be read, and not to flicker (spec ux 5.3, 2.3.1).

The server says who is loud now, several times a second. A mark comes after 300 ms of speech and
goes after 1.5 s of silence, so that no tile changes more than about once a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.domain.ids import ParticipantId

ATTACK_S: Final = 0.3
RELEASE_S: Final = 1.5


class SpeakingMarks:
    """Turns who is loud into who is marked. Times are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._loud: tuple[ParticipantId, ...] = ()
        self._since_s: dict[ParticipantId, float] = {}
        self._quiet_since_s: dict[ParticipantId, float] = {}
        self._marked: list[ParticipantId] = []

    def heard(self, identities: Sequence[ParticipantId], now_s: float) -> None:
        """Who is loud from now on, the loudest first."""
        for who in identities:
            if who not in self._loud:
                self._since_s[who] = now_s
            self._quiet_since_s.pop(who, None)
        for who in self._loud:
            if who not in identities:
                self._since_s.pop(who, None)
                self._quiet_since_s[who] = now_s
        self._loud = tuple(identities)

    def marked(self, now_s: float) -> tuple[ParticipantId, ...]:
        """Who is marked at this moment: the loud ones by loudness, then those just gone quiet."""
        due = [
            who
            for who in self._loud
            if who in self._marked or now_s - self._since_s[who] >= ATTACK_S
        ]
        lingering = [
            who
            for who in self._marked
            if who not in due and now_s - self._quiet_since_s.get(who, now_s) < RELEASE_S
        ]
        for who in self._marked:
            if who not in due and who not in lingering:
                self._quiet_since_s.pop(who, None)
        self._marked = [*due, *lingering]
        return tuple(self._marked)

    def forget(self, who: ParticipantId) -> None:
        """Somebody left."""
        self._loud = tuple(one for one in self._loud if one != who)
        self._since_s.pop(who, None)
        self._quiet_since_s.pop(who, None)
        self._marked = [one for one in self._marked if one != who]
