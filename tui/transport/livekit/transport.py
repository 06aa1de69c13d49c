"""The LiveKit transport: one session over as many connections as it takes."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tui.domain.ids import NOBODY, ParticipantId, StreamId, TrackSource
from tui.domain.join import LiveKitJoin, TransportDocument
from tui.domain.participant import Role
from tui.ports.transport import MediaReceiver
from tui.ports.transport_events import (
    JoinedSession,
    OwnRoleChanged,
    ParticipantUpdated,
    TransportEvent,
)
from tui.transport.backoff import Backoff, connect_within_s
from tui.transport.lasting import LastingTransport
from tui.transport.livekit.address import ServerAddress, parse_address
from tui.transport.livekit.connection import Connection
from tui.transport.livekit.keys import Keys
from tui.transport.livekit.moderator import LiveKitModerator, MakeRoomAdmin
from tui.transport.livekit.way_in import WayIn
from tui.transport.one_connection import OneConnection
from tui.wire.known_servers import KnownServers


class LiveKitTransport(LastingTransport):
    """Implements `tui.ports.transport.Transport` for LiveKit servers, protocol v0.

    Args:
        backoff: Waits between attempts to join again.
        give_up_after_s: How long attempts to join again go on.
        loopback_candidates: Offer 127.0.0.1 to the server; None: when it runs on this machine.
        make_room_admin: The way to RoomService, for moderators; without it nobody is one.
        known: Servers with certificates of their own.
    """

    def __init__(
        self,
        *,
        backoff: Backoff | None = None,
        give_up_after_s: float = 120.0,
        loopback_candidates: bool | None = None,
        make_room_admin: MakeRoomAdmin | None = None,
        known: KnownServers | None = None,
    ) -> None:
        super().__init__(backoff=backoff, give_up_after_s=give_up_after_s)
        self._loopback_candidates = loopback_candidates
        self._make_room_admin = make_room_admin
        self._known = known
        self._moderator: LiveKitModerator | None = None
        self._always_moderator = False
        """By our token, whatever the server says of us later."""
        self._moderates = False
        self._session_id = ""
        self._local_id = NOBODY
        self._address: ServerAddress | None = None
        self._token = ""
        self._keys: Keys | None = None
        self._receiver: MediaReceiver | None = None
        self._latest: Connection | None = None
        """The connection in use or, while there is none, the last one: it knows who was there."""

    @property
    def moderator(self) -> LiveKitModerator | None:
        """See `Transport.moderator`: what our token says, or the server since."""
        return self._moderator if self._moderates else None

    async def join(self, document: TransportDocument, receiver: MediaReceiver) -> JoinedSession:
        """See `Transport.join`; with a `LiveKitJoin`."""
        if not isinstance(document, LiveKitJoin):
            raise TypeError(f"came {type(document).__name__}; expected a LiveKitJoin")
        self._address = parse_address(document.url, self._known)
        self._token = document.token.strip()
        self._receiver = receiver
        if document.key:
            self._keys = await asyncio.to_thread(Keys, document.key)
        joined = await self._join()
        self._session_id, self._local_id = joined.session_id, joined.local.id
        self._always_moderator = document.moderator
        self._take_role(joined.local.role)
        role = Role.MODERATOR if self._moderates else Role.NONE
        return replace(joined, local=replace(joined.local, role=role))

    async def use_key(self, key: str) -> None:
        """See `Transport.use_key`."""
        if self._keys is None:
            await super().use_key(key)
        else:
            self._keys.take(await asyncio.to_thread(Keys, key))

    async def _open(self, *, attempt: int = 0) -> OneConnection:
        assert self._address is not None  # join() set both
        assert self._receiver is not None
        loopback = self._loopback_candidates
        return await Connection.open(
            WayIn(
                self._address,
                self._token,
                self._keys,
                loopback=self._address.is_loopback if loopback is None else loopback,
                again_in="" if self._latest is None else self._latest.session_sid,
            ),
            self._receiver,
            emit=self._emit,
            on_token=self._take_token,
            wants=self._wants,
            connect_within_s=connect_within_s(attempt),
        )

    def _emit(self, event: TransportEvent) -> None:
        if isinstance(event, ParticipantUpdated) and event.participant.id == self._local_id:
            self._hear_role(event.participant.role)
            self._hear_rights(event.participant.rights)
        super()._emit(event)

    def _use(self, connection: OneConnection) -> None:
        assert isinstance(connection, Connection)  # of `_open`
        self._latest = connection
        if self._session_id:
            self._hear_role(connection.joined().local.role)
        super()._use(connection)

    def _hear_role(self, role: Role) -> None:
        before = self._moderates
        self._take_role(role)
        if self._moderates != before:
            self._events.put(OwnRoleChanged(Role.MODERATOR if self._moderates else Role.NONE))

    def _take_role(self, role: Role) -> None:
        """What the server says we are: on its own word, and nobody else's, we act."""
        make = self._make_room_admin
        if make is None:
            return
        self._moderates = self._always_moderator or role is Role.MODERATOR
        if self._moderates and self._moderator is None:
            self._moderator = self._make_moderator(make, self._session_id)

    async def _released(self) -> None:
        if self._moderator is not None:
            await self._moderator.close()

    def _take_token(self, token: str) -> None:
        if token:
            self._token = token

    def _make_moderator(self, make: MakeRoomAdmin, session_id: str) -> LiveKitModerator:
        address = self._address
        assert address is not None  # join() set it

        def track_sid(who: ParticipantId, source: TrackSource) -> str | None:
            return None if self._latest is None else self._latest.track_sid(StreamId(who, source))

        return LiveKitModerator(
            lambda: make(address.base, self._token), session_id=session_id, track_sid=track_sid
        )
