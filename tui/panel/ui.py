"""What the parts of a call need of whoever shows it: the panel, or the app out of a call."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Protocol

from textual.content import Content
from textual.notifications import SeverityLevel

from tui.domain.announcements import Category, Priority
from tui.domain.snapshot import Snapshot
from tui.panel.card import Card
from tui.ports.handle import Handle

Work = Callable[[], Coroutine[None, None, None]]


def unix_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


class Ui(Protocol):
    """Whoever shows a call."""

    @property
    def handle(self) -> Handle:
        """Holds the session."""

    @property
    def snapshot(self) -> Snapshot:
        """The newest one."""

    def clock(self) -> int:
        """Unix milliseconds."""

    def spawn(self, work: Work) -> None:
        """Do something that waits; it ends with whoever shows the call."""

    def tell(self, category: Category, text: str, priority: Priority = Priority.NORMAL) -> None:
        """Announce something of the front end's own."""

    def toast(self, text: str, severity: SeverityLevel = "information") -> None:
        """Show for a while."""

    def clear_toasts(self) -> None:
        """Take all toasts away."""

    def ask(self, card: Card, answered: Callable[[str], object] | None = None) -> None:
        """Lay a card over what is shown; `answered` hears what was chosen."""


class Board(Protocol):
    """Where announcements show."""

    @property
    def snapshot(self) -> Snapshot:
        """The newest one: some announcements say what it shows already."""

    def show_events(self, lines: Sequence[Content]) -> None:
        """Show the whole event log."""

    def say(self, text: str, *, urgent: bool = False) -> bool:
        """Say it in words that are always there; False: there are none (spec ux 3.3).

        Args:
            text: What.
            urgent: Until it is acknowledged.
        """

    def show_banner(self, text: str) -> bool:
        """Show something urgent until it is dismissed; False: there is no banner."""

    def toast(self, text: str, severity: SeverityLevel = "information") -> None:
        """Show for a while."""


class Over(Protocol):
    """What lies over a call: cards and toasts."""

    def lay(self, card: Card, answered: Callable[[str], object] | None) -> None:
        """Put a card over everything; `answered` hears what was chosen."""

    def toast(self, text: str, severity: SeverityLevel) -> None:
        """Show for a while."""

    def clear_toasts(self) -> None:
        """Take all toasts away."""
