"""What a moderator does to others, through the server's RoomService."""

from __future__ import annotations

from collections.abc import Callable

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId, TrackSource
from tui.domain.snapshot import Role
from tui.ports.service import RoomAdmin
from tui.session.roster import Roster


class Moderation:
    """A moderator's deeds in one call.

    Args:
        admin: None when our token gives no such rights.
        roster: Who is there, with their tracks.
        session_id: The session's name on the server, once joined.
    """

    def __init__(self, admin: RoomAdmin | None, roster: Roster, session_id: Callable[[], str]):
        self._room_admin = admin
        self._roster = roster
        self._session_id = session_id

    @property
    def permitted(self) -> bool:
        """Whether we are a moderator."""
        local = self._roster.local
        return self._room_admin is not None and local is not None and local.role is Role.MODERATOR

    async def mute(self, who: ParticipantId, source: TrackSource) -> None:
        """Mute somebody's microphone or camera for everybody."""
        admin = self._admin()
        sid = self._roster.track_sid(who, source)
        if not sid:
            what = "microphone" if source is TrackSource.MICROPHONE else "camera"
            raise CallsError(ErrorCode.VALIDATION, f"This participant has no {what} in the call.")
        await admin.mute(self._session_id(), who, sid)

    async def remove(self, who: ParticipantId) -> None:
        """Take somebody out of the session."""
        await self._admin().remove(self._session_id(), who)

    async def end(self) -> None:
        """End the session for everybody."""
        await self._admin().end(self._session_id())

    def _admin(self) -> RoomAdmin:
        if not self.permitted or self._room_admin is None:
            raise CallsError(
                ErrorCode.NOT_PERMITTED,
                "Only a moderator may do this. Whoever started the session is its moderator.",
            )
        return self._room_admin

    async def aclose(self) -> None:
        """Release connections."""
        if self._room_admin is not None:
            await self._room_admin.aclose()
