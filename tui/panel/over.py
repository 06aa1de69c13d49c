"""What lies over a call in somebody else's app: cards and toasts, in the panel's own rectangle.

A modal screen would cover the whole app. Here the tiles round a card go on, and so does the rest of
the app; the call below gets no focus as long as a card lies over it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from textual import on
from textual.containers import Container, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.notifications import SeverityLevel
from textual.widget import Widget
from textual.widgets import Static

from tui.panel.card import Card
from tui.panel.toasts import ToastShelf, ToastText
from tui.panel.view import CallView

_SLIM_BELOW = 60
_SHORT_BELOW = 12


class PanelOver:
    """Cards and toasts of one panel; implements `tui.panel.ui.Over`.

    Args:
        panel: Holds them, on layers of its own.
        below: What is covered.
    """

    def __init__(self, panel: Widget, below: CallView) -> None:
        self._panel = panel
        self._below = below
        self._cards: list[tuple[Card, Callable[[str], object] | None]] = []
        self.table = CardTable(self._closed)
        self.toasts = ToastColumn()
        self._shelf = ToastShelf(
            lambda: panel.size.height,
            panel.call_later,
            panel.set_timer,
            self.toasts.put,
            self.clear_toasts,
        )
        self._focus_before: Widget | None = None

    def lay(self, card: Card, answered: Callable[[str], object] | None) -> None:
        """Lay a card on top; the others are not seen until it has closed."""
        if not self._cards:
            self._focus_before = self._panel.screen.focused
            self._set_below_focusable(False)
        for other, _ in self._cards:
            other.display = False
        self._cards.append((card, answered))
        self._leave_room()
        self.table.display = True
        self.table.mount(card)

    async def _closed(self, card: Card, answer: str) -> None:
        answered = next((one for other, one in self._cards if other is card), None)
        self._cards = [one for one in self._cards if one[0] is not card]
        self._leave_room()
        had_focus = card.has_focus_within or card.has_focus
        if self._cards:
            self._cards[-1][0].display = True
        else:
            self.table.display = False
            self._set_below_focusable(True)
        # The focus goes on before the card does, or Textual would give it to the app around.
        if had_focus:
            self._refocus()
        await card.remove()
        if answered is not None:
            answered(answer)

    def _set_below_focusable(self, focusable: bool) -> None:
        self._below.can_focus = self._below.can_focus_children = focusable
        self._below.draw_status()
        self._panel.set_class(not focusable, "-covered")

    def _leave_room(self) -> None:
        self._panel.set_class(bool(self._cards) and self._cards[-1][0].needs_all, "-needs-all")

    def _refocus(self) -> None:
        if self._cards:
            self._cards[-1][0].take_focus()
            return
        before = self._focus_before
        here = before is not None and before.is_attached and self._below in before.ancestors
        (before if here and before is not None else self._below).focus()

    def toast(self, text: str, severity: SeverityLevel) -> None:
        """Show for a while."""
        self._shelf.add(text, severity)

    def clear_toasts(self) -> None:
        """Take all toasts away."""
        self.toasts.remove_children()


class CardTable(Container):
    """Where cards lie: the middle of the panel, or its lower edge."""

    def __init__(self, closed: Callable[[Card, str], Awaitable[None]]) -> None:
        super().__init__()
        self._on_closed = closed
        self.display = False

    def fit(self, size: Size) -> None:
        """Put buttons one below another where there is little room.

        As it is not seen itself, Textual tells it of no resize.
        """
        self.set_class(size.width < _SLIM_BELOW, "-slim")
        self.set_class(size.height < _SHORT_BELOW, "-short")
        for card in self.query(Card):
            card.keep_focus_in_view()

    @on(Card.Closed)
    async def _card_closed(self, event: Card.Closed) -> None:
        event.stop()
        await self._on_closed(event.card, event.answer)


class ToastColumn(Vertical):
    """Toasts at the top right of the panel."""

    def put(self, fresh: Sequence[ToastText], now_s: float) -> None:
        """Put these up, the newest below."""
        for one in fresh:
            toast = Static(Content(one.text), classes=f"toast -{one.severity}", markup=False)
            self.mount(toast)
            toast.set_timer(max(0.1, one.until_s - now_s), toast.remove)
