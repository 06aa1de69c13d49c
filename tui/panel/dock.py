"""The panels beside the stage: chat, people, captions, events, figures, devices; one at a time."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message

from tui.panel.drawing import Drawing
from tui.widgets.captions_panel import CaptionsPanel
from tui.widgets.chat_panel import ChatPanel
from tui.widgets.device_panel import DevicePanel
from tui.widgets.people_panel import PeoplePanel
from tui.widgets.text_panel import Panel, TextPanel

PANELS: Final = {
    "panel.chat": "chat",
    "panel.people": "people",
    "panel.events": "events",
    "panel.stats": "stats",
    "devices.list": "devices",
    "transcript.read": "captions-panel",
}
"""Panels by the action that opens them."""


class Dock(Horizontal):
    """See the module.

    Args:
        drawing: How the call is drawn.
    """

    class Opened(Message):
        """A panel is on screen: fill it, or count it as read."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class Shown(Message):
        """A panel was opened or closed."""

        def __init__(self, name: str, *, shown: bool) -> None:
            super().__init__()
            self.name = name
            self.shown = shown

    def __init__(self, drawing: Drawing) -> None:
        super().__init__(id="dock")
        self.chat = ChatPanel(pictures=not drawing.accessible, look=drawing.look)
        self.people = PeoplePanel()
        self.events = TextPanel(
            "Events", "Nothing was announced yet.", id="events", opens_at_end=True
        )
        self.stats = TextPanel("Stats", "No figures yet.", id="stats")
        self.captions = CaptionsPanel()
        self.devices = DevicePanel(terminal=drawing.terminal)
        self.shown = ""
        """Name of the panel on show; empty when none is."""

    @property
    def _panels(self) -> tuple[Panel, ...]:
        return (
            self.chat,
            self.people,
            self.captions,
            self.events,
            self.stats,
            self.devices,
        )

    def compose(self) -> ComposeResult:
        """Yield the panels in the order in which the focus goes through them."""
        for panel in self._panels:
            panel.display = False
            yield panel

    def show(self, name: str) -> None:
        """Show a panel in place of whichever is open."""
        self._mark_closed()
        self.shown = name
        for panel in self._panels:
            panel.display = panel.id == name
            if panel.id == name:
                panel.focus_first()
        self.post_message(self.Shown(name, shown=True))
        self.post_message(self.Opened(name))

    def close(self) -> None:
        """Close whichever is open."""
        self._mark_closed()
        self.shown = ""
        for panel in self._panels:
            panel.display = False

    def _mark_closed(self) -> None:
        if self.shown:
            self.post_message(self.Shown(self.shown, shown=False))
        if self.shown == "chat":
            self.chat.mark_closed()
