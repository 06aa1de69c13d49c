"""What a moderator does to others on a LiveKit server: RoomService, beside the signalling."""

from __future__ import annotations

from collections.abc import Callable

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId, TrackSource
from tui.ports.service import RoomAdmin

MakeRoomAdmin = Callable[[str, str], RoomAdmin]
"""From the media server's address and an access token with the right to moderate."""


class LiveKitModerator:
    """Implements `tui.ports.transport.Moderator`.

    Args:
        make_admin: Makes the way to RoomService, when it is needed first.
        session_id: The room.
        track_sid: The server's name for what a participant publishes; None when it does not.
    """

    def __init__(
        self,
        make_admin: Callable[[], RoomAdmin],
        *,
        session_id: str,
        track_sid: Callable[[ParticipantId, TrackSource], str | None],
    ) -> None:
        self._make_admin = make_admin
        self._session_id = session_id
        self._track_sid = track_sid
        self._made: RoomAdmin | None = None

    async def mute(self, who: ParticipantId, source: TrackSource) -> None:
        """See `Moderator.mute`."""
        sid = self._track_sid(who, source)
        if sid is None:
            what = source.replace("_", " ")
            raise CallsError(ErrorCode.VALIDATION, f"This participant has no {what} in the call.")
        await self._admin().mute(self._session_id, who, sid)

    async def remove(self, who: ParticipantId) -> None:
        """See `Moderator.remove`."""
        await self._admin().remove(self._session_id, who)

    async def lock(self, *, on: bool) -> None:
        """See `Moderator.lock`."""
        await self._admin().lock(self._session_id, on=on)

    async def answer(self, knock: str, *, let_in: bool) -> None:
        """See `Moderator.answer`."""
        await self._admin().answer(self._session_id, knock, let_in=let_in)

    async def readmit(self, who: ParticipantId) -> None:
        """See `Moderator.readmit`."""
        await self._admin().readmit(self._session_id, who)

    async def end_for_all(self) -> None:
        """See `Moderator.end_for_all`."""
        await self._admin().end(self._session_id)

    async def let_all(self, source: TrackSource, *, on: bool) -> None:
        """See `Moderator.let_all`."""
        raise _not_held()

    async def let(self, who: ParticipantId, source: TrackSource) -> None:
        """See `Moderator.let`."""
        raise _not_held()

    async def close(self) -> None:
        """Release connections. Idempotent."""
        made, self._made = self._made, None
        if made is not None:
            await made.aclose()

    def _admin(self) -> RoomAdmin:
        if self._made is None:
            self._made = self._make_admin()
        return self._made


def _not_held() -> CallsError:
    return CallsError(
        ErrorCode.NOT_SUPPORTED,
        "On this server everybody may turn on microphone and camera. Mute them instead.",
    )
