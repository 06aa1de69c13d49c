"""An app of somebody else's that holds a call beside its own widgets."""

from __future__ import annotations

from cellcall import CallPanel, Calls
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import Label, ListItem, ListView


class Desk(App[None]):
    CSS = "#tickets { width: 20; } CallPanel { width: 1fr; }"

    def __init__(self, calls: Calls, session_id: str = "standup", **settings: object) -> None:
        super().__init__()
        self.calls = calls
        self.session_id = session_id
        self.settings = settings
        self.heard: list[str] = []

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield ListView(ListItem(Label("Ticket 1")), ListItem(Label("Ticket 2")), id="tickets")
            yield CallPanel(id="call-container")

    async def on_mount(self) -> None:
        await self.join(self.query_one(CallPanel))

    async def join(self, panel: object) -> None:
        token = (await self.calls.generate_token(self.session_id)).token
        result = await self.calls.join_session(token, self.settings, panel)
        if result.error:
            self.notify(result.error.description, severity="error")

    def on_call_panel_event(self, event: CallPanel.Event) -> None:
        self.heard.append(event.name)
