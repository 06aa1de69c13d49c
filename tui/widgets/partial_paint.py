"""Render what an update shows, and nothing else.

For a picture in one tile Textual renders every widget of the screen, whole, and keeps the rows that
changed. Here a widget that the update does not touch is left alone, and of the others the rows of
the update are rendered. Columns stay whole: the compositor divides strips where widgets begin.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import MethodType
from typing import Any

from textual._compositor import Compositor
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip


def paint_in_part(screen: Screen[Any]) -> None:
    """Have updates of this screen render no more than they show."""
    compositor = screen._compositor
    compositor._get_renders = MethodType(_renders, compositor)  # type: ignore[method-assign]


def _renders(
    compositor: Compositor, crop: Region | None = None
) -> Iterable[tuple[Region, Region, list[Strip]]]:
    for widget, (region, clip) in compositor.visible_widgets.items():
        rows = clip
        if crop is not None:
            rows = clip.intersection(Region(clip.x, crop.y, clip.width, crop.height))
        x, y, width, height = shown = region.intersection(rows)
        if width and height and (crop is None or crop.overlaps(shown)):
            inner = Region(x - region.x, y - region.y, width, height)
            yield region, rows, widget.render_lines(inner)
