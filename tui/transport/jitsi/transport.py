"""The Jitsi transport: one conference over as many connections as it takes."""

from __future__ import annotations

from tui.domain.join import JitsiJoin, OpenConference, TransportDocument
from tui.ports.transport import MediaReceiver
from tui.ports.transport_events import JoinedSession, OwnRightsChanged, TransportEvent
from tui.transport.backoff import Backoff, connect_within_s
from tui.transport.jitsi.connection import Connection
from tui.transport.jitsi.moderator import InRoom, JitsiModerator
from tui.transport.lasting import LastingTransport
from tui.transport.one_connection import OneConnection


class JitsiTransport(LastingTransport):
    """Implements `tui.ports.transport.Transport` for Jitsi Meet and what is built of it.

    Args:
        ask_conference: Asks a focus over HTTP; None: over XMPP always.
        backoff: Waits between attempts to join again.
        give_up_after_s: How long attempts to join again go on.
    """

    def __init__(
        self,
        *,
        ask_conference: OpenConference | None = None,
        backoff: Backoff | None = None,
        give_up_after_s: float = 120.0,
    ) -> None:
        super().__init__(backoff=backoff, give_up_after_s=give_up_after_s)
        self._ask_conference = ask_conference
        self._document: JitsiJoin | None = None
        self._receiver: MediaReceiver | None = None
        self._moderator = JitsiModerator(self._in_room)

    @property
    def carries_captions(self) -> bool:
        """See `Transport.carries_captions`; a program on the server alone sends them here."""
        return False

    @property
    def moderator(self) -> JitsiModerator | None:
        """See `Transport.moderator`; what the room says now."""
        connection = self._connection
        if isinstance(connection, Connection) and connection.moderates:
            return self._moderator
        return None

    async def join(self, document: TransportDocument, receiver: MediaReceiver) -> JoinedSession:
        """See `Transport.join`; with a `JitsiJoin`."""
        if not isinstance(document, JitsiJoin):
            raise TypeError(f"came {type(document).__name__}; expected a JitsiJoin")
        self._document, self._receiver = document, receiver
        return await self._join()

    async def _open(self, *, attempt: int = 0) -> OneConnection:
        assert self._document is not None  # join() set both
        assert self._receiver is not None
        return await Connection.open(
            self._document,
            self._receiver,
            name=self._name,
            emit=self._emit,
            wants=self._wants,
            waiting=self._emit,
            ask_conference=self._ask_conference,
            connect_within_s=connect_within_s(attempt),
        )

    def _emit(self, event: TransportEvent) -> None:
        if isinstance(event, OwnRightsChanged):
            self._hear_rights(event.rights)
        else:
            super()._emit(event)

    def _in_room(self) -> InRoom | None:
        connection = self._connection
        return connection.in_room if isinstance(connection, Connection) else None
