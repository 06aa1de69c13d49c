"""One Jingle session with the focus: from its offer to its end, with one media connection.

A conference may see several: the focus opens one when a second member comes, ends it when only one
is left, and begins anew when a bridge fails. Actions of a session are done one after another, since
the focus sends what belongs to a session before its offer is answered.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import StreamId, TrackSource
from tui.ports.transport import MediaReceiver, ReceiveStats
from tui.ports.transport_events import TransportEvent
from tui.transport.gone import ConnectionGone
from tui.transport.jitsi import jingle
from tui.transport.jitsi.bridge_talk import BridgeTalk
from tui.transport.jitsi.colibri import LABEL, PROTOCOL
from tui.transport.jitsi.jingle import Offer
from tui.transport.jitsi.received import Received
from tui.transport.jitsi.refusal import XmppError
from tui.transport.jitsi.roster import Roster
from tui.transport.jitsi.sources import announce, read_sources, source_name
from tui.transport.jitsi.stream import XmppStream
from tui.transport.jitsi.xml import FOCUS, JINGLE, Element, element
from tui.transport.rtc.bundle import Bundle
from tui.transport.rtc.described import Section, agreed
from tui.transport.rtc.line_watch import LineWatch
from tui.transport.rtc.peer import IceServer, PeerFailed
from tui.transport.rtc.tracks import CameraTrack, MicrophoneTrack
from tui.transport.want import Want

_log = logging.getLogger(__name__)

Track = MicrophoneTrack | CameraTrack


class Session:
    """One media session. Make it of an offer, `accept`, and `close` it always.

    Args:
        offer: Of the focus.
        stream: Where its actions are sent.
        room: The room's JID.
        roster: Who is there.
        receiver: Takes what is received.
        wants: How large each picture is needed.
        servers: STUN and TURN servers.
        video_height: Of the smaller side of our pictures, at most [pixels]; 0: no limit.
        loopback: Offer 127.0.0.1 to the bridge.
        emit: Takes what is to be told.
        ended: Called once when media that flowed are lost, with a reason in words.
    """

    def __init__(
        self,
        offer: Offer,
        *,
        stream: XmppStream,
        room: str,
        roster: Roster,
        receiver: MediaReceiver,
        wants: Mapping[StreamId, Want],
        servers: Sequence[IceServer],
        video_height: int,
        loopback: bool,
        emit: Callable[[TransportEvent], None],
        ended: Callable[[str], None],
    ) -> None:
        self.offer = offer
        self._stream = stream
        self._room = room
        self._roster = roster
        self._endpoint = str(roster.local.id)
        self._bundle = Bundle(
            servers, loopback=loopback, ended=lambda state: ended(f"media connection {state}")
        )
        self._received = Received(self._bundle, roster, receiver)
        self._cameras: dict[str, CameraTrack] = {}
        self._talk = BridgeTalk(
            self._received,
            roster,
            wants,
            emit=emit,
            camera=lambda name: self._cameras.get(name),
            video_height=video_height,
        )
        self._ended = ended
        self._sections: dict[str, Section] = {}
        self._published: dict[TrackSource, list[Element]] = {}
        """What was announced of each."""
        self._tasks: list[asyncio.Task[None]] = []
        self._failed: str = ""
        self._over = asyncio.Event()

    async def accept(self, tracks: Mapping[TrackSource, Track], *, sctp: bool) -> None:
        """Answer the offer, and begin to connect.

        Args:
            tracks: What we publish.
            sctp: The bridge's channel may run over the media connection.

        Raises:
            ConnectionGone: The focus does not take our answer, or nothing can be agreed on.
        """
        for kind, offered in self.offer.sections.items():
            section = agreed(offered)
            if section is not None:
                self._sections[kind] = section
        if "audio" not in self._sections:
            raise PeerFailed("the bridge offers no sound that we could decode")
        self._bundle.agree(self._sections)
        near = await self._bundle.gather()
        port = self.offer.sctp_port if sctp or not self.offer.websocket else 0
        announced: dict[str, list[Element]] = {kind: [] for kind in self._sections}
        for source, track in tracks.items():
            if track.kind in announced:
                announced[track.kind] += self._announced(source, track)
        contents = [
            jingle.content(
                kind,
                jingle.section_element(section, announced[kind]),
                jingle.end_element(near, "active"),
            )
            for kind, section in self._sections.items()
        ]
        if port:
            end = jingle.end_element(near, "active", sctp_port=port)
            contents.append(jingle.content("data", end))
        names = [*self._sections, *(["data"] if port else [])]
        self._start(self._connect(port), "media connection")
        if not port:
            self._start(self._talk.channel.run_websocket(self.offer.websocket), "bridge channel")
        self._start(self._talk.run_wants(), "wanted pictures")
        try:
            await self._send("session-accept", jingle.bundled(names), *contents)
        except XmppError as error:
            raise PeerFailed(f"the focus does not take our answer: {error}") from error

    async def connected(self) -> None:
        """Wait until media can flow.

        Raises:
            PeerFailed: They can't.
        """
        coming = asyncio.ensure_future(self._bundle.connected.wait())
        over = asyncio.ensure_future(self._over.wait())
        try:
            await asyncio.wait({coming, over}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            coming.cancel()
            over.cancel()
        if not self._bundle.connected.is_set():
            raise PeerFailed(self._failed or "the media session ended")

    @property
    def is_connected(self) -> bool:
        """Whether media can flow."""
        return self._bundle.connected.is_set() and not self._over.is_set()

    def line_watch(self) -> LineWatch:
        """Watches whether anything comes, once connected."""
        return self._bundle.line_watch()

    async def take(self, action: str, one: Element) -> None:
        """Do an action of the focus: the only ones that come here belong to this session."""
        if action in ("source-add", "source-remove"):
            announced = [
                source
                for source in read_sources(one, jingle.descriptions(one))
                if source.owner not in ("jvb", "", self._endpoint)
            ]
            if action == "source-add":
                await self._received.bind(announced)
            else:
                await self._received.unbind(announced)
        elif action == "transport-info":
            for end in jingle.read_ends(one):
                await self._bundle.add_candidates(end.candidates)
        else:
            _log.info("not for us: %s", action)

    async def publish(self, source: TrackSource, track: Track) -> None:
        """Send one more track of ours.

        Raises:
            CallsError: The focus does not take it.
            ConnectionGone: The stream is closed.
        """
        section = self._sections.get(track.kind)
        if section is None or source in self._published:
            return
        made = jingle.section_element(Section(track.kind), self._announced(source, track))
        try:
            await self._send("source-add", jingle.content(track.kind, made))
        except XmppError as error:
            raise CallsError(
                ErrorCode.SESSION_FULL
                if error.condition == "resource-constraint"
                else ErrorCode.NOT_PERMITTED,
                f"The server does not take your {source.replace('_', ' ')}"
                f" ({error.condition}). The others neither hear nor see it.",
            ) from error
        await self._bundle.start(track)
        if source is TrackSource.SCREEN_SHARE:
            await self._talk.tell_video_type(source_name(self._endpoint, source), desktop=True)

    async def unpublish(self, source: TrackSource, track: Track) -> None:
        """Send a track of ours no longer.

        Raises:
            ConnectionGone: The stream is closed.
        """
        announced = self._published.pop(source, None)
        self._cameras.pop(source_name(self._endpoint, source), None)
        if announced is None:
            return
        await self._bundle.remove(track)
        made = jingle.section_element(Section(track.kind), announced)
        try:
            await self._send("source-remove", jingle.content(track.kind, made))
        except XmppError as error:
            _log.info("the focus kept our %s: %s", source, error)

    def roster_changed(self) -> None:
        """Somebody came, went or changed."""
        self._received.refresh()
        self._talk.wants_changed()

    def wants_changed(self) -> None:
        """The wanted picture sizes changed."""
        self._talk.wants_changed()

    def stats(self) -> dict[StreamId, ReceiveStats]:
        """What the network did to each stream received."""
        return self._received.stats()

    async def ask_restart(self) -> None:
        """Ask the focus to end this session and to begin another.

        Raises:
            ConnectionGone: It does not answer, or refuses.
        """
        session = element(
            FOCUS, "bridge-session", {"id": self.offer.bridge_session or None, "restart": "true"}
        )
        try:
            await self._send("session-terminate", jingle.reason("connectivity-error"), session)
        except XmppError as error:
            raise ConnectionGone(f"the focus does not begin anew: {error}") from error

    async def terminate(self) -> None:
        """Say that we end it. Raises `ConnectionGone`."""
        await self._stream.send(self._action("session-terminate", jingle.reason("success")))

    async def close(self) -> None:
        """Release everything; our tracks stay usable. Idempotent."""
        self._over.set()
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._received.close()
        await self._bundle.close()

    def abort(self) -> None:
        """Let go of the sockets at once: `close` did not come to its end."""
        self._received.close()
        self._bundle.abort()

    async def _connect(self, sctp_port: int) -> None:
        try:
            await self._bundle.connect(self.offer.far)
        except PeerFailed as error:
            self._failed = str(error)
            self._over.set()
            self._ended(str(error))
            return
        self._start(self._talk.run_figures(self._bundle), "figures")
        if sctp_port:
            messages = self._bundle.open_channel(LABEL, PROTOCOL, sctp_port)
            self._start(self._talk.channel.run_messages(messages), "bridge channel")

    def _announced(self, source: TrackSource, track: Track) -> list[Element]:
        """Make a sender for it; what the others are told of it."""
        name = source_name(self._endpoint, source)
        ssrcs = self._bundle.add(track)
        section = self._sections[track.kind]
        if isinstance(track, CameraTrack):
            self._cameras[name] = track
            self._talk.limit(track)
        desktop = source is TrackSource.SCREEN_SHARE
        msid = f"{self._endpoint}-{track.kind}-{int(desktop)} {name.rpartition('-')[2]}"
        used = ssrcs if section.rtx else ssrcs[:1]
        self._published[source] = announced = announce(name, msid, used, desktop=desktop)
        return announced

    async def _send(self, action: str, *inside: Element) -> None:
        to = f"{self._room}/focus"
        await self._stream.ask(to, "set", self._jingle(action, *inside))

    def _action(self, action: str, *inside: Element) -> Element:
        head = {"type": "set", "id": action, "to": f"{self._room}/focus"}
        return element("jabber:client", "iq", head, self._jingle(action, *inside))

    def _jingle(self, action: str, *inside: Element) -> Element:
        head = {
            "action": action,
            "sid": self.offer.sid,
            "initiator": self.offer.initiator,
            "responder": f"{self._room}/{self._endpoint}",
        }
        return element(JINGLE, "jingle", head, *inside)

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._tasks.append(asyncio.create_task(self._guard(work, name), name=name))

    async def _guard(self, work: Coroutine[Any, Any, None], name: str) -> None:
        try:
            await work
        except ConnectionGone as error:
            self._ended(f"{name}: {error}")
        except Exception as error:  # a fault of ours or of aiortc ends this session, not the call
            _log.exception("%s failed", name)
            self._ended(f"{name}: {error!r}")
