"""Terminals that are shared: what others send of theirs, checked, and what is to be seen of it.

A share is a terminal as soon as a whole screen of it came; until then, and after a loss, one is
asked for, a few times. The trap is a sender who floods: reading rows costs the engine, which makes
sound, so nobody may send more than a budget of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from typing import Final

from tui.domain.errors import CallsError
from tui.domain.happenings import StateChanged, TerminalShared, person_of
from tui.domain.ids import ParticipantId, StreamId
from tui.domain.terminal_text import NO_SCREEN, NotOfTheSubset, ShownTerminal, TerminalScreen
from tui.domain.token_bucket import TokenBucket
from tui.session.call_context import CallContext
from tui.session.clock import Clock
from tui.session.own_terminal import OwnTerminal
from tui.session.scrollback import Scrollback
from tui.wire.terminal_rows import ASK, END, ScreenSoFar, parse

_log = logging.getLogger(__name__)

BYTES_PER_S: Final = 60_000
"""Of one sender; ours send a third of it."""
BURST_BYTES: Final = 400_000
MESSAGE_COSTS: Final = 100
"""Bytes that each message counts besides its own."""
SHOWING_COSTS: Final = 2_000
"""Bytes that a terminal costs which appears or goes away: everybody's screen changes."""
TELL_AGAIN_S: Final = 10.0
"""Whoever ends a terminal and shows one again sooner is not told of a second time."""
ASKS: Final = 6
"""Other shares are no terminals, and answer nothing."""
ASK_AGAIN_S: Final = 1.0
WAIT_S: Final = 10.0
"""The most that a reader waits for a change."""
_NONE: Final = ShownTerminal(0, NO_SCREEN)
_MOST: Final = 50
"""Terminals at once."""


class _Received:
    """One terminal of somebody's."""

    def __init__(self) -> None:
        self.so_far = ScreenSoFar()
        self.asks = 0
        self.refused = 0


class _Sender:
    """What is kept of one sender, beyond each terminal of theirs."""

    def __init__(self, clock: Clock) -> None:
        self.told_s = float("-inf")
        self.bytes = TokenBucket(BYTES_PER_S, BURST_BYTES, clock.monotonic_s)


class Terminals:
    """See the module.

    Args:
        context: Of the call.
    """

    def __init__(self, context: CallContext):
        self._transport = context.transport
        self._roster = context.roster
        self._happened = context.happened
        self._clock = context.clock
        self._received: dict[ParticipantId, _Received] = {}
        self._senders: dict[ParticipantId, _Sender] = {}
        """Of everybody in the call who has sent anything."""
        self._shown: dict[ParticipantId, ShownTerminal] = {}
        self._past: dict[ParticipantId, Scrollback] = {}
        self._serial = 0
        self._changed = asyncio.Condition()
        self._wake = asyncio.Event()
        self.own: OwnTerminal | None = None
        """What we share ourselves; set and taken away by whoever runs it."""

    @property
    def streams(self) -> tuple[StreamId, ...]:
        """The shares that are terminals."""
        return tuple(
            stream
            for one in self._roster.participants
            if one.id in self._shown
            for stream in one.shares[:1]
        )

    # ---- what others send
    async def heard(self, who: ParticipantId, message: bytes) -> None:
        """A message of somebody's."""
        if message == ASK:
            if self.own is not None:
                self.own.asked(who)
            return
        person = self._roster.get(who)
        if person is None or person.is_local or len(self._received) >= _MOST:
            return
        sender = self._senders.setdefault(who, _Sender(self._clock))
        if message == END:
            if sender.bytes.spend(SHOWING_COSTS):
                await self._forget(who)
            return
        received = self._received.setdefault(who, _Received())
        cost = len(message) + MESSAGE_COSTS + SHOWING_COSTS * (who not in self._shown)
        try:
            if not sender.bytes.spend(cost):
                raise NotOfTheSubset("too much at once")
            changed = received.so_far.take(parse(message))
        except NotOfTheSubset as error:
            received.refused += 1
            received.so_far.lost = True
            _log.debug("rows of %s refused: %s", who, error)
            changed = False
        if changed:
            received.asks = 0
            await self._show(who, received.so_far.screen)
        if received.so_far.lost:
            self._wake.set()

    async def _show(self, who: ParticipantId, screen: TerminalScreen) -> None:
        new = who not in self._shown
        self._serial += 1
        self._past.setdefault(who, Scrollback()).follow(screen)
        async with self._changed:
            self._shown[who] = ShownTerminal(self._serial, screen)
            self._changed.notify_all()
        person = self._roster.get(who)
        if new and person is not None:
            told = not person.is_local and self._is_news(who)
            self._happened(TerminalShared(person_of(person)) if told else StateChanged())

    def _is_news(self, who: ParticipantId) -> bool:
        sender, now_s = self._senders[who], self._clock.monotonic_s()
        before_s, sender.told_s = sender.told_s, now_s
        return now_s >= before_s + TELL_AGAIN_S

    async def _forget(self, who: ParticipantId) -> None:
        self._received.pop(who, None)
        self._past.pop(who, None)
        async with self._changed:
            gone = self._shown.pop(who, None)
            self._changed.notify_all()
        if gone is not None:
            self._happened(StateChanged())

    async def people_changed(self) -> None:
        """Somebody shares, shares no longer, or left."""
        sharing = {stream.participant for stream in self._roster.shares}
        local = self._roster.local
        if local is not None and self.own is not None:
            sharing.add(local.id)
        for who in (self._shown.keys() | self._received.keys()) - sharing:
            await self._forget(who)
        for who in sharing - self._received.keys():
            if local is None or who != local.id:
                self._received[who] = _Received()
        for who in self._senders.keys() - {one.id for one in self._roster.participants}:
            del self._senders[who]
        self._wake.set()

    async def run(self) -> None:
        """Ask for what is missing; for the whole call."""
        await self.people_changed()
        while True:
            await self._wake.wait()
            self._wake.clear()
            while missing := [
                (who, one)
                for who, one in self._received.items()
                if one.so_far.lost and one.asks < ASKS
            ]:
                for who, one in missing:
                    one.asks += 1
                    await self._ask(who)
                await self._clock.sleep(ASK_AGAIN_S)

    async def _ask(self, who: ParticipantId) -> None:
        try:
            await self._transport.send_rows(ASK, (who,))
        except CallsError as error:
            _log.debug("no whole screen asked for: %s", error.description)

    # ---- what is seen
    async def show_own(self, screen: TerminalScreen) -> None:
        """What our own terminal shows now."""
        await self._show(self._roster.ourselves().id, screen)

    async def forget_own(self) -> None:
        """We share no terminal any more."""
        self.own = None
        if self._roster.local is not None:
            await self._forget(self._roster.local.id)

    async def read(self, who: ParticipantId, after: int, lines: int = 0) -> ShownTerminal:
        """A terminal as soon as it is not the one of that serial any more, or after `WAIT_S`.

        With so many lines at most of what has scrolled away. Serial 0: there is none.
        """

        def other() -> bool:
            mark = self._shown.get(who)
            return mark is None or mark.serial != after

        async with self._changed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WAIT_S):
                    await self._changed.wait_for(other)
            shown = self._shown.get(who, _NONE)
            past = self._past.get(who)
            return replace(shown, past=past.last(lines)) if past is not None else shown
