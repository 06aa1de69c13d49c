"""Our reactions: shown to everybody for some seconds, the newest one in place of the one before."""

from __future__ import annotations

import asyncio

from tui.domain.happenings import OwnReaction
from tui.domain.reactions import SHOWN_S, Reaction
from tui.session.call_context import CallContext
from tui.session.roster import REACTION_ATTRIBUTE


class Reacting:
    """Shows a reaction, and takes it away.

    Args:
        context: The call's.
    """

    def __init__(self, context: CallContext) -> None:
        self._transport, self._roster = context.transport, context.roster
        self._happened, self._clock = context.happened, context.clock
        self._shown = asyncio.Event()

    async def show(self, reaction: Reaction) -> None:
        """Show it for `SHOWN_S`, in place of the one before."""
        self._roster.ourselves()
        said = f"{reaction} {self._clock.unix_ms()}"
        await self._transport.set_attributes({REACTION_ATTRIBUTE: said})
        self._roster.change_local(reaction=said)
        self._shown.set()
        self._happened(OwnReaction(reaction))

    async def run(self) -> None:
        """Take each one away in its time; for the whole call."""
        while True:
            await self._shown.wait()
            while self._shown.is_set():
                self._shown.clear()
                await self._clock.sleep(SHOWN_S)
            await self._transport.set_attributes({REACTION_ATTRIBUTE: ""})
            self._roster.change_local(reaction="")
