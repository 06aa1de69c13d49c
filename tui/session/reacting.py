"""Our reactions: shown to everybody for some seconds, the newest one in place of the one before."""

from __future__ import annotations

import asyncio

from tui.domain.happenings import OwnReaction
from tui.domain.reactions import SHOWN_S, Reaction
from tui.ports.transport import Transport
from tui.session.clock import Clock
from tui.session.outlet import Happened
from tui.session.roster import REACTION_ATTRIBUTE, Roster


class Reacting:
    """Shows a reaction, and takes it away.

    Args:
        transport: Tells everybody.
        roster: Has the local participant.
        happened: Says what happened.
        clock: When it was shown.
    """

    def __init__(
        self, *, transport: Transport, roster: Roster, happened: Happened, clock: Clock
    ) -> None:
        self._transport = transport
        self._roster = roster
        self._happened = happened
        self._clock = clock
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
