"""Classes by a widget's own size, as Textual gives screens by the terminal's."""

from __future__ import annotations

from typing import Final

from textual.geometry import Size
from textual.widget import Widget

_WIDTHS: Final = {0: "-w0", 20: "-w20", 80: "-w80", 100: "-w100"}
"""Classes by the least columns they stand for; the looks depend on them (`styles/panel.tcss`)."""
_HEIGHTS: Final = {0: "-h0", 6: "-h6", 10: "-h10", 18: "-h18"}
"""The same by rows."""


def follow_size(widget: Widget, size: Size) -> None:
    """Give the widget the two classes of this size."""
    _choose_class(widget, _WIDTHS, size.width)
    _choose_class(widget, _HEIGHTS, size.height)


_LITTLE_COLUMNS: Final = 80
_LITTLE_ROWS: Final = 18
_CROWDED_ROWS: Final = 30
"""Above a card in the middle of so many there is room for three toasts."""
_LOW_COLUMNS: Final = 20
_LOW_ROWS: Final = 10


def follow_room(widget: Widget, size: Size) -> None:
    """Make toasts wide and short where there is little room; with less, there are none.

    In a crowd of toasts and a card, the card is what is read.
    """
    widget.set_class(size.width < _LITTLE_COLUMNS or size.height < _LITTLE_ROWS, "-little")
    widget.set_class(size.width < _LITTLE_COLUMNS or size.height < _CROWDED_ROWS, "-crowded")
    widget.set_class(size.height < _LITTLE_ROWS, "-flat")
    widget.set_class(size.width < _LOW_COLUMNS or size.height < _LOW_ROWS, "-low")


def _choose_class(widget: Widget, classes: dict[int, str], size: int) -> None:
    chosen = classes[max(least for least in classes if least <= size)]
    for name in classes.values():
        widget.set_class(name == chosen, name)
