"""What is forwarded to one participant, however its media sections are described.

Either the server offers a peer connection for it (`subscriber`), or its tracks go into sections of
the one connection that the client offers (`single`).
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from dataclasses import dataclass

from livekit.protocol import models, rtc

from tui.server.rooms import sdp
from tui.server.rooms.member import Member, Routes
from tui.server.rooms.publication import Publication
from tui.server.sfu.adaptation import LayerCeiling
from tui.server.sfu.downlink import Downlink
from tui.server.sfu.downtrack import HIGHEST_LAYER, DownTrack
from tui.server.sfu.dtls import MediaTransport
from tui.server.sfu.narrow import NarrowLine

RELIABLE, LOSSY = "_reliable", "_lossy"
"""Labels of the two data channels of each peer connection."""


@dataclass(slots=True)
class _Subscription:
    publication: Publication
    down: DownTrack


class Subscriptions(ABC):
    """Tracks forwarded to one participant.

    Args:
        member: To whom.
        room: Whose tracks they are.
        transport: Over which.
        downlink: Takes what comes back over it.
    """

    def __init__(
        self, member: Member, room: Routes, transport: MediaTransport, downlink: Downlink
    ) -> None:
        self._member = member
        self._room = room
        self._transport = transport
        self._downlink = downlink
        self._subscriptions: dict[str, _Subscription] = {}
        self._untaken: set[str] = set()
        """Tracks that the client was told it does not take."""
        self._ceiling = LayerCeiling()
        self._line = NarrowLine()

    @abstractmethod
    def _place(self, down: DownTrack) -> None:
        """Find a section for a track that is to be forwarded."""

    @abstractmethod
    def _displace(self, down: DownTrack) -> None:
        """Its section carries it no longer."""

    @abstractmethod
    def offer(self) -> None:
        """Let the client know the present state, now or after what is under way."""

    @abstractmethod
    def offer_again(self) -> None:
        """The same, although what is under way may be lost."""

    @abstractmethod
    def answered(self, answer: rtc.SessionDescription) -> None:
        """The client's answer to an offer of ours.

        Raises:
            SdpError: The answer cannot be used.
        """

    @property
    def downs(self) -> list[DownTrack]:
        """Everything forwarded or about to be."""
        return [subscription.down for subscription in self._subscriptions.values()]

    def subscribe(self, publication: Publication) -> None:
        """Forward a track, once the client knows where it comes."""
        track = publication.track
        if track.sid in self._subscriptions or not self.may_have(publication):
            return
        down = DownTrack(track, self._transport, usual_payload_type(track.codec))
        self._subscriptions[track.sid] = _Subscription(publication, down)
        self._downlink.add(down)
        self._place(down)
        self.offer()

    def may_have(self, publication: Publication) -> bool:
        """Whether this participant may receive it, by its own rights and its publisher's wish."""
        info = self._member.info
        return info.permission.can_subscribe and publication.audience.admits(
            info.identity, self._member.sid, publication.info.sid
        )

    def has(self, track_sid: str) -> bool:
        """Whether it is forwarded, or about to be."""
        return track_sid in self._subscriptions

    def unsubscribe(self, track_sid: str) -> None:
        """Stop forwarding a track; nothing happens when it was not."""
        subscription = self._subscriptions.pop(track_sid, None)
        if subscription is None:
            return
        down = subscription.down
        self._untaken.discard(track_sid)
        _detach(down)
        self._downlink.discard(down)
        self._displace(down)
        self.offer()

    def unsubscribe_all(self) -> None:
        """Stop forwarding everything."""
        for track_sid in list(self._subscriptions):
            self.unsubscribe(track_sid)

    def close(self) -> None:
        """Detach from all tracks; nothing is negotiated any more."""
        for subscription in self._subscriptions.values():
            _detach(subscription.down)
        self._subscriptions.clear()

    def _is_current(self, down: DownTrack) -> bool:
        subscription = self._subscriptions.get(down.track.sid)
        return subscription is not None and subscription.down is down

    def _forward(self, down: DownTrack) -> None:
        """The client knows where `down` comes: begin."""
        if down not in down.track.downs:
            down.track.downs.append(down)
            down.choose(time.monotonic(), ask=self._transport.ready)
            self._room.subscribed(down.track)

    def _untakeable(self, down: DownTrack) -> None:
        """The client took it out of its answer: it can't decode it. Say so, once."""
        if down.track.sid in self._untaken:
            return
        self._untaken.add(down.track.sid)
        self._member.outbox.send(
            subscription_response=rtc.SubscriptionResponse(
                track_sid=down.track.sid, err=models.SE_CODEC_UNSUPPORTED
            )
        )

    def follow_line(self, now: float) -> None:
        """Find what its line carries, if that is less than it is sent; call twice a second."""
        videos = [down for down in self.downs if down.track.kind == "video"]
        flowing = {down: down.take_bits() for down in videos}
        all_flow = sum(flowing.values())
        limit = self._line.update(self._downlink.estimate_bps(now), all_flow, now)
        for down, flow in flowing.items():
            down.limit_bps = None if limit is None else limit * flow / max(all_flow, 1)

    def adapt(self, now: float) -> None:
        """Lower or raise the layers to what arrives; call once a second."""
        simulcast = [down for down in self.downs if down.track.rids and down.layer is not None]
        forwarded = max((down.layer_index for down in simulcast), default=0)
        narrow = self._line.is_full
        lowered = self._ceiling.update(self._downlink.loss, forwarded, now, narrow=narrow)
        self._member.counters.ceilings_lowered += lowered
        for down in simulcast:
            if down.ceiling != self._ceiling.index:
                down.ceiling = self._ceiling.index
                down.choose(now)

    def begin(self) -> None:
        """The connection is up: ask for key frames, so that pictures come at once."""
        now = time.monotonic()
        for down in self.downs:
            down.choose(now)

    def apply_settings(self, settings: rtc.UpdateTrackSettings) -> None:
        """What the client wants of each track: hidden or not, and how large."""
        now = time.monotonic()
        for track_sid in settings.track_sids:
            subscription = self._subscriptions.get(track_sid)
            if subscription is None:
                continue
            down = subscription.down
            down.highest = _highest_layer(settings, subscription.publication.info)
            down.set_paused(paused=settings.disabled)
            down.choose(now)


def _detach(down: DownTrack) -> None:
    if down in down.track.downs:
        down.track.downs.remove(down)


def usual_payload_type(codec: str) -> int:
    """As our own offers number it."""
    return sdp.VIDEO_PAYLOAD_TYPES.get(codec, sdp.AUDIO_PAYLOAD_TYPE)


def _highest_layer(settings: rtc.UpdateTrackSettings, info: models.TrackInfo) -> int:
    """Index of the smallest layer that fills the size asked for, or of the quality asked for.

    Of a track with one layer it is what the publisher is told (`dynacast`): half the
    size is medium, a quarter is low, as SDKs publish them.
    """
    if settings.width and len(info.layers) <= 1 and info.width and info.height:
        share = max(settings.width / info.width, settings.height / info.height)
        return int(models.LOW if share <= 0.25 else models.MEDIUM if share <= 0.5 else models.HIGH)
    if settings.width and info.layers:
        filling = [
            layer.quality
            for layer in info.layers
            if layer.width >= settings.width or layer.height >= settings.height
        ]
        return min(filling) if filling else HIGHEST_LAYER
    if settings.quality == models.HIGH:
        return HIGHEST_LAYER
    return 0 if settings.quality == models.OFF else int(settings.quality)
