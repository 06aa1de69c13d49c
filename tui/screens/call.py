"""The call screen: one `CallPanel`, and nothing else that could have the focus."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget

from tui.domain.actions import Scope
from tui.panel.call_panel import CallPanel
from tui.screens.top_toasts import TopToasts


class CallScreen(TopToasts, Screen[None]):
    """Shows a call."""

    scope = Scope.CALL
    AUTO_FOCUS = ""
    # For Textual's toasts, which lie over the panel.
    HORIZONTAL_BREAKPOINTS = [(0, "-w0"), (20, "-w20"), (80, "-w80")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-h0"), (6, "-h6"), (10, "-h10"), (18, "-h18")]  # noqa: RUF012

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As Textual's, but a move of the focus draws two widgets and not the whole screen anew."""

    def __init__(self, panel: CallPanel) -> None:
        super().__init__()
        self.panel = panel

    def compose(self) -> ComposeResult:
        """Yield the panel, which has all of the screen."""
        yield self.panel

    def on_mount(self) -> None:
        """Letters act from the start."""
        self.panel.view.focus()

    @property
    def focus_chain(self) -> list[Widget]:
        """What Tab goes round: all that can be used, but not the call as a whole."""
        return [widget for widget in super().focus_chain if widget is not self.panel.view]

    def set_focus(
        self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False
    ) -> None:
        """Give the focus to the call where nothing in it has it."""
        super().set_focus(widget or self.panel.view, scroll_visible, from_app_focus)

    @on(CallPanel.RoomChanged)
    def _room_changed(self, event: CallPanel.RoomChanged) -> None:
        self.set_class(event.panel, "-panel")
        self.set_class(event.banner, "-banner")

    @on(events.ScreenSuspend)
    def _covered(self) -> None:
        self.panel.covered()
