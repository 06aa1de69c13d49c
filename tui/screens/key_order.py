"""One key after another: none reaches the app before what the one before it does is done.

A key acts when every widget on its way has passed it on, and a letter after a moment more (it may
be of a paste). What it opens takes the focus later still. On a busy app, in the first second of a
call most of all, keys typed behind it would meanwhile go to whatever had the focus before.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from textual import events
from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump
from textual.widget import Widget

from tui.panel.bindings import BURST_WINDOW_S
from tui.panel.key_events import KeyReleased

LONGEST_S: Final = 2.0
"""Longer than that no key waits: what came before may do something that has no end."""
MOST: Final = 1000
"""Keys that wait; what a program types beyond is lost."""
_LOOK_S: Final = 0.05
_SOON_S: Final = 0.01


class Passed(Message):
    """It went the way of the key before it, and so that key has acted.

    Args:
        whole_way: Set at the end of it.
    """

    def __init__(self, whole_way: asyncio.Event) -> None:
        super().__init__()
        self.whole_way = whole_way


class KeyOrder:
    """See the module.

    Args:
        app: Whose keys they are.
        deliver: Gives a key to it, in its own turn.
        settled: Waits for letters that are looked at.
    """

    def __init__(
        self,
        app: App[int],
        *,
        deliver: Callable[[events.Key | KeyReleased], Awaitable[object]],
        settled: Callable[[], Awaitable[None]],
    ) -> None:
        self._app = app
        self._deliver = deliver
        self._settled = settled
        self._waiting: deque[events.Key | KeyReleased] = deque()
        self._following: asyncio.Task[None] | None = None
        self._letter_at_s = 0.0
        """When the newest letter came that may be of a paste."""

    def holds(self, key: events.Key | KeyReleased) -> bool:
        """Whether a key has to wait; it is delivered when its turn comes."""
        if self._following is None:
            if not self._waiting:
                return False
            self._app.call_later(self._next)
        elif not self._waiting and isinstance(key, events.Key) and self._is_of_paste(key):
            return False
        if len(self._waiting) < MOST:
            self._waiting.append(key)
        return True

    def _is_of_paste(self, key: events.Key) -> bool:
        return key.is_printable and key.time - self._letter_at_s <= BURST_WINDOW_S

    def follow(self, key: events.Key) -> None:
        """Let keys wait from now on, until this one, which is on its way, has acted."""
        self._letter_at_s = key.time if key.is_printable else 0.0
        if self._following is None:
            self._following = asyncio.get_running_loop().create_task(self._follow())

    async def close(self) -> None:
        """Forget what waits."""
        self._waiting.clear()
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait({self._following})

    async def _follow(self) -> None:
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LONGEST_S):
                    await self._until_done()
        finally:
            self._following = None
        if self._waiting:
            self._app.call_later(self._next)

    async def _next(self) -> None:
        """Deliver what waited, up to a key that the others wait for in their turn."""
        while self._waiting and self._following is None:
            await self._deliver(self._waiting.popleft())

    async def _until_done(self) -> None:
        await self._passed(self._app.focused or self._app.screen)
        await self._settled()
        while True:
            # What it opened or posted, and then the focus, which Textual moves by a message.
            await self._passed(self._app)
            await self._passed(self._app.focused or self._app.screen)
            widgets = self._app.screen.walk_children(Widget, with_self=True)
            if all(widget.is_mounted for widget in widgets):
                await self._passed(self._app)
                return
            await asyncio.sleep(_SOON_S)

    async def _passed(self, pump: MessagePump) -> None:
        """Wait until everything that was posted to a widget has gone up from it to the app."""
        whole_way = asyncio.Event()
        if not pump.post_message(Passed(whole_way)):
            return
        while not whole_way.is_set() and pump.is_attached:
            # It may be taken away meanwhile, with what it was to pass on.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await whole_way.wait()
