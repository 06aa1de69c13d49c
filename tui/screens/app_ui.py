"""Where an app of ours tells, asks and shows: in the call if there is one, else over the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import App
from textual.content import Content
from textual.notifications import SeverityLevel

from tui.domain.announcements import Category, Priority
from tui.domain.text import clean
from tui.front.announcer import Announcer
from tui.panel.card import Card
from tui.panel.notices import Notices
from tui.panel.ui import Work
from tui.ports.handle import Handle
from tui.ports.memory import Memory
from tui.screens.card_screen import ScreenOver
from tui.screens.shown import Shown


class AppUi:
    """See the module; implements `tui.panel.ui.Ui` and `Board`.

    Args:
        app: Its workers do what waits.
        shown: Which screen there is.
        handle: Holds the session.
        clock: Unix milliseconds.
        announcer: Speech, bell and quiet time.
        memory: Keeps what a person chose.
    """

    def __init__(
        self,
        app: App[int],
        shown: Shown,
        handle: Handle,
        *,
        clock: Callable[[], int],
        announcer: Announcer,
        memory: Memory,
    ) -> None:
        self._app = app
        self._shown = shown
        self.handle = handle
        """The one of now: a new one takes its place when the engine is gone."""
        self.snapshot = handle.snapshot()
        """The newest one that is shown."""
        self.clock = clock
        self.over = ScreenOver(app, lambda: shown.call is not None and shown.call.dims_slowly)
        """Where cards and toasts lie."""
        self.notices = Notices(self, clock, announcer, memory)
        """The event log, and what is told of it."""

    def spawn(self, work: Work) -> None:
        """Do something that waits; it ends with the app."""
        self._app.run_worker(work(), group="deeds")

    def tell(self, category: Category, text: str, priority: Priority = Priority.NORMAL) -> None:
        """Announce something of the app's own."""
        self.notices.tell(category, text, priority)

    def ask(self, card: Card, answered: Callable[[str], object] | None = None) -> None:
        """Lay a card over the screen."""
        self.over.lay(card, answered)

    def toast(self, text: str, severity: SeverityLevel = "information") -> None:
        """Show for a while; in the green room it stands still, where the questions are."""
        green_room = self._shown.green_room
        if green_room is not None and green_room.is_mounted:
            green_room.say(clean(text))
        elif not self.say(clean(text)):
            self.over.toast(text, severity)

    def clear_toasts(self) -> None:
        """Take every toast away."""
        self.over.clear_toasts()

    def say(self, text: str, *, urgent: bool = False) -> bool:
        """Say it in the line of the accessible profile, in a call."""
        panel = self._shown.panel
        return panel is not None and panel.say(text, urgent=urgent)

    def show_banner(self, text: str) -> bool:
        """Show it until it is dismissed, in a call."""
        panel = self._shown.panel
        return panel is not None and panel.show_banner(text)

    def show_events(self, lines: Sequence[Content]) -> None:
        """Show the whole event log, in a call."""
        if self._shown.panel is not None:
            self._shown.panel.show_events(lines)
