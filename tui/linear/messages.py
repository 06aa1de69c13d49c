"""Chat messages on their way out: nobody waits for one while the connection is lost."""

from __future__ import annotations

import asyncio

from tui.domain.announcements import Category, Priority
from tui.domain.commands.call import SendCaption, SendChat
from tui.domain.errors import CallsError
from tui.domain.text import clean
from tui.front.switchboard import WAITS_S, Switchboard, Wish, may_go_out_later
from tui.linear.line_queue import LineQueue


class Messages:
    """Sends them in order, and keeps those that could not be sent.

    Args:
        switchboard: Sends one.
        queue: Where it says what became of them.
    """

    def __init__(self, switchboard: Switchboard, queue: LineQueue):
        self._switchboard = switchboard
        self._queue = queue
        self._under_way: dict[asyncio.Task[None], Wish] = {}
        self._unsent: list[Wish] = []

    async def send(self, wish: Wish, *, wait: bool) -> None:
        """Send one; `wait` until it is out or refused, else a second at most."""
        sending = asyncio.create_task(self._send(wish))
        self._under_way[sending] = wish
        sending.add_done_callback(lambda done: self._under_way.pop(done, None))
        await asyncio.wait({sending}, timeout=None if wait else WAITS_S)

    async def send_again(self) -> bool:
        """Send what could not be sent before; says whether there was anything."""
        again, self._unsent = self._unsent, []
        for wish in again:
            await self.send(wish, wait=False)
        return bool(again)

    async def close(self) -> None:
        """The call is over: say what was never sent."""
        lost = [*self._unsent, *self._under_way.values()]
        self._unsent = []
        for sending in list(self._under_way):
            sending.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        for wish in lost:
            self._queue.say(Category.ERROR, f"Never sent: {_text(wish)}", Priority.REPLY)

    async def _send(self, wish: Wish) -> None:
        try:
            lines = await self._switchboard.fulfil(wish)
        except CallsError as error:
            told = clean(error.description) or error.code
            if may_go_out_later(error):
                self._unsent.append(wish)
                told = f"{told} Enter sends it: {_text(wish)}"
            self._queue.say(Category.ERROR, told, Priority.REPLY)
            return
        for line in lines:
            self._queue.code(line.code)
            self._queue.reply(line.category, line.text)


def _text(wish: Wish) -> str:
    return wish.command.text if isinstance(wish.command, SendChat | SendCaption) else wish.words
