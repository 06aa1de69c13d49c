"""A labelled one-line text field, with its error under it (spec ux 6)."""

from __future__ import annotations

from typing import Any

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Input, Static


class LineInput(Input):
    """Keeps every line of a paste, joined by spaces, and blinks only where that is allowed.

    Its own keys (Enter, Backspace, arrows) act in their turn. Textual lets letters act at once, and
    other keys only when every widget around the field and the app have passed them on: on a busy
    app, Enter would come behind letters that were typed after it.
    """

    def edits(self, key: str) -> bool:
        """Whether a key changes what is here, and nothing else."""
        return key != "enter" and key in self._bindings.key_to_bindings

    async def _on_key(self, event: events.Key) -> None:
        for binding in self._bindings.key_to_bindings.get(event.key, ()):
            if not binding.priority and await self.app.run_action(binding.action, self):
                event.stop()
                event.prevent_default()
                return

    def on_mount(self) -> None:
        """A blinking cursor is an animation like any other."""
        self.cursor_blink = self.app.animation_level == "full"

    class TooLong(Message):
        """Of what was pasted, only the beginning is here."""

        def __init__(self, came: int, kept: int, allowed: int) -> None:
            super().__init__()
            self.words = (
                f"What you pasted has {came} characters; {allowed} are allowed here, so only its "
                f"first {kept} were taken."
            )

    def as_line(self, pasted: str) -> str:
        """What goes into the field; what is cut off ends with an ellipsis."""
        # Textual's Input keeps the first line only; a pasted paragraph would lose its rest.
        return " ".join(pasted.split())

    def _on_paste(self, event: events.Paste) -> None:
        text = self.as_line(event.text)
        start, end = sorted(self.selection)
        allowed = self.max_length or len(self.value) + len(text)
        kept = text[: max(0, allowed - len(self.value) + end - start)]
        # Textual would refuse all of it, without a word.
        self.replace(kept, start, end)
        cut = text.endswith("…") and not event.text.rstrip().endswith("…")
        if cut or len(kept) < len(text):
            self.post_message(self.TooLong(len(event.text), len(kept), allowed))
        event.stop()
        event.prevent_default()


def keep_focus_in_view(screen: Screen[Any]) -> None:
    """Scroll to what has focus, once everything has its place: after a start or a resize."""

    def show() -> None:
        focused = screen.focused
        if focused is not None:
            focused.scroll_visible(animate=False)

    screen.call_after_refresh(show)


class Field(Vertical):
    """`Label  [value]`, and a line for what is wrong with the value."""

    DEFAULT_CSS = """
    Field { height: auto; }
    Field > Horizontal { height: 1; }
    Field .label { width: 16; }
    Field LineInput { width: 1fr; }
    Field .error { display: none; height: auto; padding-left: 16; }
    Field.-wrong .error { display: block; }
    """

    def __init__(
        self,
        label: str,
        *,
        value: str = "",
        placeholder: str = "",
        password: bool = False,
        id: str | None = None,
        max_length: int = 2000,
    ) -> None:
        super().__init__(id=id)
        self._label = label
        self.input = LineInput(
            value,
            placeholder=placeholder,
            password=password,
            compact=True,
            max_length=max_length,
            select_on_focus=False,
        )
        self._error = Static(classes="error", markup=False)
        self.error = ""

    def compose(self) -> ComposeResult:
        """Label before field, so that reading order is focus order."""
        with Horizontal():
            yield Static(Content(self._label), classes="label", markup=False)
            yield self.input
        yield self._error

    @on(LineInput.TooLong)
    def _too_long(self, event: LineInput.TooLong) -> None:
        event.stop()
        self.refuse(event.words)

    @property
    def value(self) -> str:
        """What was typed."""
        return self.input.value

    def refuse(self, text: str) -> None:
        """Say what is wrong; empty text takes it back."""
        self.error = text
        self.set_class(bool(text), "-wrong")
        self._error.update(Content(f"Error: {text}" if text else ""))
