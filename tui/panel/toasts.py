"""Which toasts are on the screen: few at once, and one that matters outlasts small talk."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from textual.notifications import SeverityLevel

from tui.bridge import toast_seconds
from tui.domain.text import clean

_ERROR_S: Final = 20.0
_AT_ONCE: Final = 8
_THEN_EVERY_S: Final = 0.5
"""Whoever sends a crowd of messages makes toasts faster than anybody reads, and each costs the
screen some milliseconds: after so many at once they come together, this often."""
_COLUMNS: Final = 36
_ROWS_FOR_THREE: Final = 24
_SHORT: Final = 120
_LONG: Final = 320


def characters_on(rows: int) -> int:
    """How long a text may be; it is seldom cut, for the end of an error says what to do."""
    return min(_LONG, max(_SHORT, rows // 3 * _COLUMNS))


def most_on(rows: int) -> int:
    """How many toasts a screen of so many rows has room for."""
    return 3 if rows >= _ROWS_FOR_THREE else 2


@dataclass(frozen=True, slots=True)
class ToastText:
    """One toast."""

    text: str
    severity: SeverityLevel
    until_s: float
    """On a monotonic clock."""


@dataclass(slots=True)
class Toasts:
    """Toasts that are to be seen, oldest first.

    Where there are too many, the oldest of those that only inform goes first. Several may come at
    once, on joining above all.
    """

    wanted: list[ToastText] = field(default_factory=list)
    _shown: list[ToastText] = field(default_factory=list)

    def add(self, text: str, severity: SeverityLevel, now_s: float) -> None:
        """Show one more from now on."""
        seconds = _ERROR_S if severity == "error" else toast_seconds(text)
        self.wanted.append(ToastText(text, severity, now_s + seconds))

    def due(self, most: int, now_s: float) -> tuple[bool, list[ToastText]]:
        """Say whether to clear the screen first, and what then to put there.

        Args:
            most: How many may be there.
            now_s: On the clock of `add`.
        """
        self.wanted = [one for one in self.wanted if one.until_s > now_s]
        while len(self.wanted) > most:
            small = (one for one in self.wanted if one.severity == "information")
            self.wanted.remove(next(small, self.wanted[0]))
        shown = [one for one in self._shown if one.until_s > now_s]
        stay = all(one in self.wanted for one in shown)
        fresh = [one for one in self.wanted if not stay or one not in shown]
        self._shown = list(self.wanted)
        return not stay, fresh


class ToastShelf:
    """Keeps toasts, and puts them up where there is room.

    Args:
        rows: How high the place is [cells].
        later: Calls something a moment later, when those put up before are seen.
        after: Calls something after so many seconds.
        put: Shows toasts, given the time on a monotonic clock.
        clear: Takes all down.
    """

    def __init__(
        self,
        rows: Callable[[], int],
        later: Callable[[Callable[[], None]], object],
        after: Callable[[float, Callable[[], None]], object],
        put: Callable[[Sequence[ToastText], float], object],
        clear: Callable[[], object],
    ) -> None:
        self._rows = rows
        self._later = later
        self._after = after
        self._put = put
        self._clear = clear
        self._toasts = Toasts()
        self._at_once, self._filled_s = float(_AT_ONCE), time.monotonic()
        self._waits = False

    def add(self, text: str, severity: SeverityLevel) -> None:
        """Show one more from now on."""
        now_s = time.monotonic()
        self._toasts.add(clean(text, characters_on(self._rows())), severity, now_s)
        if self._waits:
            return
        filled = self._at_once + (now_s - self._filled_s) / _THEN_EVERY_S
        self._at_once, self._filled_s = min(float(_AT_ONCE), filled), now_s
        if self._at_once >= 1:
            self._at_once -= 1
            self._later(self._show)
        else:
            self._waits = True
            self._after(_THEN_EVERY_S, self._show)

    def _show(self) -> None:
        self._waits = False
        now_s = time.monotonic()
        clear, fresh = self._toasts.due(most_on(self._rows()), now_s)
        if clear:
            self._clear()
        self._put(fresh, now_s)
