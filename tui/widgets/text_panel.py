"""Panels of text beside the stage: a scrolling log that keeps its place unless it is at its end."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static


class LogView(VerticalScroll, can_focus=True):
    """Wrapped lines; new ones pull the view along only when it showed the last one."""

    DEFAULT_CSS = """
    LogView { height: 1fr; }
    LogView > Static { height: auto; }
    """

    def __init__(self, empty: str) -> None:
        super().__init__()
        self._empty = empty
        self._body = Static(Content(empty), markup=False)
        self.plain = empty

    def compose(self) -> ComposeResult:
        """One text."""
        yield self._body

    def show_lines(self, lines: Sequence[Content], *, follow: bool = True) -> None:
        """Replace the text. Each line is drawn as it is: markup in it means nothing."""
        at_end = follow and self.max_scroll_y - self.scroll_y < 2
        body = Content("\n").join(lines) if lines else Content.styled(self._empty, "$text-muted")
        self.plain = body.plain
        self._body.update(body)
        if at_end:
            self.call_after_refresh(self.scroll_end, animate=False)


class Panel(Vertical):
    """A titled panel of the dock."""

    DEFAULT_CSS = """
    Panel { height: 1fr; }
    Panel > .panel-title { height: 1; }
    """

    def __init__(self, title: str, *, id: str) -> None:
        super().__init__(id=id)
        self.title_line = Static(Content(title), classes="panel-title", markup=False)

    def compose(self) -> ComposeResult:
        """The title; subclasses add the rest."""
        yield self.title_line

    def focus_first(self) -> None:
        """Where typing goes when the panel opens."""
        for widget in self.query("*"):
            if widget.focusable:
                widget.focus()
                return


class TextPanel(Panel):
    """A panel that only shows lines.

    Args:
        title: First row.
        empty: In place of no lines.
        id: Its name on the call screen.
        opens_at_end: A log, whose newest line is the one to see first.
    """

    def __init__(self, title: str, empty: str, *, id: str, opens_at_end: bool = False) -> None:
        super().__init__(title, id=id)
        self.log_view = LogView(empty)
        self._opens_at_end = opens_at_end

    def compose(self) -> ComposeResult:
        """Title and text."""
        yield from super().compose()
        yield self.log_view

    def focus_first(self) -> None:
        """The text, so that arrows scroll it."""
        self.log_view.focus()
        if self._opens_at_end:
            self.call_after_refresh(self.log_view.scroll_end, animate=False)
