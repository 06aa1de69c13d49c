"""Cards and toasts of the product: over the whole screen, which is dimmed (spec ux 6.6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from textual import events, on
from textual.app import App, ComposeResult
from textual.notifications import SeverityLevel
from textual.screen import ModalScreen

from tui.panel.breakpoints import follow_room
from tui.panel.card import Card
from tui.panel.toasts import ToastShelf, ToastText
from tui.screens.top_toasts import TopToasts


class CardScreen(TopToasts, ModalScreen[str]):
    """One card over everything.

    Args:
        card: What is asked or told.
        opaque: Hide what is below instead of dimming it.
    """

    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (60, "-broad")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (12, "-high")]  # noqa: RUF012

    def __init__(self, card: Card, *, opaque: bool = False) -> None:
        super().__init__()
        self.card = card
        self.set_class(card.at_bottom, "-bottom")
        self.set_class(opaque, "-opaque")
        self.set_class(card.needs_all, "-needs-all")

    def compose(self) -> ComposeResult:
        """The card."""
        yield self.card

    def on_resize(self) -> None:
        """Keep the button in view that Enter presses, and toasts off a card that fills the room."""
        follow_room(self, self.size)
        self.card.keep_focus_in_view()

    def on_key(self, event: events.Key) -> None:
        """Give keys to the card, before it has the focus too."""
        self.card.take_key(event)

    @on(Card.Closed)
    def _card_closed(self, event: Card.Closed) -> None:
        event.stop()
        self.dismiss(event.answer)


class ScreenOver:
    """Cards and toasts over the screens of an app; implements `tui.panel.ui.Over`.

    Args:
        app: Whose screens they are.
        dims_slowly: Whether drawing what is below again, dimmed, would take long.
    """

    def __init__(self, app: App[Any], dims_slowly: Callable[[], bool]) -> None:
        self._app = app
        self._dims_slowly = dims_slowly
        self._shelf = ToastShelf(
            # Later, for Textual shows a toast later, too: only then is what is there known.
            lambda: app.size.height,
            app.call_later,
            app.set_timer,
            self._put,
            self.clear_toasts,
        )

    def lay(self, card: Card, answered: Callable[[str], object] | None = None) -> None:
        """Dim the screen and put the card over it."""

        def dismissed(answer: str | None) -> None:
            if answered is not None:
                answered(answer or "")

        self._app.push_screen(CardScreen(card, opaque=self._dims_slowly()), dismissed)

    def toast(self, text: str, severity: SeverityLevel) -> None:
        """Show for a while."""
        self._shelf.add(text, severity)

    def clear_toasts(self) -> None:
        """Take all toasts away."""
        self._app.clear_notifications()
        for screen in self._app.screen_stack:
            # Textual takes away what they hold alone; each would push the next toasts a row down.
            screen.query("ToastHolder").remove()

    def _put(self, fresh: Sequence[ToastText], now_s: float) -> None:
        for one in fresh:
            self._app.notify(
                one.text, severity=one.severity, timeout=one.until_s - now_s, markup=False
            )
