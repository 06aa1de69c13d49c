"""The gate letters pass on their way to a call screen: pastes dropped, auto-repeat ignored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from textual import events

from tui.domain.actions import BY_ID, Scope
from tui.screens.keys import (
    BURST_KEYS,
    BURST_WINDOW_S,
    HOLD_BACK_S,
    RepeatGuard,
    Verdict,
    action_of_key,
)

_REPEATABLE = frozenset({"page.next", "page.prev"})
"""Held down, these go on and on."""


class KeyGate:
    """Holds printable keys for `BURST_WINDOW_S`: a paste into the stage does nothing (KEY-10).

    Args:
        forward: Lets a key through.
        on_paste: Called once for each paste dropped.
        now_s: Any monotonic clock, in seconds.
    """

    def __init__(
        self,
        forward: Callable[[events.Key], Awaitable[None]],
        on_paste: Callable[[], None],
        *,
        now_s: Callable[[], float] = monotonic,
    ) -> None:
        self._forward = forward
        self._on_paste = on_paste
        self._now_s = now_s
        self._guard = RepeatGuard()
        self._control_guard = RepeatGuard()
        self._waiting: list[tuple[events.Key, float, Scope]] = []
        self._settling: asyncio.Task[None] | None = None
        self._told = False

    def offer(self, event: events.Key, scope: Scope) -> None:
        """A printable key nothing on screen types with."""
        self._waiting.append((_lower(event), self._now_s(), scope))
        if self._settling is None or self._settling.done():
            self._settling = asyncio.get_running_loop().create_task(self._settle())

    async def close(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
        if self._settling is not None:
            self._settling.cancel()
            await asyncio.gather(self._settling, return_exceptions=True)

    def repeats(self, key: str) -> bool:
        """For a toggle outside the gate (a control key): whether this press is auto-repeat."""
        return self._control_guard.offer(key, self._now_s()) is Verdict.IGNORE

    async def _settle(self) -> None:
        while self._waiting:
            await asyncio.sleep(BURST_WINDOW_S)
            keys, self._waiting = self._waiting, []
            if len(keys) >= BURST_KEYS or self._told:
                if not self._told:
                    self._told = True
                    self._on_paste()
                # The rest of a long paste is still coming in.
                await asyncio.sleep(BURST_WINDOW_S)
                continue
            for event, at_s, scope in keys:
                await self._one(event, at_s, scope)
        self._told = False

    async def _one(self, event: events.Key, at_s: float, scope: Scope) -> None:
        found = action_of_key(event.key, scope)
        if found is None or found[0].id in _REPEATABLE or found[0] is BY_ID["cmdline"]:
            await self._forward(event)
            return
        verdict = self._guard.offer(event.key, at_s)
        if verdict is Verdict.HOLD:
            await asyncio.sleep(HOLD_BACK_S)
            # Keys that came meanwhile wait here, not in the guard: look at them.
            followed = any(later.key == event.key for later, _, _ in self._waiting)
            verdict = (
                Verdict.ACT
                if self._guard.held_still(event.key) and not followed
                else Verdict.IGNORE
            )
        if verdict is Verdict.ACT:
            await self._forward(event)


def _lower(event: events.Key) -> events.Key:
    """Caps Lock changes no meaning (KEY-08)."""
    if len(event.key) == 1 and event.key.isupper():
        return events.Key(event.key.lower(), (event.character or "").lower() or None)
    return event
