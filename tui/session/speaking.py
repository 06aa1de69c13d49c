"""Who is marked as speaking: steady enough to be read, and not to flicker (spec ux 5.3, 2.3.1).

The server says who is loud now, several times a second. A mark comes after 300 ms of speech and
goes after 1.5 s of silence, so that no tile changes more than about once a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

ATTACK_S: Final = 0.3
RELEASE_S: Final = 1.5


class SpeakingMarks:
    """Turns who is loud into who is marked. Times are seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._loud: tuple[str, ...] = ()
        self._since_s: dict[str, float] = {}
        self._quiet_since_s: dict[str, float] = {}
        self._marked: list[str] = []

    def heard(self, identities: Sequence[str], now_s: float) -> None:
        """Who is loud from now on, the loudest first."""
        for uid in identities:
            if uid not in self._loud:
                self._since_s[uid] = now_s
            self._quiet_since_s.pop(uid, None)
        for uid in self._loud:
            if uid not in identities:
                self._since_s.pop(uid, None)
                self._quiet_since_s[uid] = now_s
        self._loud = tuple(identities)

    def marked(self, now_s: float) -> tuple[str, ...]:
        """Who is marked at this moment: the loud ones by loudness, then those just gone quiet."""
        due = [
            uid
            for uid in self._loud
            if uid in self._marked or now_s - self._since_s[uid] >= ATTACK_S
        ]
        lingering = [
            uid
            for uid in self._marked
            if uid not in due and now_s - self._quiet_since_s.get(uid, now_s) < RELEASE_S
        ]
        for uid in self._marked:
            if uid not in due and uid not in lingering:
                self._quiet_since_s.pop(uid, None)
        self._marked = [*due, *lingering]
        return tuple(self._marked)

    def forget(self, uid: str) -> None:
        """Somebody left."""
        self._loud = tuple(one for one in self._loud if one != uid)
        self._since_s.pop(uid, None)
        self._quiet_since_s.pop(uid, None)
        self._marked = [one for one in self._marked if one != uid]
