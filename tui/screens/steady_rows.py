"""The accessible profile on its way to the terminal: rows that differ, and the cursor at the focus.

Screen readers of terminals speak whatever is written. Textual writes a widget again whenever it was
asked to draw it, with the same text, too. Here a row is written only when its text is another one
than the terminal has; where only looks changed, the cells that changed. Behind every update the
cursor goes to what has the focus (`tui.screens.cursor`).

`App._display` and the compositor's names are private names of Textual; a test of this module fails
when a release changes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, Final

from textual._compositor import CompositorUpdate
from textual.app import App
from textual.geometry import Offset, Size
from textual.screen import Screen
from textual.strip import Strip

from tui.screens.cursor import FocusCursor
from tui.widgets.writer_gate import writer_of

SHOW_CURSOR: Final = "\x1b[?25h"


class SteadyRows:
    """Stands before the terminal of one app, from when it is made."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._display: Callable[[Screen[Any], Any], None] = app._display
        self._cursor = FocusCursor(app)
        self._rows: list[Strip] = []
        """What the terminal shows; empty: nobody knows."""
        self._size = Size(0, 0)
        self._writer: object | None = None
        self._at = Offset(-1, -1)
        app._display = self._steady_display  # type: ignore[method-assign]

    def forget(self) -> None:
        """Write everything anew with the next update: another program has had the terminal."""
        self._rows = []

    def point(self) -> None:
        """Put the cursor where the focus is, though nothing is drawn."""
        at, driver = self._cursor.at(self._rows), self._app._driver
        if at != self._at and self._rows and driver is not None and not self._app._batch_count:
            self._at = self._app.cursor_position = at
            driver.write(_move_to(at.x, at.y))
            driver.flush()

    def _steady_display(self, screen: Screen[Any], renderable: Any) -> None:
        app = self._app
        if app._batch_count or app.is_headless or not isinstance(renderable, CompositorUpdate):
            self._display(screen, renderable)
            return
        if any(getattr(one, "surface", None) for one in screen._compositor.visible_widgets):
            # A picture, asked for: it knows itself which of its cells the terminal has.
            self.forget()
            app.cursor_position = self._at = self._cursor.at()
            self._display(screen, renderable)
            return
        writer = writer_of(app)
        if writer is not self._writer or app.size != self._size:
            self._rows = []
        rows = screen._compositor.render_strips(app.size)
        at = self._cursor.at(rows)
        update = _Rows(list(_changed(self._rows, rows)), show_cursor=not self._rows)
        written = bool(update.spans) or at != self._at
        self._rows, self._size, self._writer, self._at = rows, app.size, writer, at
        app.cursor_position = at
        self._display(screen, update if written else None)


class _Rows(CompositorUpdate):
    """Parts of rows, written where they belong."""

    def __init__(self, spans: list[tuple[int, int, Strip]], *, show_cursor: bool) -> None:
        self.spans = spans
        self._show_cursor = show_cursor

    def render_segments(self, console: Any) -> str:
        """What the terminal gets."""
        parts = [SHOW_CURSOR] if self._show_cursor else []
        for y, x, strip in self.spans:
            parts += [_move_to(x, y), strip.render(console)]
        return "".join(parts)


def _move_to(x: int, y: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H"


def _changed(before: list[Strip], now: list[Strip]) -> Iterator[tuple[int, int, Strip]]:
    """(row, column, cells) of what is another than before."""
    for y, strip in enumerate(now):
        if y >= len(before) or strip.text != before[y].text:
            yield y, 0, strip
        elif strip != before[y] and (span := _restyled(before[y], strip)) is not None:
            yield y, span[0], strip.crop(*span)


def _restyled(before: Strip, now: Strip) -> tuple[int, int] | None:
    """First cell and the cell behind the last one that look different; None: none does."""
    edges = sorted({*_edges(before), *_edges(now)})
    different = [
        (start, end)
        for start, end in pairwise(edges)
        if _style_at(before, start) != _style_at(now, start)
    ]
    return (different[0][0], different[-1][1]) if different else None


def _edges(strip: Strip) -> Iterator[int]:
    x = 0
    for segment in strip:
        yield x
        x += segment.cell_length
    yield x


def _style_at(strip: Strip, cell: int) -> object:
    x = 0
    for segment in strip:
        x += segment.cell_length
        if cell < x:
            style = segment.style
            return None if style is None else (style.color, style.bgcolor, style._attributes)
    return None
