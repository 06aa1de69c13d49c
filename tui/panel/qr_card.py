"""A link as a QR code, for the camera of a phone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from tui.panel.card import Card


class QrCard(Card, can_focus=True):
    """The code, with words beside it. It has no frame: a code for 80x24 needs every row.

    Args:
        code: Its rows, light on dark whatever the theme is: a phone reads nothing else.
        words: What it says.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "put_away", show=False),
    ]
    needs_all = True

    def __init__(self, code: Sequence[str], words: str) -> None:
        super().__init__(classes="dialog -code")
        self._code = code
        self._words = words

    def compose(self) -> ComposeResult:
        """Code and words side by side."""
        rows = Content("\n").join(Content.styled(row, "#ffffff on #000000") for row in self._code)
        with Horizontal(classes="code-row"):
            yield Static(rows, classes="code", markup=False)
            yield Static(
                f"Point a phone's camera here. Esc closes.\n\n{self._words}",
                classes="code-words",
                markup=False,
            )

    def on_mount(self) -> None:
        """Esc closes it, wherever the focus was."""
        self.focus()

    def action_put_away(self) -> None:
        """Back to what was below."""
        self.close()
