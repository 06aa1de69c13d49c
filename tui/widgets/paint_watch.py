"""Brackets every write of the app, so that tiles know exactly which cells the terminal has.

Any widget, dialog or toast may draw over a tile, and Textual tells nobody. But all of it passes
`App._display`, one update at a time, rendered and written in the same call. This module wraps that
one method (on the instance, once) and after each write tells every tile which of its cells the
update covered; what the tile did not write itself, somebody else drew. A full update means
that the terminal itself is in doubt (start, resize, resume, another screen): everything is sent.

The compositor's names used here are private; `tests/stage` fails when a release changes them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from time import monotonic
from typing import Any, Final

from textual._ansi_sequences import SYNC_END, SYNC_START
from textual._compositor import ChopsUpdate
from textual.app import App
from textual.geometry import Region, Size
from textual.screen import Screen
from textual.widget import Widget

from tui.widgets.shown_text import ShownText, Unshown, knows
from tui.widgets.tile_strip import CellSurface
from tui.widgets.writer_gate import ask_terminal, writer_of

_NEXT_UPDATE: Final = SYNC_END + SYNC_START
"""The terminal shows what came before at once, and what follows when all of it is there."""


class PaintWatch:
    """The bracket of one app; get it with `watch_paints`."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._display = app._display
        self._text = ShownText()
        self._places: dict[Widget, Region | None] = {}
        self._writer: object | None = None
        self._size = Size(0, 0)
        app._display = self._watched_display  # type: ignore[method-assign]

    def add(self, widget: Widget) -> None:
        """Watch a widget whose `surface`, when it has one, is a picture in its first rows."""
        self._places[widget] = None

    def remove(self, widget: Widget) -> None:
        """Watch it no longer."""
        self._places.pop(widget, None)

    def forget(self) -> None:
        """Write all text anew, whatever the terminal shows; a full update does so for pictures."""
        self._text.forget()

    def _watched_display(self, screen: Screen[Any], renderable: Any) -> None:
        if renderable is None or self._app._batch_count:
            # Nothing is written, though the compositor counts these cells as drawn.
            self._display(screen, renderable)
            return
        surfaces = self._begin(screen, full=not isinstance(renderable, ChopsUpdate))
        update: Any = None
        if knows(renderable):
            partial = isinstance(renderable, ChopsUpdate) and self._app._sync_available
            update = Unshown(self._text, renderable, _NEXT_UPDATE if partial else "")
        written = False
        try:
            self._display(screen, renderable if update is None else update)
            written = True
        finally:
            if update is None or not update.is_rendered or not written:
                self._text.forget()
            for surface, region in surfaces:
                if not written:
                    surface.abandon_paint()
                elif isinstance(renderable, ChopsUpdate) and region is not None:
                    surface.end_paint(_touched(renderable, region, surface))
                else:
                    surface.end_paint((row, 0, surface.columns) for row in range(surface.rows))
            ask_terminal(self._app, monotonic())

    def _begin(self, screen: Screen[Any], *, full: bool) -> list[tuple[CellSurface, Region | None]]:
        writer, size = writer_of(self._app), self._app.size
        # After a suspend another program has had the terminal; a resize rearranges its cells.
        rearranged = writer is not self._writer or size != self._size
        doubt = full or rearranged
        if rearranged:
            self._text.forget()
        self._writer, self._size = writer, size
        places = screen._compositor.visible_widgets
        surfaces: list[tuple[CellSurface, Region | None]] = []
        for widget, last in self._places.items():
            surface = getattr(widget, "surface", None)
            if not isinstance(surface, CellSurface):
                continue
            region = places[widget][0] if widget in places else None
            if doubt or region is None or region != last:
                surface.forget()
            self._places[widget] = region
            surface.begin_paint()
            surfaces.append((surface, region))
        return surfaces


def _touched(
    update: ChopsUpdate, region: Region, surface: CellSurface
) -> Iterator[tuple[int, int, int]]:
    """(row, start, end) of the surface's cells inside the update's spans."""
    for y, x1, x2 in update.spans:
        row = y - region.y
        if 0 <= row < surface.rows and x1 < region.right and x2 > region.x:
            # A span that begins inside a strip is written from where the strip begins.
            cuts = list(update.chops[y])
            start = cuts[max(0, bisect_right(cuts, x1) - 1)]
            yield row, start - region.x, x2 - region.x


def watch_paints(app: App[Any]) -> PaintWatch:
    """The app's bracket, put in place at the first call; it lives as long as the app."""
    watch = getattr(app._display, "__self__", None)
    return watch if isinstance(watch, PaintWatch) else PaintWatch(app)
