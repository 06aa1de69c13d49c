"""What a moderator does to others in a room: questions to the focus and to the room."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId, StreamId, TrackSource
from tui.domain.text import clean
from tui.transport.gone import ConnectionGone
from tui.transport.jitsi.av_moderation import AvModeration
from tui.transport.jitsi.refusal import XmppError
from tui.transport.jitsi.roster import FOCUS_NICK, Roster
from tui.transport.jitsi.stream import XmppStream
from tui.transport.jitsi.xml import CLIENT, MUC_ADMIN, MUTE_AUDIO, MUTE_VIDEO, Element, element


class InRoom:
    """Where a moderator acts: one connection's part."""

    def __init__(
        self,
        stream: XmppStream,
        room: str,
        roster: Roster,
        components: Mapping[str, str],
        av_moderation: AvModeration,
    ) -> None:
        self.stream = stream
        self.room = room
        self.roster = roster
        self.components = components
        """Addresses of the server's components by type."""
        self.av_moderation = av_moderation


class JitsiModerator:
    """Implements `tui.ports.transport.Moderator`.

    Args:
        where: The connection in use; None while there is none.
    """

    def __init__(self, where: Callable[[], InRoom | None]) -> None:
        self._where = where

    async def mute(self, who: ParticipantId, source: TrackSource) -> None:
        """See `Moderator.mute`."""
        here = self._here()
        if here.roster.source_of(StreamId(who, source)) is None:
            what = source.replace("_", " ")
            raise CallsError(ErrorCode.VALIDATION, f"This participant has no {what} in the call.")
        namespace = MUTE_AUDIO if source is TrackSource.MICROPHONE else MUTE_VIDEO
        words = element(namespace, "mute", {"jid": f"{here.room}/{who}"}, "true")
        await self._ask(here, f"{here.room}/{FOCUS_NICK}", words)

    async def remove(self, who: ParticipantId) -> None:
        """See `Moderator.remove`."""
        here = self._here()
        item = element(MUC_ADMIN, "item", {"nick": who, "role": "none"})
        await self._ask(here, here.room, element(MUC_ADMIN, "query", None, item))

    async def lock(self, *, on: bool) -> None:
        """See `Moderator.lock`."""
        raise CallsError(
            ErrorCode.NOT_SUPPORTED, "Rooms on Jitsi are locked in Jitsi Meet: a lobby, a password."
        )

    async def answer(self, knock: str, *, let_in: bool) -> None:
        """See `Moderator.answer`; nobody is told here who knocks."""
        await self.lock(on=True)

    async def readmit(self, who: ParticipantId) -> None:
        """See `Moderator.readmit`."""
        raise CallsError(
            ErrorCode.NOT_SUPPORTED, "Nobody is kept out here: they can join again as they are."
        )

    async def end_for_all(self) -> None:
        """See `Moderator.end_for_all`."""
        here = self._here()
        component = here.components.get("end_conference", "")
        if not component:
            raise CallsError(
                ErrorCode.NOT_SUPPORTED,
                "This server has no way to end a call for everybody. Remove the others, or leave.",
            )
        words = element("jabber:client", "end_conference")
        await self._say(here, element(CLIENT, "message", {"to": component}, words))

    async def let_all(self, source: TrackSource, *, on: bool) -> None:
        """See `Moderator.let_all`."""
        here = self._with_av_moderation()
        await self._say(here, here.av_moderation.hold(source, held=not on))

    async def let(self, who: ParticipantId, source: TrackSource) -> None:
        """See `Moderator.let`."""
        here = self._with_av_moderation()
        await self._say(here, here.av_moderation.let(who, source))

    def _with_av_moderation(self) -> InRoom:
        here = self._here()
        if not here.av_moderation.component:
            raise CallsError(
                ErrorCode.NOT_SUPPORTED,
                "This server lets everybody turn on microphone and camera. Mute them instead.",
            )
        return here

    def _here(self) -> InRoom:
        here = self._where()
        if here is None:
            raise _no_connection()
        return here

    async def _say(self, here: InRoom, message: Element) -> None:
        try:
            await here.stream.send(message)
        except ConnectionGone as error:
            raise _no_connection() from error

    async def _ask(self, here: InRoom, to: str, words: Element) -> None:
        try:
            await here.stream.ask(to, "set", words)
        except XmppError as error:
            raise CallsError(
                ErrorCode.NOT_PERMITTED,
                f"The server does not let you do this ({clean(error.condition, 60)}).",
            ) from error
        except ConnectionGone as error:
            raise _no_connection() from error


def _no_connection() -> CallsError:
    return CallsError(
        ErrorCode.CONNECTION_FAILED,
        "Not done: there is no connection right now. Do it again when it is back.",
    )
