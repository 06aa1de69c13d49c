"""A Textual layout that puts tiles where their arrangement says (`tui.domain.tiling`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeGuard

from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from tui.domain.tiling import Arrangement
from tui.widgets.tile import Tile


class Placement(Layout):
    """See the module.

    Args:
        arrangement_for: Where tiles go on a stage of a size [cells].
        is_current: Whether a child is the tile of its stream now; a removed one is a child for a
            moment longer.
    """

    name = "tiles"

    def __init__(
        self,
        arrangement_for: Callable[[Size], Arrangement],
        is_current: Callable[[Widget], TypeGuard[Tile]],
    ) -> None:
        super().__init__()
        self._arrangement_for = arrangement_for
        self._is_current = is_current

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        """Rectangles for the tiles on show; the others get none."""
        arrangement = self._arrangement_for(size)
        placements: ArrangeResult = []
        for child in children:
            placed = arrangement.find(child.stream) if self._is_current(child) else None
            if placed is not None:
                region = Region(placed.x, placed.y, placed.width, placed.height)
                placements.append(
                    WidgetPlacement(region, NULL_OFFSET, NULL_SPACING, child, int(placed.above))
                )
        return placements
