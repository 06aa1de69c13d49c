"""Panels of text beside the stage: logs that are read line by line, and keep their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Offset, Region
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static


class _Body(Widget):
    """The lines as one text, put together when it is drawn: not at each new line, nor unseen.

    Args:
        made: Gives the text.
    """

    DEFAULT_CSS = "_Body { width: auto; height: auto; }"

    def __init__(self, made: Callable[[], Content]) -> None:
        super().__init__()
        self._made = made

    def render(self) -> Content:
        """The text as it is now."""
        return self._made()


class LogView(VerticalScroll, can_focus=True):
    """Wrapped lines and a line cursor: arrows go from line to line, Enter copies one.

    New lines pull the view along only when it showed the last one. The trap is a crowd of lines:
    each of them may cost no more than itself, however many there are.

    Args:
        empty: In place of no lines.
        opens_at_end: A log, whose newest line is the one to read first.
        marked: The line is marked from the start: this has the focus as long as it is there.
    """

    DEFAULT_CSS = """
    LogView { height: 1fr; }
    LogView > _Body { width: 1fr; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "line(-1)", show=False),
        Binding("down", "line(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "line(-100000)", show=False),
        Binding("end", "line(100000)", show=False),
        Binding("enter", "copy", show=False),
    ]

    class Copied(Message):
        """A line is in the clipboard."""

    def __init__(self, empty: str, *, opens_at_end: bool = True, marked: bool = False) -> None:
        super().__init__()
        self._lines: tuple[Content, ...] = (Content.styled(empty, "$text-muted"),)
        self._empty = self._lines
        self._opens_at_end = opens_at_end
        self._marked = marked
        self._at = 0
        self._body = _Body(self._text)

    def compose(self) -> ComposeResult:
        """One text."""
        yield self._body

    def show_lines(self, lines: Sequence[Content], *, follow: bool = True) -> None:
        """Replace the text. Each line is drawn as it is: markup in it means nothing."""
        at_end = follow and self.max_scroll_y - self.scroll_y < 2
        last = self._at >= len(self._lines) - 1
        self._lines = tuple(lines) or self._empty
        if follow and last and (self._opens_at_end or len(self._lines) == 1):
            self._at = len(self._lines) - 1
        self._at = min(self._at, len(self._lines) - 1)
        self._draw()
        if at_end:
            self.call_after_refresh(self.scroll_end, animate=False)

    @property
    def plain(self) -> str:
        """All of it, without looks."""
        return "\n".join(line.plain for line in self._lines)

    @property
    def line(self) -> str:
        """What the line cursor is on."""
        return self._lines[self._at].plain

    @property
    def at(self) -> int:
        """Number of that line, from 0."""
        return self._at

    def go_to_start(self) -> None:
        """Read from where it begins: the newest line of a log, else the first."""
        self._at = len(self._lines) - 1 if self._opens_at_end else 0
        if self._opens_at_end:
            self.call_after_refresh(self.scroll_end, animate=False)
        self._draw()

    @property
    def terminal_cursor(self) -> Offset:
        """Where the terminal's cursor belongs: at the beginning of the line it is on."""
        return self._body.region.offset + Offset(0, self._row_of(self._at))

    def _row_of(self, line: int) -> int:
        width = max(1, self._body.content_size.width)
        return sum(one.get_height({}, width) for one in self._lines[:line])

    def _text(self) -> Content:
        shown = list(self._lines)
        if self.has_focus or self._marked:
            shown[self._at] = shown[self._at].stylize("bold reverse")
        return Content("\n").join(shown)

    def _draw(self) -> None:
        self._body.refresh(layout=True)

    def action_line(self, by: int) -> None:
        """Go so many lines on, and stop at the first and the last."""
        self._at = max(0, min(self._at + by, len(self._lines) - 1))
        self._draw()
        self._keep_in_view()

    def action_page(self, by: int) -> None:
        """Go as many lines on as there are rows."""
        self.action_line(by * max(1, self.size.height - 1))

    def _keep_in_view(self) -> None:
        first, after = self._row_of(self._at), self._row_of(self._at + 1)
        room = Region(0, first, max(1, self.size.width), min(after - first, self.size.height))
        self.scroll_to_region(room, animate=False, force=True)

    def action_copy(self) -> None:
        """Put the line into the clipboard."""
        self.app.copy_to_clipboard(self.line)
        self.post_message(self.Copied())

    def watch_has_focus(self, has_focus: bool) -> None:
        """Show which line it is; in `on_focus` the widget does not have the focus yet."""
        super().watch_has_focus(has_focus)
        self._draw()


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
        self.log_view = LogView(empty, opens_at_end=opens_at_end)

    def compose(self) -> ComposeResult:
        """Title and text."""
        yield from super().compose()
        yield self.log_view

    def focus_first(self) -> None:
        """The text, so that arrows go through it."""
        self.log_view.focus()
        self.log_view.go_to_start()
