"""Where a session's updates go: to every subscriber, each one in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tui.domain.happenings import Happening, StateChanged
from tui.domain.snapshot import Snapshot
from tui.ports.handle import Update

Subscriber = Callable[[Update], None]
Happened = Callable[[Happening], None]
"""How a part of a session says what happened; the newest snapshot follows by itself."""


class Outlet:
    """Fans updates out, and keeps the newest snapshot."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []
        self.newest = Snapshot()
        """The last snapshot sent."""

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Get every update from now on. Returns a function that ends it."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    def happened(self, happening: Happening) -> None:
        """Deliver what happened; that merely the state changed is in the snapshot."""
        if not isinstance(happening, StateChanged):
            self.send(happening)

    def snapshot(self, snapshot: Snapshot) -> Snapshot:
        """Number a snapshot, keep it as the newest, and send it."""
        self.newest = replace(snapshot, serial=self.newest.serial + 1)
        self.send(self.newest)
        return self.newest

    def send(self, update: Update) -> None:
        """Send one update to every subscriber."""
        for subscriber in list(self._subscribers):
            subscriber(update)
