"""The help overlay and the which-key list, generated from the action table (spec ux 6.8, 2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.domain.actions import Action, key_label
from tui.panel.card import Card
from tui.widgets.key_table import KeyColumns, KeyTable, KeyTableRow
from tui.widgets.text_panel import LogView

LEADER_SECONDS: Final = 3.0


def keys_text(action: Action) -> str:
    """All keys of an action as written for people: `m, ^D, ^T`; pins as `1-9`."""
    keys = action.keys
    if len(keys) == 9:
        return f"{keys[0]}-{keys[-1]}"
    return ", ".join(key_label(key) for key in (*keys, *action.global_keys))


def help_rows(rows: Sequence[Action], *, in_text_field: bool) -> list[KeyTableRow]:
    """Sort actions into three groups: keys everywhere, keys here, and those with a command only."""

    def heading(text: str) -> KeyTableRow:
        return KeyTableRow("", text)

    return [
        heading("In text fields and dialogs too"),
        *(
            KeyTableRow(", ".join(map(key_label, action.global_keys)), action.help)
            for action in rows
            if action.global_keys
        ),
        heading(""),
        heading("Keys (Esc first: you are typing)" if in_text_field else "Keys"),
        *(KeyTableRow(keys_text(action), action.help) for action in rows if action.keys),
        KeyTableRow("Tab", "Go to the next part of the screen; Shift+Tab goes back."),
        KeyTableRow("Enter", "Menu of the tile or person in focus."),
        KeyTableRow("Esc", "Close the panel or dialog. Never leaves a running call."),
        heading(""),
        heading("Commands, after : or /"),
        *(
            KeyTableRow(f":{action.command} {action.argument}".strip(), action.help)
            for action in rows
            if not action.keys and not action.global_keys
        ),
        heading(""),
        KeyTableRow(
            "",
            _ways(rows),
            note=True,
        ),
    ]


def _ways(rows: Sequence[Action]) -> str:
    palette = ", in the palette (^P)" if any(action.id == "palette" for action in rows) else ""
    return f"All commands also work as ^G and the key{palette}, and with : or /."


class TextCard(Card):
    """A titled text to read: help, an answer of several lines, the event log outside a call."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,question_mark,h,q", "put_away", show=False),
    ]
    needs_all = True

    def __init__(self, title: str, body: Sequence[Content] | Widget) -> None:
        super().__init__(classes="dialog -tall")
        self.text_title = title
        self._body = body

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        yield Static(
            Content.assemble((self.text_title, "bold"), ("   Esc closes", "$text-muted")),
            classes="dialog-title",
            markup=False,
        )
        if isinstance(self._body, Widget):
            with VerticalScroll(classes="dialog-body", can_focus=True):
                yield self._body
        else:
            log = LogView("", opens_at_end=False, marked=True)
            log.add_class("dialog-body")
            log.show_lines(self._body, follow=False)
            yield log

    def on_mount(self) -> None:
        """Arrows scroll, or go from line to line."""
        self.take_focus()

    def action_put_away(self) -> None:
        """Go back to what was below."""
        self.close()


def help_card(actions: Sequence[Action], *, in_text_field: bool, by_line: bool = False) -> TextCard:
    """Make the card of keys and commands for what lies below it.

    Args:
        actions: What can be done there.
        in_text_field: Letters are text there.
        by_line: To be read line by line (spec ux 3.3).
    """
    rows = help_rows(actions, in_text_field=in_text_field)
    if not by_line:
        return TextCard("Help", KeyTable(rows))
    lines = [f"{row.keys}: {row.text}" if row.keys else row.text for row in rows]
    return TextCard("Help", [Content(line) for line in lines if line])


class LeaderCard(Card, can_focus=True):
    """After the leader key: the next key acts wherever the focus was. Answers with the key.

    Args:
        actions: What can be done where it is shown.
    """

    at_bottom = True

    def __init__(self, actions: Sequence[Action]) -> None:
        super().__init__(classes="which-key")
        self._actions = actions

    def compose(self) -> ComposeResult:
        """Which keys there are."""
        hints = [
            (
                keys_text(action) if len(action.keys) == 9 else key_label(action.keys[0]),
                action.title,
            )
            for action in self._actions
            if action.keys
        ]
        yield Static(Content("Key?   Esc cancels"), classes="dialog-title", markup=False)
        yield KeyColumns(hints)

    def on_mount(self) -> None:
        """Begin to wait, but not for ever: a forgotten leader must not eat a letter later."""
        self.focus()
        self.set_timer(LEADER_SECONDS, self.close)

    def take_key(self, event: events.Key) -> None:
        """Answer with whatever key comes."""
        event.stop()
        event.prevent_default()
        self.close("" if event.key in ("escape", "ctrl+g") else event.key.lower())
