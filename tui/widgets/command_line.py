"""The command line: one command of the linear front end, typed at the bottom of any screen."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from tui.domain.actions import BY_COMMAND
from tui.domain.participant import Participant
from tui.widgets.act import CommandTyped
from tui.widgets.field import LineInput


class CommandLine(Horizontal):
    """Enter does it, Esc or Enter on nothing puts it away, Right takes the suggestion.

    Args:
        text: What stands in it already.
        about: Whose volume is asked for instead of a command.
    """

    DEFAULT_CSS = """
    CommandLine { height: 1; }
    CommandLine > Static { width: auto; max-width: 50%; padding-right: 2; }
    CommandLine > LineInput { width: 1fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "put_away", show=False),
        Binding("tab", "take_suggestion", show=False, priority=True),
    ]

    class PutAway(Message):
        """The command line can be closed."""

    def __init__(self, text: str = "", *, about: Participant | None = None) -> None:
        super().__init__(id="command-line")
        self._about = about
        words = [] if about is not None else sorted(BY_COMMAND)
        self.input = LineInput(
            text,
            compact=True,
            placeholder="a command, such as mute or help" if about is None else "0 to 200 percent",
            suggester=SuggestFromList(words, case_sensitive=False),
            max_length=4100,
            # A command that is there already is to be completed, not replaced.
            select_on_focus=False,
        )

    def compose(self) -> ComposeResult:
        """Label and field."""
        label = f"Volume of {self._about.name}:" if self._about is not None else "Command:"
        yield Static(Content(label), markup=False)
        yield self.input

    def on_mount(self) -> None:
        """Typing begins at once, after what is there already."""
        self.input.focus()
        self.input.action_end()

    def action_take_suggestion(self) -> None:
        """Tab completes the word."""
        self.input.action_cursor_right()
        self.input.action_end()

    def action_put_away(self) -> None:
        """Close without doing anything."""
        self.post_message(self.PutAway())

    @on(Input.Submitted)
    def _submit(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(self.PutAway())
        text = event.value.strip().removeprefix("/").removeprefix(":")
        if text:
            self.post_message(CommandTyped(text, self._about))
