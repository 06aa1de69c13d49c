"""What a moderator does to others, through the transport."""

from __future__ import annotations

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId, TrackSource
from tui.ports.transport import Moderator, Transport


class Moderation:
    """A moderator's deeds in one call.

    Args:
        transport: Knows whether we are one, which may change at any time.
    """

    def __init__(self, transport: Transport):
        self._transport = transport

    @property
    def permitted(self) -> bool:
        """Whether we are a moderator."""
        return self._transport.moderator is not None

    async def mute(self, who: ParticipantId, source: TrackSource) -> None:
        """Mute somebody's microphone or camera for everybody."""
        await self._moderator().mute(who, source)

    async def remove(self, who: ParticipantId) -> None:
        """Take somebody out of the session."""
        await self._moderator().remove(who)

    async def end(self) -> None:
        """End the session for everybody."""
        await self._moderator().end_for_all()

    def _moderator(self) -> Moderator:
        moderator = self._transport.moderator
        if moderator is None:
            raise CallsError(
                ErrorCode.NOT_PERMITTED,
                "Only a moderator may do this. Whoever started the session is its moderator.",
            )
        return moderator
