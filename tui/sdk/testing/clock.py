"""A clock that stands still until it is moved: the same moment on every machine.

Whoever sleeps by it wakes when it is moved past that moment, in order, and has run before the next
one wakes. The trap is everything that sleeps by the machine's clock instead: such a thing does not
belong in a scripted call.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from typing import Final

from tui.session.clock import Clock

BEGINS_MS: Final = 1_767_258_000_000
"""2026-01-01T09:00:00Z."""
_TURNS: Final = 4
_ROUNDS: Final = 20
"""Turns of the event loop until what was woken has done what it does, however deep it awaits."""


class ScriptClock:
    """Seconds since the script began."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def unix_ms(self) -> int:
        """Unix milliseconds."""
        return BEGINS_MS + round(self.now_s * 1000)

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock was moved that far."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now_s + seconds, next(self._numbers), woken))
        await woken

    async def move_to(self, seconds: float) -> None:
        """Move on to this moment of the script, and let happen what happens until then."""
        while self._sleepers and self._sleepers[0][0] <= seconds:
            due_s, _, woken = heapq.heappop(self._sleepers)
            self.now_s = max(self.now_s, due_s)
            if not woken.done():
                woken.set_result(None)
                await settle()
        self.now_s = max(self.now_s, seconds)
        await settle()

    def clock(self) -> Clock:
        """As a session takes it."""
        return Clock(self.unix_ms, lambda: self.now_s, self.sleep)


async def settle() -> None:
    """Let everything run that can, what waits for a thread included."""
    for _ in range(_TURNS):
        for _ in range(_ROUNDS):
            await asyncio.sleep(0)
        # What was handed to a thread before this is done by now: it takes no time at all.
        await asyncio.to_thread(_nothing)


def _nothing() -> None:
    pass
