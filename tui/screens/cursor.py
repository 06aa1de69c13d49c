"""Where the terminal's cursor belongs: at what has the focus (spec ux 3.3, A11Y-06).

Braille displays, screen readers and magnifiers follow it. A widget of ours says itself where
(`terminal_cursor`); of Textual's own, fields have a caret and lists a highlighted row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from textual.app import App
from textual.command import CommandList
from textual.geometry import Offset
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Input, OptionList


class FocusCursor:
    """Follows the focus of one app."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._typed = ""
        self._chosen: int | None = None
        self._in_list = False

    def at(self, rows: Sequence[Strip] = ()) -> Offset:
        """Where it belongs now, in cells of the screen.

        Args:
            rows: What the screen shows; then it stands on the first letter of what is chosen.
        """
        focused = self._app.screen.focused
        if focused is None:
            return Offset(0, 0)
        if isinstance(focused, Input):
            found = self._in_palette(focused)
            if found is None:
                # Behind the text, Textual counts a cell more than it draws.
                return focused.cursor_screen_offset - Offset(int(focused.cursor_at_end), 0)
            focused = found
        own = getattr(focused, "terminal_cursor", None)
        if isinstance(own, Offset):
            return self._at_text(own, focused, rows)
        offset = focused.content_region.offset
        if isinstance(focused, OptionList) and focused.highlighted is not None:
            line = _line_of(focused, focused.highlighted)
            offset += Offset(0, line - int(focused.scroll_offset.y))
        return self._at_text(offset, focused, rows)

    def _in_palette(self, field: Input) -> Widget | None:
        """The list below the palette's field, once arrows go through it; typing goes back."""
        commands = self._app.screen.query(CommandList)
        if not commands:
            self._typed, self._chosen, self._in_list = "", None, False
            return None
        commands_list = commands.first()
        if field.value != self._typed:
            self._in_list = False
        elif commands_list.highlighted != self._chosen and self._chosen is not None:
            self._in_list = True
        self._typed, self._chosen = field.value, commands_list.highlighted
        return commands_list if self._in_list else None

    def _at_text(self, at: Offset, widget: Widget, rows: Sequence[Strip]) -> Offset:
        if not 0 <= at.y < len(rows):
            return at
        end = max(at.x + 1, widget.content_region.right)
        beyond = rows[at.y].crop(at.x, end).text
        blanks = len(beyond) - len(beyond.lstrip())
        return at + Offset(blanks, 0) if blanks < len(beyond) else at


def _line_of(options: OptionList, index: int) -> int:
    """The line in which an option begins: a long one has several."""
    lines: dict[int, int] = getattr(options, "_index_to_line", {})
    return lines.get(index, index)
