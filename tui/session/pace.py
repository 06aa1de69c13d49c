"""How often somebody's changes are told: of a crowd of them, what came of it.

A hand that goes up and down a hundred times a second, or a recording that begins and ends as often,
costs its sender a few bytes and everybody else their ears and their screen. The state is always the
newest; it is told against what was told last, so nothing that lasts is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.domain.ids import ParticipantId
from tui.domain.participant import Participant
from tui.domain.token_bucket import TokenBucket

BURST: Final = 20
"""Changes of one person that are told at once."""
PER_S: Final = 2.0
"""How many more are after that."""


class Pace:
    """See the module.

    Args:
        clock_s: Monotonic time.
    """

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._may: dict[ParticipantId, TokenBucket] = {}
        """How many changes of each may be told."""
        self._told: dict[ParticipantId, Participant] = {}
        """Those of whom something is still to be told, as they were told last."""

    def told_before(self, before: Participant) -> Participant | None:
        """What somebody's newest change is to be told against; None: it is to be told later.

        Args:
            before: As they were before that change.
        """
        who = before.id
        if who not in self._may:
            self._may[who] = TokenBucket(PER_S, BURST, self._clock_s)
        if not self._may[who].spend():
            self._told.setdefault(who, before)
            return None
        return self._told.pop(who, before)

    def due(self) -> list[Participant]:
        """Whose changes may be told by now, as they were told last."""
        return [one for who, one in self._told.items() if self._may[who].left >= 1]

    def forget(self, who: ParticipantId) -> Participant | None:
        """They are gone. Answers what is still to be told against; None: nothing is."""
        self._may.pop(who, None)
        return self._told.pop(who, None)
