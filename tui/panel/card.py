"""What lies over a call: a card, which closes with an answer.

A card draws and asks; where it lies is up to whoever shows it: a modal screen of the product, or
the panel's own rectangle in somebody else's app (`tui.panel.over`). Letters come to a card only
while it or something in it has the focus, so each takes the focus as it is mounted.
"""

from __future__ import annotations

from textual import events
from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget


class Card(Vertical):
    """One thing asked or told. An empty answer means: nothing was chosen."""

    at_bottom = False
    """It lies at the lower edge instead of the middle."""
    needs_all = False
    """It takes all the room there is, so no toast may lie over it."""

    class Closed(Message):
        """The card is done with."""

        def __init__(self, card: Card, answer: str) -> None:
            super().__init__()
            self.card = card
            self.answer = answer

    _answered = False

    def close(self, answer: str = "") -> None:
        """Answer, once; later answers count for nothing."""
        if not self._answered:
            self._answered = True
            self.post_message(self.Closed(self, answer))

    def take_focus(self) -> None:
        """Give the focus to what Enter presses first."""
        for widget in self.walk_children():
            if isinstance(widget, Widget) and widget.focusable:
                widget.focus()
                return
        self.focus()

    def take_key(self, event: events.Key) -> None:
        """Look at a key that nothing in the card took; stop the event to take it."""

    def on_key(self, event: events.Key) -> None:
        """Let the card take letters."""
        self.take_key(event)

    def keep_focus_in_view(self) -> None:
        """Scroll to what has the focus, once everything has its place."""
        focused = self.screen.focused
        if focused is not None and self in focused.ancestors:
            self.call_after_refresh(focused.scroll_visible, animate=False)
