"""The media sessions of one connection, one at a time: opened, changed and ended by the focus.

What we publish outlives each of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final

from tui.domain.ids import StreamId, TrackSource
from tui.domain.join import JitsiJoin
from tui.ports.transport import MediaReceiver, ReceiveStats
from tui.ports.transport_events import TransportEvent
from tui.transport.gone import ConnectionGone
from tui.transport.jitsi.jingle import read_offer
from tui.transport.jitsi.roster import Roster
from tui.transport.jitsi.session import Session, Track
from tui.transport.jitsi.stream import XmppStream
from tui.transport.jitsi.xml import FOCUS, Element, deep
from tui.transport.rtc.peer import IceServer
from tui.transport.rtc.tracks import CameraTrack
from tui.transport.want import Want
from tui.wire.address import ANY, read_address

_log = logging.getLogger(__name__)

_MOST_WAITING: Final = 200


class MediaSessions:
    """Opens and ends them as the focus says.

    Args:
        stream: Where we answer.
        document: What was joined.
        room: The room's JID.
        roster: Who is there.
        receiver: Takes what is received.
        wants: How large each picture is needed.
        emit: Takes what is to be told.
        muted: Told what the focus wants muted from the beginning.
    """

    def __init__(
        self,
        stream: XmppStream,
        document: JitsiJoin,
        *,
        room: str,
        roster: Roster,
        receiver: MediaReceiver,
        wants: Mapping[StreamId, Want],
        emit: Callable[[TransportEvent], None],
        muted: Callable[[TrackSource, str], None],
    ) -> None:
        self.now: Session | None = None
        """The session there is; None while the focus has opened none."""
        self.servers: list[IceServer] = []
        """STUN and TURN servers."""
        self.changed: Callable[[], None] = lambda: None
        """Called when there is another session, or none."""
        self.lost: Callable[[str], None] = lambda _why: None
        """Told why the session of now is over."""
        self._stream = stream
        self._room = room
        self._roster = roster
        self._receiver = receiver
        self._wants = wants
        self._sctp = document.prefer_sctp
        self._video_height = document.video_height
        self._loopback = read_address(document.service_url, ANY, bare=False).is_loopback
        self._emit = emit
        self._muted = muted
        self._tracks: dict[TrackSource, Track] = {}
        self._actions: asyncio.Queue[Element] = asyncio.Queue(_MOST_WAITING)
        self._changing = asyncio.Lock()
        """Held while a session begins: what is published meanwhile is announced once."""

    def take(self, jingle: Element) -> None:
        """An action of the focus; done in its turn."""
        if not self._actions.full():
            self._actions.put_nowait(jingle)

    async def run(self) -> None:
        """Do what the focus says, one action after another, for ever."""
        while True:
            one = await self._actions.get()
            try:
                await self._do(one)
            except (ConnectionGone, ValueError) as error:
                _log.warning("%s: %s", one.get("action"), error)
                self.lost(str(error))

    async def publish(self, source: TrackSource, track: Track) -> None:
        """Send a track of ours in this session, if there is one, and in all later ones.

        Raises:
            CallsError: The focus does not take it.
            ConnectionGone: The stream is closed.
        """
        async with self._changing:
            self._tracks[source] = track
            if self.now is not None:
                await self.now.publish(source, track)

    async def unpublish(self, source: TrackSource, track: Track) -> None:
        """Send a track of ours no longer.

        Raises:
            ConnectionGone: The stream is closed.
        """
        async with self._changing:
            self._tracks.pop(source, None)
            if self.now is not None:
                await self.now.unpublish(source, track)

    def mute(self, source: TrackSource) -> None:
        """Stop pictures at once."""
        track = self._tracks.get(source)
        if isinstance(track, CameraTrack):
            track.set_muted(muted=True)

    def roster_changed(self) -> None:
        """Somebody came, went or changed."""
        if self.now is not None:
            self.now.roster_changed()

    def wants_changed(self) -> None:
        """The wanted picture sizes changed."""
        if self.now is not None:
            self.now.wants_changed()

    def stats(self) -> Mapping[StreamId, ReceiveStats]:
        """What the network did to each stream received."""
        return {} if self.now is None else self.now.stats()

    async def close(self) -> None:
        """Release everything. Idempotent."""
        session, self.now = self.now, None
        if session is not None:
            await session.close()

    def abort(self) -> None:
        """Let go of the sockets at once."""
        if self.now is not None:
            self.now.abort()

    async def _do(self, one: Element) -> None:
        action, sid = one.get("action", ""), one.get("sid", "")
        if action == "session-initiate":
            await self._begin(one)
        elif self.now is None or sid != self.now.offer.sid:
            _log.info("%s of a session there is not", action)
        elif action == "session-terminate":
            await self.close()
            self.changed()
        else:
            await self.now.take(action, one)

    async def _begin(self, one: Element) -> None:
        await self.close()
        self._start_muted(one)
        session = Session(
            read_offer(one),
            stream=self._stream,
            room=self._room,
            roster=self._roster,
            receiver=self._receiver,
            wants=self._wants,
            servers=self.servers,
            video_height=self._video_height,
            loopback=self._loopback,
            emit=self._emit,
            ended=lambda why: self._ended(session, why),
        )
        async with self._changing:
            self.now = session
            await session.accept(self._tracks, sctp=self._sctp)
        await session.take("source-add", one)
        self.changed()

    def _start_muted(self, one: Element) -> None:
        """A conference may begin silent for who comes late."""
        for said in deep(one, FOCUS, "startmuted") + deep(
            one, "http://jitsi.org/jitmeet/start-muted", "startmuted"
        ):
            for attribute, source in (
                ("audio", TrackSource.MICROPHONE),
                ("video", TrackSource.CAMERA),
            ):
                if said.get(attribute) == "true":
                    self._muted(source, "")

    def _ended(self, session: Session, why: str) -> None:
        if session is self.now:
            self.lost(why)
