"""What a moderator does to others, through the transport."""

from __future__ import annotations

from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import Knocked, LockChanged, StateChanged
from tui.domain.ids import ParticipantId, TrackSource
from tui.domain.snapshot import Knock, RemovedPerson
from tui.domain.text import clean_name
from tui.ports.transport import Moderator, Transport
from tui.ports.transport_events import LockTold
from tui.session.outlet import Happened
from tui.session.roster import Roster

HELD: Final = (TrackSource.MICROPHONE, TrackSource.CAMERA)
"""What others may be kept from turning on."""


class Moderation:
    """A moderator's deeds in one call.

    Args:
        transport: Knows whether we are one, which may change at any time.
        roster: Who is there.
        happened: Says that whom we took out has changed.
    """

    def __init__(self, transport: Transport, roster: Roster, happened: Happened):
        self._transport = transport
        self._roster = roster
        self._happened = happened
        self.removed: tuple[RemovedPerson, ...] = ()
        """Whom we took out and did not let in again."""
        self.locked = False
        self.knocks: tuple[Knock, ...] = ()

    @property
    def permitted(self) -> bool:
        """Whether we are a moderator."""
        return self._transport.moderator is not None

    async def mute(self, who: ParticipantId, source: TrackSource) -> None:
        """Mute somebody's microphone or camera for everybody."""
        await self._moderator().mute(who, source)

    async def remove(self, who: ParticipantId) -> None:
        """Take somebody out of the session."""
        person = self._roster.get(who)
        await self._moderator().remove(who)
        if person is not None:
            others = self._without(who)
            self._set_removed(*others, RemovedPerson(who, person.uid, person.name))

    async def lock(self, *, on: bool) -> None:
        """Lock the session, or open it."""
        await self._moderator().lock(on=on)

    async def answer(self, knock: str, *, let_in: bool) -> None:
        """Answer somebody who knocks."""
        await self._moderator().answer(knock, let_in=let_in)

    def lock_told(self, told: LockTold) -> None:
        """Whether the session is locked, and who knocks now; who is new is said to moderators."""
        before, known = self.locked, {one.id for one in self.knocks}
        self.locked = told.locked
        self.knocks = tuple(Knock(one.id, clean_name(one.name)) for one in told.knocks)
        if before != self.locked:
            self._happened(LockChanged(self.locked))
        for one in self.knocks:
            if one.id not in known and self.permitted:
                self._happened(Knocked(one.name))
        self._happened(StateChanged())

    async def readmit(self, who: ParticipantId) -> None:
        """Let somebody join again whom we took out."""
        await self._moderator().readmit(who)
        self._set_removed(*self._without(who))

    def _without(self, who: ParticipantId) -> tuple[RemovedPerson, ...]:
        return tuple(one for one in self.removed if one.id != who)

    def _set_removed(self, *removed: RemovedPerson) -> None:
        self.removed = removed
        self._happened(StateChanged())

    async def end(self) -> None:
        """End the session for everybody."""
        await self._moderator().end_for_all()

    async def let_all(self, *, on: bool) -> None:
        """Whether the others may turn microphone and camera on by themselves."""
        for source in HELD:
            await self._moderator().let_all(source, on=on)

    async def let(self, who: ParticipantId) -> None:
        """Let somebody turn microphone and camera on although the others may not."""
        for source in HELD:
            await self._moderator().let(who, source)

    def _moderator(self) -> Moderator:
        moderator = self._transport.moderator
        if moderator is None:
            raise CallsError(
                ErrorCode.NOT_PERMITTED,
                "Only a moderator may do this. Whoever came first of those signed in is it.",
            )
        return moderator
