"""Asks for a room's password; the answer is what was typed, empty for giving up."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Input, Static

from tui.panel.card import Card
from tui.panel.dialog import PlainButton
from tui.widgets.field import Field


class PasswordCard(Card):
    """One hidden field.

    Args:
        text: Why it is asked for.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", show=False)]

    def __init__(self, text: str) -> None:
        super().__init__(classes="dialog")
        self._text = text
        self._field = Field("Password", password=True, max_length=200)

    def compose(self) -> ComposeResult:
        """Title, why, the field, buttons."""
        yield Static(Content("The room has a password"), classes="dialog-title", markup=False)
        yield Static(Content(self._text), classes="dialog-text", markup=False)
        yield self._field
        with Horizontal(classes="dialog-buttons"):
            yield PlainButton("Join", id="join", variant="primary")
            yield PlainButton("Cancel", id="cancel")

    def on_mount(self) -> None:
        """Typing begins at once."""
        self._field.input.focus()

    def take_key(self, event: events.Key) -> None:
        """Leave letters to the password."""

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._join()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "join":
            self._join()
        else:
            self.close()

    def action_give_up(self) -> None:
        """Esc: answer nothing."""
        self.close()

    def _join(self) -> None:
        if not self._field.value:
            self._field.refuse("type it, or press Esc.")
            return
        self.close(self._field.value)
