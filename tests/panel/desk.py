"""Somebody else's app, as short as one would write it: a list and a call beside it."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import Label, ListItem, ListView

from tui.panel.call_panel import CallPanel
from tui.ports.handle import Handle


class Desk(App[None]):
    """A help desk."""

    CSS = "#tickets { width: 20; } CallPanel { width: 1fr; }"

    def __init__(self, handle: Handle) -> None:
        super().__init__()
        self.handle = handle
        self.ended: list[CallPanel.Ended] = []

    def compose(self) -> ComposeResult:
        with Horizontal(id="desk"):
            yield ListView(*(ListItem(Label(f"Ticket {n}")) for n in range(3)), id="tickets")
            yield CallPanel(self.handle)

    def on_call_panel_ended(self, event: CallPanel.Ended) -> None:
        self.ended.append(event)
