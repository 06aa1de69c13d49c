"""The two rows below a call: its state in words, and which keys act now."""

from __future__ import annotations

from collections.abc import Callable

from textual.widget import Widget
from textual.widgets import Input

from tui.domain.snapshot import Levels, Phase, Snapshot
from tui.front.levels import meter
from tui.panel.drawing import Drawing
from tui.widgets.key_row import (
    CARD_HINTS,
    CONNECTING_HINTS,
    ELSEWHERE_HINTS,
    TYPING_HINTS,
    KeyHint,
    KeyRow,
    call_hints,
)
from tui.widgets.status_line import StatusLine, status_fields


class StatusRows:
    """Fills them.

    Args:
        clock: Unix milliseconds.
        drawing: How.
        palette_key: Whether the key row offers the command palette.
    """

    def __init__(self, clock: Callable[[], int], drawing: Drawing, *, palette_key: bool) -> None:
        self.line = StatusLine()
        self.keys = KeyRow(palette=palette_key)
        self.talk_latched = False
        """The talk key was tapped: the status line says how to stop."""
        self._clock = clock
        self._minutes_only = drawing.accessible or drawing.still
        self._own_keys = drawing.keys
        self._level: float | None = None
        self._meter = ""

    def draw(
        self, snapshot: Snapshot, page: int, pages: int, *, focused: Widget | None, covered: bool
    ) -> None:
        """Fill both rows.

        Args:
            snapshot: Of the call.
            page: Of tiles, from 1.
            pages: How many.
            focused: What has the focus in the call.
            covered: Whether a card lies over it.
        """
        self.line.fields = tuple(
            status_fields(
                snapshot,
                self._clock(),
                page=page,
                pages=pages,
                minutes_only=self._minutes_only,
                latched=self.talk_latched,
                meter=self._meter,
            )
        )
        self.keys.hints = self._hints(snapshot, pages, focused, covered=covered)

    def _hints(
        self, snapshot: Snapshot, pages: int, focused: Widget | None, *, covered: bool
    ) -> tuple[KeyHint, ...]:
        if snapshot.phase is Phase.CONNECTING:
            return CONNECTING_HINTS
        if covered:
            return CARD_HINTS
        if isinstance(focused, Input):
            return TYPING_HINTS
        if focused is None:
            return ELSEWHERE_HINTS
        return tuple(call_hints(snapshot, pages=pages, keys=self._own_keys))

    def hear(self, snapshot: Snapshot, levels: Levels) -> None:
        """Note how loud we are."""
        if snapshot.local is not None:
            self._level = levels.dbov.get(snapshot.local.id, -127.0)

    def follow_level(self) -> bool:
        """Take up how loud we are now; whether that is to be drawn."""
        before = self._meter
        if self._level is not None:
            self._meter = meter(self._level)
        return self._meter != before
