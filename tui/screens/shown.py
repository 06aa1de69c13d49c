"""What the app shows now: one screen, the dialogs over it, and the title of the window."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from tui.domain.actions import Scope
from tui.domain.text import clean
from tui.panel.call_panel import CallPanel
from tui.panel.view import CallView
from tui.screens.call import CallScreen
from tui.screens.green_room import GreenRoomScreen


class Shown:
    """See the module. Out of a call it is the place for actions (`tui.panel.acts.Place`).

    Args:
        app: Whose screens they are.
    """

    def __init__(self, app: App[int]) -> None:
        self._app = app
        self.base: Screen[None] | None = None
        """The screen below all dialogs; None before the first one."""

    # ---- which screen it is
    @property
    def panel(self) -> CallPanel | None:
        """The call, while there is one."""
        return self.base.panel if isinstance(self.base, CallScreen) else None

    @property
    def call(self) -> CallView | None:
        """What is seen of it."""
        return self.panel.view if self.panel is not None else None

    @property
    def green_room(self) -> GreenRoomScreen | None:
        """Where devices are tried, while that is shown."""
        return self.base if isinstance(self.base, GreenRoomScreen) else None

    async def show(self, screen: Screen[None], title: str) -> None:
        """Put `screen` in the place of the one shown, and of everything over that."""
        while isinstance(self._app.screen, ModalScreen):
            await self._app.pop_screen()
        if self.base is None:
            await self._app.push_screen(screen)
        else:
            await self._app.switch_screen(screen)
        self.base = screen
        self.title_of(title)

    # ---- the window around it
    def title_of(self, words: str) -> None:
        """Set the title of the app and of the terminal's window."""
        self._app.sub_title = clean(words, 60)
        self.write_terminal(f"\x1b]0;cellcall - {self._app.sub_title}\x07")

    def write_terminal(self, sequence: str) -> None:
        """Send an escape sequence past Textual."""
        # Textual has no call for titles and cursor shape; its driver is the only way out.
        driver = self._app._driver
        if driver is not None and not driver.is_headless:
            driver.write(sequence)

    # ---- as a place for actions
    @property
    def scope(self) -> Scope:
        """The screen's."""
        scope = getattr(self.base, "scope", Scope.ANY)
        return scope if isinstance(scope, Scope) else Scope.ANY

    @property
    def focused(self) -> Widget | None:
        """What has the focus, in a dialog too."""
        return self._app.screen.focused

    @property
    def is_covered(self) -> bool:
        """Whether a dialog is open, which has no command line."""
        return self._app.screen is not self.base

    def first(self, action_id: str, argument: str) -> bool:
        """Do what means something else on this screen."""
        first = getattr(self.base, "first", None)
        return first is not None and bool(first(action_id))

    def handle_action(self, action_id: str, argument: str) -> bool:
        """Do what the screen does itself."""
        handled = getattr(self.base, "handle_action", None)
        return handled is not None and bool(handled(action_id, argument))

    def focus(self) -> None:
        """Take the focus away from everything."""
        self._app.screen.set_focus(None)

    def mount(self, *widgets: Widget) -> Any:
        """Show a command line at the bottom."""
        return self._app.screen.mount(*widgets)
