"""What the bridge tells over its channel, as events and bindings; and what we tell it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from tui.domain.ids import ParticipantId, StreamId
from tui.domain.participant import Quality
from tui.ports.transport_events import QualityChanged, SpeakersChanged, TransportEvent
from tui.transport.jitsi.colibri import BridgeChannel, Message
from tui.transport.jitsi.downlink import Downlink, quality_of
from tui.transport.jitsi.received import Received
from tui.transport.jitsi.roster import Roster
from tui.transport.jitsi.sources import DESKTOP, owner_of, read_map
from tui.transport.jitsi.transcription import caption_of
from tui.transport.jitsi.wants import constraints, divisor, within
from tui.transport.rtc.bundle import Bundle
from tui.transport.rtc.tracks import CameraTrack
from tui.transport.want import Want

_log = logging.getLogger(__name__)

_COALESCE_S: Final = 0.05
_EVERY_S: Final = 1.0
_STATS_EVERY: Final = 10


class BridgeTalk:
    """The conversation with one bridge.

    Args:
        received: What it sends us.
        roster: Who is there.
        wants: How large each picture is needed.
        emit: Takes what is to be told.
        camera: Our track of this source name; None when it is none of ours.
        video_height: Of the smaller side of our pictures, at most [pixels]; 0: no limit.
    """

    def __init__(
        self,
        received: Received,
        roster: Roster,
        wants: Mapping[StreamId, Want],
        *,
        emit: Callable[[TransportEvent], None],
        camera: Callable[[str], CameraTrack | None],
        video_height: int = 0,
    ) -> None:
        self.channel = BridgeChannel(self._take, self._opened, lambda: roster.alone)
        self._received = received
        self._roster = roster
        self._wants = wants
        self._emit = emit
        self._camera = camera
        self._video_height = video_height
        self._sent = ""
        self._dirty = asyncio.Event()
        self._downlink = Downlink()
        self._quality: dict[str, Quality] = {}
        self._video_types: dict[str, str] = {}

    def limit(self, track: CameraTrack, wanted: int = -1) -> None:
        """Make our pictures no larger than the server allows, and than anybody wants.

        Args:
            track: Ours.
            wanted: `SenderSourceConstraints`: of the smaller side [pixels]; negative: no limit.
        """
        by = divisor(track.size, wanted)
        track.divisor = by and max(by, within(track.size, self._video_height))

    def wants_changed(self) -> None:
        """Sizes, participants or sources changed."""
        self._dirty.set()

    async def tell_video_type(self, name: str, *, desktop: bool) -> None:
        """What our own source shows."""
        self._video_types[name] = DESKTOP if desktop else "camera"
        await self._tell_video_types()

    async def run_wants(self) -> None:
        """Tell changes of what is wanted, for ever."""
        while True:
            await self._dirty.wait()
            await asyncio.sleep(_COALESCE_S)
            self._dirty.clear()
            await self._tell_wants()

    async def run_figures(self, bundle: Bundle) -> None:
        """Tell the bridge what we can take, and the others how well we hear, for ever."""
        count = 0
        while True:
            await asyncio.sleep(_EVERY_S)
            stats = self._received.stats().values()
            self._downlink.count(
                sum(one.packets for one in stats), sum(one.packets_lost for one in stats)
            )
            await bundle.say_bandwidth(self._downlink.bits_per_s, self._received.video_ssrcs())
            count += 1
            if count % _STATS_EVERY == 0:
                quality = quality_of(self._downlink.lost)
                await self.channel.send("EndpointStats", connectionQuality=quality)

    async def _opened(self) -> None:
        self._sent = ""
        await self._tell_wants()
        await self._tell_video_types()

    async def _tell_wants(self) -> None:
        wished = constraints(self._wants, self._roster.others)
        text = json.dumps(wished)
        if text != self._sent:
            self._sent = text
            await self.channel.send("ReceiverVideoConstraints", **wished)

    async def _tell_video_types(self) -> None:
        for name, kind in self._video_types.items():
            await self.channel.send("SourceVideoTypeMessage", sourceName=name, videoType=kind)

    async def _take(self, message: Message) -> None:
        match message.get("colibriClass"):
            case "AudioSourcesMap":
                await self._received.bind(read_map(message, "audio"))
            case "VideoSourcesMap":
                await self._received.bind(read_map(message, "video"))
            case "DominantSpeakerEndpointChangeEvent":
                self._speaks(message)
            case "SenderSourceConstraints":
                self._sender_wanted(message)
            case "EndpointStats":
                self._of_peer(message.get("from"), message)
            case "EndpointMessage":
                payload = message.get("msgPayload")
                if isinstance(payload, dict) and payload.get("type") == "stats":
                    values = payload.get("values")
                    self._of_peer(message.get("from"), values if isinstance(values, dict) else {})
                elif caption := caption_of(message.get("from"), payload, self._roster):
                    self._emit(caption)
            case _:
                pass

    def _speaks(self, message: Message) -> None:
        who = message.get("dominantSpeakerEndpoint")
        if not isinstance(who, str):
            return
        silent = message.get("silence") is True
        known = who == self._roster.local.id or self._roster.knows(who)
        self._emit(SpeakersChanged((ParticipantId(who),) if known and not silent else ()))

    def _sender_wanted(self, message: Message) -> None:
        name, height = message.get("sourceName"), message.get("maxHeight")
        if not isinstance(name, str) or not isinstance(height, int):
            return
        track = self._camera(name)
        if track is not None and owner_of(name) == self._roster.local.id:
            self.limit(track, height)

    def _of_peer(self, who: object, values: Mapping[str, Any]) -> None:
        said = values.get("connectionQuality")
        if not isinstance(who, str) or not isinstance(said, int | float):
            return
        # As Jitsi's own clients draw it: a third of the scale is poor.
        quality = Quality.WEAK if said < 32 else Quality.GOOD
        if self._roster.knows(who) and self._quality.get(who) is not quality:
            self._quality[who] = quality
            self._emit(QualityChanged({ParticipantId(who): quality}))
