"""What has scrolled away at the top of a shared terminal, for whoever reads it later.

Only screens come, not what happened between them: rows that went up are found by what both screens
show. Where nothing is common, lines may be missing between, and a row says so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final

from tui.domain.terminal_text import MAX_COLUMNS, MAX_PAST_ROWS, TerminalScreen, plain_row

_GUESSES: Final = 24
"""More would let a screen of equal rows cost the call milliseconds each time it changes."""
MISSING: Final = "…"
"""Stands for lines that may be missing: more went by at once than a screen holds."""


class Scrollback:
    """The rows that were kept, without looks, at most `MAX_PAST_ROWS`."""

    def __init__(self) -> None:
        self._rows: deque[str] = deque(maxlen=MAX_PAST_ROWS)
        self._shown: tuple[str, ...] = ()
        self._looked: tuple[str, ...] = ()
        """The same rows with their looks."""
        self._columns = 0

    def follow(self, screen: TerminalScreen) -> None:
        """Take in what is shown now."""
        before, same_size = self._shown, screen.columns == self._columns
        # Most rows stay: reading them all anew would cost each small change as much as a screen.
        known = dict(zip(self._looked, before, strict=True))
        self._shown = tuple(known[row] if row in known else plain_row(row) for row in screen.rows)
        self._looked, self._columns = screen.rows, screen.columns
        if not before or not same_size or len(before) != len(self._shown):
            return  # it begins, or was made another size: every line is somewhere else
        gone = rows_gone(before, self._shown)
        if gone is not None:
            self._keep(before[:gone])
        elif before[-1] and self._shown[-1]:
            # Full before and after: text ran by. Else it was cleared, or is another program's.
            self._keep([*before, MISSING])

    def _keep(self, rows: Sequence[str]) -> None:
        self._rows.extend(row[:MAX_COLUMNS] for row in rows)

    def last(self, most: int) -> tuple[str, ...]:
        """The newest of the rows that were kept, in their order."""
        return tuple(self._rows)[-most:] if most > 0 else ()


def rows_gone(before: Sequence[str], now: Sequence[str]) -> int | None:
    """How many rows went up between two screens of one size; None: they have nothing in common.

    The fewest that explain at least half of what both would show; where rows are alike, only so
    many guesses are tried (`_GUESSES`).
    """
    guesses = 0
    for gone in range(len(before)):
        if guesses > _GUESSES:
            return None
        both = [(was, row) for was, row in zip(before[gone:], now, strict=False) if was or row]
        if not both:
            return gone
        # The first that is not empty decides in nearly all cases, at little cost.
        if both[0][0] == both[0][1] or gone == 0:
            guesses += 1
            same = sum(was == row for was, row in both)
            if 2 * same >= len(both):
                return gone
    return None
