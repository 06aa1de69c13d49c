"""Streams that the bridge sends us: which SSRC carries what, and whose that is.

With SSRC rewriting the bridge has a set of SSRCs and says what each carries now; without it, every
source keeps its own and Jingle announces it. Both come here. The trap is a picture that was on its
way, or already in the decoder, when its SSRC became somebody else's: so each binding has a receiver
of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from tui.domain.ids import StreamId
from tui.domain.media import AudioPacket, EncodedPicture, PlanarFrame
from tui.ports.transport import MediaReceiver, ReceiveStats
from tui.transport.jitsi.roster import Roster
from tui.transport.jitsi.sources import Announced
from tui.transport.rtc.bundle import Bundle
from tui.transport.rtc.incoming import Incoming
from tui.transport.rtc.peer import PeerFailed

_ASK_EVERY_S: Final = 0.4
_ASK_TIMES: Final = 20
_MOST_STREAMS: Final = 200


class _Bound:
    """One SSRC and what it carries."""

    def __init__(self, announced: Announced, media: MediaReceiver) -> None:
        self.announced = announced
        self.route: StreamId | None = None
        """None while nobody is known to have this source, or it is not for us."""
        self.incoming: Incoming | None = None
        self.shown = False
        """Whether a picture came."""
        self.asking: asyncio.Task[None] | None = None
        self._media = media

    def opened(self, data: bytes) -> bytes | None:
        """Let nothing through that is not ours to hear."""
        return data if self.route is not None else None

    def put_packet(self, packet: AudioPacket) -> None:
        """Sound came."""
        if self.route is not None:
            self._media.audio_packet(self.route, packet)

    def put_encoded(self, picture: EncodedPicture) -> bool:
        """A picture is about to be decoded."""
        return self.route is not None and self._media.video_encoded(self.route, picture)

    def put_picture(self, picture: PlanarFrame) -> None:
        """A picture came."""
        self.shown = True
        if self.route is not None:
            self._media.video_frame(self.route, picture)

    def refuse_picture(self) -> None:
        """A key picture was not decoded."""
        self.shown = True  # asking again would bring the same
        if self.route is not None:
            self._media.video_refused(self.route)

    def end_route(self) -> None:
        """The stream that this carried has ended."""
        stream, self.route = self.route, None
        if stream is None:
            return
        if self.announced.kind == "audio":
            self._media.audio_ended(stream)
        else:
            self._media.video_ended(stream)


class Received:
    """Everything that comes over one media connection.

    Args:
        bundle: The connection.
        roster: Who has which source.
        media: Takes what comes.
    """

    def __init__(self, bundle: Bundle, roster: Roster, media: MediaReceiver) -> None:
        self._bundle = bundle
        self._roster = roster
        self._media = media
        self._bound: dict[int, _Bound] = {}
        self._changing = asyncio.Lock()
        """Held while bindings change: the bridge's channel and Jingle both bring some."""

    async def bind(self, announced: Iterable[Announced]) -> None:
        """These SSRCs carry this from now on; the others what they did."""
        async with self._changing:
            for one in announced:
                await self._bind(one)

    async def unbind(self, announced: Iterable[Announced]) -> None:
        """These SSRCs carry nothing any more."""
        async with self._changing:
            for one in announced:
                self._unbind(one.ssrc)

    async def _bind(self, announced: Announced) -> None:
        before = self._bound.get(announced.ssrc)
        if before is not None and before.announced == announced:
            return
        for ssrc, other in list(self._bound.items()):
            # The same source on another SSRC: the older binding is over.
            if ssrc == announced.ssrc or other.announced.name == announced.name:
                self._unbind(ssrc)
        if len(self._bound) >= _MOST_STREAMS:
            return
        bound = _Bound(announced, self._media)
        try:
            bound.incoming = await self._bundle.receive(announced.kind, announced.ssrcs, bound)
        except PeerFailed:
            return  # of a kind that was not agreed on, or it is over
        self._bound[announced.ssrc] = bound
        self._route(bound)
        if announced.kind == "video":
            bound.asking = asyncio.create_task(self._ask(bound), name="first key picture")

    def _unbind(self, ssrc: int) -> None:
        bound = self._bound.pop(ssrc, None)
        if bound is None:
            return
        bound.end_route()
        if bound.asking is not None:
            bound.asking.cancel()
        if bound.incoming is not None:
            self._bundle.drop(bound.incoming)

    def refresh(self) -> None:
        """The roster changed: find out again whose each stream is."""
        for bound in self._bound.values():
            self._route(bound)

    def video_ssrcs(self) -> list[int]:
        """Of all pictures."""
        return [one for one, bound in self._bound.items() if bound.announced.kind == "video"]

    def stats(self) -> dict[StreamId, ReceiveStats]:
        """What the network did to each stream that is received now."""
        return {
            bound.route: stats
            for bound in self._bound.values()
            if bound.route is not None
            and bound.incoming is not None
            and (stats := bound.incoming.stats()) is not None
        }

    def close(self) -> None:
        """End every stream; the connection is closed after it."""
        for bound in self._bound.values():
            bound.end_route()
            if bound.asking is not None:
                bound.asking.cancel()
        self._bound.clear()

    def _route(self, bound: _Bound) -> None:
        route = self._roster.stream_of(bound.announced.name)
        if route != bound.route:
            bound.end_route()
            bound.route = route

    async def _ask(self, bound: _Bound) -> None:
        """Ask for a key picture until there is one: what came before the binding is lost."""
        await self._bundle.connected.wait()
        for _ in range(_ASK_TIMES):
            if bound.shown or bound.incoming is None:
                return
            await self._bundle.ask_key_picture(bound.incoming, bound.announced.ssrc)
            await asyncio.sleep(_ASK_EVERY_S)
