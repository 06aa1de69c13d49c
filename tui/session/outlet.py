"""Where a session's updates go: to every subscriber, and documented events to their listeners."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.events import EVENT_NAMES
from tui.domain.happenings import Happening, StateChanged
from tui.domain.happenings.sdk import sdk_events
from tui.domain.snapshot import Snapshot
from tui.domain.text import clean
from tui.ports.handle import Update

log = logging.getLogger(__name__)

Listener = Callable[[Any], object]
Subscriber = Callable[[Update], None]
Happened = Callable[[Happening], None]
"""How a part of a session says what happened; the newest snapshot follows by itself."""


class Outlet:
    """Fans updates out; a listener that raises is logged and harms nobody else."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []
        self._listeners: dict[str, list[Listener]] = {}
        self.newest = Snapshot()
        """The last snapshot sent."""

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Get every update from now on. Returns a function that ends it."""
        self._subscribers.append(subscriber)

        def unsubscribe() -> None:
            if subscriber in self._subscribers:
                self._subscribers.remove(subscriber)

        return unsubscribe

    def listen(self, name: str, listener: Listener) -> Callable[[], None]:
        """Call `listener(payload)` at every event of this documented name.

        Raises:
            CallsError: `VALIDATION_ERROR` for a name that is not documented.
        """
        if name not in EVENT_NAMES:
            raise CallsError(
                ErrorCode.VALIDATION, f"{clean(str(name), 60)} is not an event of this SDK."
            )
        listeners = self._listeners.setdefault(name, [])
        listeners.append(listener)

        def unsubscribe() -> None:
            if listener in listeners:
                listeners.remove(listener)

        return unsubscribe

    def happened(self, happening: Happening) -> None:
        """Deliver what happened: its documented events to their listeners, itself to all."""
        for event in sdk_events(happening):
            for listener in list(self._listeners.get(event.name, ())):
                try:
                    listener(event.payload)
                except Exception:
                    log.exception("a listener of %s failed", event.name)
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
