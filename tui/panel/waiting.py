"""What stands in the stage's place while nobody can be seen: connecting, over, leaving."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content
from textual.widgets import Static

from tui.domain.snapshot import Phase, Snapshot
from tui.panel.shown_words import elapsed_words, waiting_words


class Waiting(Static):
    """Says it, and counts the seconds.

    Args:
        label: What is being joined; empty: nothing is.
        clock: Unix milliseconds.
        still: Nothing may move by itself.
    """

    def __init__(self, label: str, clock: Callable[[], int], *, still: bool) -> None:
        super().__init__(id="waiting", markup=False)
        self._label = label
        self._clock = clock
        self._still = still
        self._phase_of = (Phase.IDLE, 0)

    def tell(self, snapshot: Snapshot) -> None:
        """Say what is waited for."""
        counted = self.elapsed(snapshot) if snapshot.phase is Phase.CONNECTING else ""
        self.update(Content(waiting_words(snapshot, self._label) + counted))

    def elapsed(self, snapshot: Snapshot) -> str:
        """How long the phase lasts; nothing where nothing may move by itself."""
        if snapshot.phase is not self._phase_of[0]:
            self._phase_of = (snapshot.phase, self._clock())
        return "" if self._still else elapsed_words((self._clock() - self._phase_of[1]) // 1000)
