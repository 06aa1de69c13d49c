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
        self._left: dict[ParticipantId, tuple[float, float]] = {}
        """Of each, how many may be told, and when that was."""
        self._told: dict[ParticipantId, Participant] = {}
        """Those of whom something is still to be told, as they were told last."""

    def told_before(self, before: Participant) -> Participant | None:
        """What somebody's newest change is to be told against; None: it is to be told later.

        Args:
            before: As they were before that change.
        """
        now_s, who = self._clock_s(), before.id
        left = self._left_of(who, now_s)
        self._left[who] = (left - (left >= 1), now_s)
        if left < 1:
            self._told.setdefault(who, before)
            return None
        return self._told.pop(who, before)

    def due(self) -> list[Participant]:
        """Whose changes may be told by now, as they were told last."""
        now_s = self._clock_s()
        return [one for who, one in self._told.items() if self._left_of(who, now_s) >= 1]

    def forget(self, who: ParticipantId) -> Participant | None:
        """They are gone. Answers what is still to be told against; None: nothing is."""
        self._left.pop(who, None)
        return self._told.pop(who, None)

    def _left_of(self, who: ParticipantId, now_s: float) -> float:
        left, at_s = self._left.get(who, (float(BURST), now_s))
        return min(float(BURST), left + (now_s - at_s) * PER_S)
