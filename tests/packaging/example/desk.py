"""A help desk: tickets on the left, the call on the right."""

from __future__ import annotations

from cellcall import CallPanel, Calls
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import Label, ListItem, ListView


class Desk(App[None]):
    CSS = "#tickets { width: 20; } CallPanel { width: 1fr; }"

    def __init__(self, calls: Calls, session_id: str) -> None:
        super().__init__()
        self.calls, self.session_id = calls, session_id

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield ListView(ListItem(Label("Printer on fire")), id="tickets")
            yield CallPanel(id="call-container")

    async def on_mount(self) -> None:
        token = (await self.calls.generate_token(self.session_id)).token
        result = await self.calls.join_session(token, {"layout": "TILE"}, self.query_one(CallPanel))
        if result.error:
            self.notify(result.error.description, severity="error")
