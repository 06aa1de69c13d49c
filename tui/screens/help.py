"""The help overlay and the which-key list, generated from the action table (spec ux 6.8, 2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.domain.actions import ACTIONS, Action, Scope, key_label

LEADER_SECONDS: Final = 3.0
_KEY_WIDTH: Final = 14


def keys_text(action: Action) -> str:
    """All keys of an action as written for people: `m, ^D, ^T`; pins as `1-9`."""
    keys = action.keys
    if len(keys) == 9:
        return f"{keys[0]}-{keys[-1]}"
    return ", ".join(key_label(key) for key in (*keys, *action.global_keys))


def help_lines(scope: Scope, *, in_text_field: bool) -> list[Content]:
    """Three groups: keys here, keys everywhere, and what only has a command."""
    rows = [action for action in ACTIONS if action.scope in (scope, Scope.ANY)]
    keyed = [action for action in rows if action.keys]
    everywhere = [action for action in rows if action.global_keys]
    commands = [action for action in rows if not action.keys and not action.global_keys]
    lines: list[Content] = []

    def heading(text: str) -> None:
        if lines:
            lines.append(Content(""))
        lines.append(Content.styled(text, "bold $primary"))

    heading("In text fields and dialogs too")
    lines += [_row(", ".join(map(key_label, action.global_keys)), action) for action in everywhere]
    heading("Keys (Esc first: you are typing)" if in_text_field else "Keys")
    lines += [_row(keys_text(action), action) for action in keyed]
    lines.append(_words("Tab", "Next", "Go to the next part of the screen; Shift+Tab goes back."))
    lines.append(_words("Esc", "Back", "Close the panel or dialog. Never leaves the call."))
    heading("Commands, after : or /")
    lines += [_row(f":{action.command} {action.argument}".strip(), action) for action in commands]
    lines += [
        Content(""),
        Content.styled(
            "All commands also work as ^G and the key, in the palette (^P), and with : or /.",
            "$text-muted",
        ),
    ]
    return lines


def _row(keys: str, action: Action) -> Content:
    return _words(keys, action.title, action.help)


def _words(keys: str, title: str, text: str) -> Content:
    return Content.assemble(
        (f"{keys:<{_KEY_WIDTH}} ", "bold $footer-key-foreground"), (title, "bold"), f"  {text}"
    )


class TextScreen(ModalScreen[None]):
    """A titled text to read: help, an answer of several lines, the event log outside a call."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,question_mark,h,q", "close", show=False),
    ]

    def __init__(self, title: str, lines: Sequence[Content]) -> None:
        super().__init__()
        self.text_title = title
        self.lines = tuple(lines)

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with Vertical(classes="dialog -tall"):
            yield Static(
                Content.assemble((self.text_title, "bold"), ("   Esc closes", "$text-muted")),
                classes="dialog-title",
                markup=False,
            )
            with VerticalScroll(classes="dialog-body", can_focus=True):
                yield Static(Content("\n").join(self.lines), markup=False)

    def on_mount(self) -> None:
        """Arrows scroll."""
        self.query_one(VerticalScroll).focus()

    def action_close(self) -> None:
        """Back to what was below."""
        self.dismiss()


def help_screen(scope: Scope, *, in_text_field: bool) -> TextScreen:
    """Keys and commands of what is below it."""
    return TextScreen("Help", help_lines(scope, in_text_field=in_text_field))


class LeaderScreen(ModalScreen[str]):
    """After the leader key: the next key acts wherever the focus was. Returns the key, or empty."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    def compose(self) -> ComposeResult:
        """Which keys there are."""
        parts: list[str | tuple[str, str]] = []
        for action in ACTIONS:
            if action.keys and action.scope in (self._scope, Scope.ANY):
                keys = keys_text(action) if len(action.keys) == 9 else key_label(action.keys[0])
                parts += [
                    (keys, "bold $footer-key-foreground"),
                    f"\N{NO-BREAK SPACE}{action.title}   ".replace(
                        action.title, action.title.replace(" ", "\N{NO-BREAK SPACE}")
                    ),
                ]
        with Vertical(classes="which-key"):
            yield Static(Content("Key?   Esc cancels"), classes="dialog-title", markup=False)
            yield Static(Content.assemble(*parts), markup=False)

    def on_mount(self) -> None:
        """It does not wait for ever: a forgotten leader must not eat a letter later."""
        self.set_timer(LEADER_SECONDS, self._give_up)

    def _give_up(self) -> None:
        if self.is_current:
            self.dismiss("")

    def on_key(self, event: events.Key) -> None:
        """Whatever comes is the answer."""
        event.stop()
        event.prevent_default()
        self.dismiss("" if event.key in ("escape", "ctrl+g") else event.key.lower())
