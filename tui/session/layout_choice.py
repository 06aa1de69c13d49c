"""Layout and pin, and how one changes the other (spec cometchat-calls (i)).

A shared screen pins itself while it lasts. Pinning leaves TILE for SIDEBAR and unpinning goes back,
unless the person chose a layout in between; any layout but SIDEBAR clears the pin.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.domain.ids import StreamId
from tui.domain.settings import Layout


@dataclass(slots=True)
class LayoutChoice:
    """The layout and the pin of one call."""

    layout: Layout
    pinned: StreamId | None = None
    before_pin: Layout | None = None
    """What to go back to when the pin, not the person, chose SIDEBAR."""

    def choose(self, layout: Layout) -> bool:
        """The person chose a layout. Returns whether the layout changed."""
        if layout is not Layout.SIDEBAR:
            self.pinned = None
        self.before_pin = None
        return self._change(layout)

    def pin(self, stream: StreamId | None) -> bool:
        """Pin this, or unpin by None. Returns whether the layout changed."""
        self.pinned = stream
        if stream is not None and self.layout is Layout.TILE:
            self.before_pin = Layout.TILE
            return self._change(Layout.SIDEBAR)
        if stream is None and self.before_pin is not None:
            back, self.before_pin = self.before_pin, None
            return self._change(back)
        return False

    def show_share(self, stream: StreamId) -> bool:
        """A screen is shared: it is pinned, in whatever layout. Returns whether that changed."""
        self.pinned = stream
        if self.layout is Layout.SIDEBAR:
            return False
        self.before_pin = self.layout
        return self._change(Layout.SIDEBAR)

    def _change(self, layout: Layout) -> bool:
        changed = layout is not self.layout
        self.layout = layout
        return changed
