"""The gate letters pass on their way to a call screen: pastes dropped, auto-repeat ignored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from textual import events

from tui.domain.actions import Scope
from tui.domain.keymap import KeyMap, plain_key
from tui.panel.bindings import (
    BURST_KEYS,
    BURST_WINDOW_S,
    HOLD_BACK_S,
    RepeatGuard,
    Verdict,
)
from tui.panel.key_events import is_repeat

_REPEATABLE = frozenset({"page.next", "page.prev", "audio.volume"})
"""These act again and again while they are held down."""
_UNGUARDED = _REPEATABLE | {"cmdline"}
"""Of these every press counts."""


class KeyGate:
    """Holds printable keys for `BURST_WINDOW_S`: a paste into the stage does nothing (KEY-10).

    Args:
        forward: Lets a key through.
        on_paste: Called once for each paste dropped.
        on_talk: The talk key was pressed. It does not go the way of other keys, through queues
            of widgets: its release must come after it.
        on_talk_repeat: The talk key is still down, says the terminal.
        now_s: Any monotonic clock, in seconds.
        keys: What keys mean; None: what the action table says.
    """

    def __init__(
        self,
        forward: Callable[[events.Key], Awaitable[None]],
        on_paste: Callable[[], None],
        *,
        on_talk: Callable[[], None] = lambda: None,
        on_talk_repeat: Callable[[], None] = lambda: None,
        now_s: Callable[[], float] = monotonic,
        keys: KeyMap | None = None,
    ) -> None:
        self._forward = forward
        self._on_paste = on_paste
        self._on_talk = on_talk
        self._on_talk_repeat = on_talk_repeat
        self._now_s = now_s
        self._keys = keys or KeyMap()
        self._guard = RepeatGuard()
        self._control_guard = RepeatGuard()
        self._waiting: list[tuple[events.Key, float, Scope]] = []
        self._afterwards: list[Callable[[], None]] = []
        self._settling: asyncio.Task[None] | None = None
        self._told = False

    def offer(self, event: events.Key, scope: Scope) -> None:
        """Take a printable key that nothing on screen types with."""
        self._waiting.append((_plain(event), event.time, scope))
        if self._settling is None or self._settling.done():
            self._settling = asyncio.get_running_loop().create_task(self._settle())

    def elsewhere(self, event: events.Key) -> None:
        """Take in that a key went to a dialog or a field: it parts two presses of one letter."""
        self._guard.elsewhere(_plain(event).key)

    def afterwards(self, deed: Callable[[], None]) -> None:
        """Do something once the keys that came before it have acted."""
        if self._settling is None or self._settling.done():
            deed()
        else:
            self._afterwards.append(deed)

    async def settled(self) -> None:
        """Wait until the keys that came have acted."""
        if self._settling is not None:
            await asyncio.wait({self._settling})

    async def close(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
        self._afterwards.clear()
        if self._settling is not None:
            self._settling.cancel()
            await asyncio.gather(self._settling, return_exceptions=True)

    def repeats(self, key: str) -> bool:
        """Whether this press is auto-repeat; for control keys, which do not pass the gate."""
        return self._control_guard.offer(key, self._now_s()) is Verdict.IGNORE

    async def _settle(self) -> None:
        while self._waiting:
            await asyncio.sleep(BURST_WINDOW_S)
            keys, self._waiting = self._waiting, []
            if _is_burst([at_s for _, at_s, _ in keys]) or self._told:
                if not self._told:
                    self._told = True
                    self._on_paste()
                # The rest of a long paste is still coming in.
                await asyncio.sleep(BURST_WINDOW_S)
                continue
            for event, at_s, scope in keys:
                await self._one(event, at_s, scope)
        self._told = False
        deeds, self._afterwards = self._afterwards, []
        for deed in deeds:
            deed()

    async def _one(self, event: events.Key, at_s: float, scope: Scope) -> None:
        found = self._keys.meaning(event.key, scope)
        if found is not None and found[0].id == "mic.talk":
            (self._on_talk_repeat if is_repeat(event) else self._on_talk)()
            return
        if is_repeat(event):
            if found is None or found[0].id in _REPEATABLE:
                await self._forward(event)
            return
        if found is None or found[0].id in _UNGUARDED:
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


def _is_burst(times_s: list[float]) -> bool:
    """Whether keys came faster than anybody types, be the app as late as it may to look at them."""
    at_once = zip(times_s, times_s[BURST_KEYS - 1 :], strict=False)
    return any(last - first <= BURST_WINDOW_S for first, last in at_once)


def _plain(event: events.Key) -> events.Key:
    """Neither Caps Lock (KEY-08) nor another layout (KEY-07) changes what a key means."""
    key = plain_key(event.key, event.character)
    if key != event.key:
        return events.Key(key, key if len(key) == 1 else event.character)
    return event
