"""Jitsi rooms, which nobody signs in for: from a link to what is joined with."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.join import JitsiJoin
from tui.domain.settings import SessionSettings
from tui.domain.snapshot import User
from tui.domain.text import NAME_MAX_CHARACTERS, clean
from tui.ports.service import JitsiSites, JoinDocument
from tui.wire.jitsi_link import parse_jitsi_link

_NAMELESS: Final = "Guest"


class Conferences:
    """Rooms of Jitsi Meet deployments.

    Args:
        sites: Finds out where they are; None: nothing here does.
    """

    def __init__(self, sites: JitsiSites | None):
        self._sites = sites

    async def document(self, link: str, token: str, password: str, *, name: str) -> JoinDocument:
        """How to join the room of a link, under this name.

        Raises:
            CallsError: It is no such link, or there is no such place.
        """
        room = parse_jitsi_link(link, forced=True)
        if room is None or self._sites is None:
            raise CallsError(
                ErrorCode.VALIDATION,
                f"{clean(link, 80)} is not a link to a Jitsi room; expected https://HOST/Room.",
                field="session",
            )
        found = await self._sites.find(room.site, room.room, token=token or room.token)
        user = User("", clean(name, NAME_MAX_CHARACTERS) or _NAMELESS)
        return JoinDocument(room.label, user, replace(found, user=user, password=password))


def told_settings(document: JoinDocument, settings: SessionSettings) -> JoinDocument:
    """The document with what a conference tells the others of our settings."""
    if not isinstance(document.transport, JitsiJoin):
        return document
    return replace(document, transport=replace(document.transport, settings=settings))
