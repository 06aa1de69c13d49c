"""Render what an update shows, and nothing else.

For a picture in one tile Textual renders every widget of the screen, whole, and keeps the rows that
changed. Here a region that one widget covers, with nothing over it, is rendered by that widget
alone: so it is for nearly every picture. Where widgets overlap in a changed region, all those that
the update touches are rendered, the rows of the update only. Columns stay whole then: the
compositor divides strips where widgets begin.

The compositor's names used here are private; `tests/stage` fails when a release changes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations
from types import MethodType
from typing import Any

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget


def paint_in_part(screen: Screen[Any]) -> None:
    """Have updates of this screen render no more than they show."""
    compositor = screen._compositor
    compositor._get_renders = MethodType(_renders, compositor)  # type: ignore[method-assign]
    compositor.render_partial_update = _Updates(compositor).next  # type: ignore[method-assign]


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


class _Updates:
    """The updates of one compositor."""

    def __init__(self, compositor: Compositor) -> None:
        self._compositor = compositor
        self._places: Mapping[Widget, tuple[Region, Region]] | None = None
        self._owners: dict[Region, tuple[Widget, Region] | None] = {}
        """By changed region: the widget that alone is seen there, and where that widget is."""

    def next(self) -> ChopsUpdate | None:
        """What changed since the last one; None when nothing did."""
        compositor = self._compositor
        regions = sorted(compositor._dirty_regions)  # left to right, as a row's pieces must be
        owned = [(region, self._owner(region)) for region in regions]
        if any(owner is None for _, owner in owned) or _overlap(regions):
            return Compositor.render_partial_update(compositor)
        compositor._dirty_regions.clear()
        if not regions:
            return None
        pieces: list[dict[int, Strip]] = [{} for _ in range(compositor.size.height)]
        ends: list[list[int]] = [[] for _ in pieces]
        for region, owner in owned:
            if owner is not None:
                widget, place = owner
                strips = widget.render_lines(region.translate((-place.x, -place.y)))
                for y, strip in zip(region.line_range, strips, strict=True):
                    pieces[y][region.x] = strip
                    ends[y].append(region.right)
        return ChopsUpdate(pieces, list(compositor._regions_to_spans(regions)), ends)

    def _owner(self, region: Region) -> tuple[Widget, Region] | None:
        """The widget in front, if the whole region is its; None when several are seen there."""
        places = self._compositor.visible_widgets
        if places is not self._places:
            self._places, self._owners = places, {}
        if region not in self._owners:
            self._owners[region] = _in_front(places, region)
        return self._owners[region]


def _in_front(
    places: Mapping[Widget, tuple[Region, Region]], region: Region
) -> tuple[Widget, Region] | None:
    for widget, (place, clip) in places.items():  # from front to back
        shown = place.intersection(clip)
        if shown.overlaps(region):
            return (widget, place) if shown.contains_region(region) else None
    return None


def _overlap(regions: Iterable[Region]) -> bool:
    return any(one.overlaps(other) for one, other in combinations(regions, 2))
