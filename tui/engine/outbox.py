"""Updates on their way to one front end: the newest of what only matters now, all of the rest.

Snapshots and levels replace one another; what happened is kept in order and bounded. Beyond the
bound the oldest that matters little goes first, then the oldest of all, because a front end that
fell a thousand updates behind reads the log, not the past.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Final

from tui.domain.announcements import Priority
from tui.domain.frozen import dataclass
from tui.domain.happenings.table import row_of
from tui.domain.snapshot import Levels, Snapshot
from tui.ports.handle import EngineGone, Update

KEPT: Final = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """An answer to a command, or news of a slot; it stays behind the updates before it."""

    frame: dict[str, Any]


Item = Update | Answer


class Outbox:
    """Filled from the engine's loop, taken by one reader."""

    def __init__(self) -> None:
        self._ordered: deque[Item] = deque()
        self._snapshot: Snapshot | None = None
        self._levels: Levels | None = None
        self._filled = asyncio.Event()
        self.dropped = 0

    def put(self, update: Item) -> None:
        """Never waits."""
        if isinstance(update, Snapshot):
            self._snapshot = update
        elif isinstance(update, Levels):
            self._levels = update
        else:
            self._ordered.append(update)
            if len(self._ordered) > KEPT:
                self._drop_one()
        self._filled.set()

    def _drop_one(self) -> None:
        self.dropped += 1
        for index, update in enumerate(self._ordered):
            if isinstance(update, Answer | EngineGone | Snapshot | Levels):
                continue
            if row_of(update).priority is Priority.LOW:
                del self._ordered[index]
                return
        for index, update in enumerate(self._ordered):
            if not isinstance(update, Answer | EngineGone):
                del self._ordered[index]
                return

    async def take(self) -> list[Item]:
        """Everything there is, at least one: the snapshot first, levels last."""
        await self._filled.wait()
        self._filled.clear()
        snapshot, self._snapshot = self._snapshot, None
        levels, self._levels = self._levels, None
        ordered = list(self._ordered)
        self._ordered.clear()
        return [
            *([snapshot] if snapshot is not None else []),
            *ordered,
            *([levels] if levels is not None else []),
        ]
