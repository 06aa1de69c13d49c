"""When we may be said to be in a session: when media flow, or it is known why they do not.

Until then nobody else is said to come or to go, and nothing is said to be heard or seen.
"""

from __future__ import annotations

import asyncio

from tui.domain.happenings import MediaFound, SessionJoined, SettingsIgnored
from tui.domain.settings import SessionSettings, without_effect
from tui.domain.text import clean
from tui.session.call_context import CallContext
from tui.session.own_state import OwnState
from tui.session.viewing import Viewing


class Entry:
    """Says once that we are in, and who was there before us.

    Args:
        context: Of the call.
        own: What the others do not hear and see of us.
        viewing: Follows what is shared already.
        settings: Some may have no effect here.
        sealed: We have a key.
    """

    def __init__(
        self,
        context: CallContext,
        *,
        own: OwnState,
        viewing: Viewing,
        settings: SessionSettings,
        sealed: bool,
    ):
        self._title = context.title
        self._roster = context.roster
        self._own = own
        self._viewing = viewing
        self._settings = settings
        self._sealed = sealed
        self._happened = context.happened
        self.said = asyncio.Event()
        """Set once it was said that we are in."""

    async def wait(self, over: asyncio.Event) -> None:
        """Wait until it was said that we are in, or that it is `over`."""
        waiting = [asyncio.ensure_future(one.wait()) for one in (self.said, over)]
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waiting:
                one.cancel()

    def media_flow(self) -> None:
        """Media flow: say that we are in, or that media are back."""
        if self.said.is_set():
            self._happened(MediaFound(self._roster.ourselves().audio_muted))
        else:
            self._say()

    def media_missing(self, why: str) -> None:
        """Media do not flow yet, for this reason from outside; the transport goes on trying."""
        if not self.said.is_set():
            self._say(clean(why))

    def joined_again(self) -> None:
        """The connection is back after a loss: say that we are in, unless it was said before."""
        if not self.said.is_set():
            self._say()

    def _say(self, missing: str = "") -> None:
        self.said.set()
        muted, camera_off = self._roster.ourselves().audio_muted, not self._own.camera_wished
        names = tuple(participant.name for participant in self._roster.participants)
        self._happened(
            SessionJoined(
                self._title(), names, muted, camera_off, missing=missing, sealed=self._sealed
            )
        )
        self._roster.introduce()
        self._viewing.follow_shares()
        if ignored := without_effect(self._settings):
            self._happened(SettingsIgnored(tuple(ignored)))
