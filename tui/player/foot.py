"""The line under the picture: where we are, and the keys or the figures.

Figures are read by people and sent over slow links, so they change a few times a second and no
more; between two changes the line is the one before.
"""

from __future__ import annotations

from typing import Final

from tui.domain.look import Look
from tui.domain.text import clean
from tui.player.figures import Figures
from tui.player.timeline import Timeline
from tui.ports.clips import Clip

HINT_S: Final = 4.0
"""The keys go away after this, unless it is paused [s]."""
FIGURES_S: Final = 0.25
"""Figures change this often [s]."""


class StatusLine:
    """What the line says now.

    Args:
        clip: What is played.
        timeline: Where it is.
        figures: Of the playing.
        show_figures: Figures instead of keys, from the start.
    """

    def __init__(
        self, clip: Clip, timeline: Timeline, figures: Figures, *, show_figures: bool
    ) -> None:
        self._clip = clip
        self._timeline = timeline
        self._figures = figures
        self._show_figures = show_figures
        self._hint_until_s = 0.0
        self._next_figures_s = 0.0
        self.shown = ""
        """The line that is on the screen."""

    def hint(self, now_s: float) -> None:
        """Somebody pressed a key, or is new here: show the keys for a while."""
        self._hint_until_s = now_s + HINT_S
        self._next_figures_s = 0.0

    def toggle_figures(self) -> None:
        """Figures or keys."""
        self._show_figures = not self._show_figures

    def forget(self) -> None:
        """The screen was cleared."""
        self.shown = ""
        self._next_figures_s = 0.0

    def text(self, look: Look, now_s: float, *, delay_s: float, columns: int) -> str:
        """What it should say now, at most `columns` wide when it is keys."""
        if self._show_figures:
            if now_s < self._next_figures_s:
                return self.shown
            self._next_figures_s = now_s + FIGURES_S
            return f"{self._where(now_s)}  {self._figures.line(look, now_s, delay_s)}"
        if now_s >= self._hint_until_s and not self._timeline.paused:
            return ""
        where = self._where(now_s)
        return hint_line(where, str(look.glyphs), str(look.depth), columns, self._clip.still)

    def _where(self, now_s: float) -> str:
        label = clean(self._clip.label, 24)
        if self._clip.still:
            return label
        words = f"{label}  {_clock(self._timeline.position_s(now_s))}"
        if self._clip.duration_s > 0:
            words += f"/{_clock(self._clip.duration_s)}"
        return words + ("  paused" if self._timeline.paused else "")


def hint_line(where: str, glyphs: str, depth: str, columns: int, still: bool) -> str:
    """The keys, as many as fit; the most needed are left out last."""
    ranked = [
        (0, where),
        (1, "q quit"),
        (2, f"g {glyphs}"),
        (3, f"c {depth}"),
        *([] if still else [(4, "space pause"), (5, "arrows seek"), (7, ". step")]),
        (6, "s figures"),
    ]
    words: list[tuple[int, str]] = []
    for rank, word in sorted(ranked):
        if sum(len(one) + 2 for _, one in words) + len(word) < columns:
            words.append((rank, word))
    order = (0, 4, 5, 7, 2, 3, 6, 1)
    return "  ".join(word for _, word in sorted(words, key=lambda one: order.index(one[0])))


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
