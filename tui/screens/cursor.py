"""The hardware cursor stands at the focus, for braille displays and screen readers (ux 3.3)."""

from __future__ import annotations

from textual.app import App
from textual.widgets import OptionList


def place_cursor(app: App[int]) -> None:
    """Put the cursor on what has the focus; in a list, on the highlighted row."""
    focused = app.screen.focused
    if focused is None:
        return
    offset = focused.content_region.offset
    if isinstance(focused, OptionList) and focused.highlighted is not None:
        offset += (0, focused.highlighted - int(focused.scroll_offset.y))
    app.cursor_position = offset
