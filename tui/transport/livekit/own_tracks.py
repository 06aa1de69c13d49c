"""Our published tracks on one connection: their sids, and who muted them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from livekit.protocol import models, rtc

from tui.domain.ids import TrackSource
from tui.ports.transport_events import MutedByServer
from tui.transport.rtc.tracks import CameraTrack, MicrophoneTrack

_DIVISORS: Final = {int(models.VideoQuality.LOW): 4, int(models.VideoQuality.MEDIUM): 2}
"""Low is a quarter of the picture's width and height, medium a half."""


@dataclass(slots=True)
class _Published:
    sid: str
    track: MicrophoneTrack | CameraTrack
    muted: bool
    agreed: bool = True
    """Whether the server has shown that it knows our own last change."""


def best_wanted(update: rtc.SubscribedQualityUpdate) -> int | None:
    """The best quality anybody wants of any codec, None when nobody wants any.

    Newer servers leave the old list empty; a server that says nothing wants everything.
    """
    qualities = [*update.subscribed_qualities]
    for codec in update.subscribed_codecs:
        qualities += codec.qualities
    if not qualities:
        return int(models.VideoQuality.HIGH)
    return max((int(one.quality) for one in qualities if one.enabled), default=None)


class OwnTracks:
    """What we publish, and the difference between muting and being muted."""

    def __init__(self) -> None:
        self._tracks: dict[TrackSource, _Published] = {}

    def published(
        self,
        source: TrackSource,
        sid: str,
        track: MicrophoneTrack | CameraTrack,
        *,
        muted: bool,
    ) -> None:
        """The server took a track."""
        self._tracks[source] = _Published(sid, track, muted)

    def unpublished(self, source: TrackSource) -> None:
        """We publish it no longer."""
        self._tracks.pop(source, None)

    def set_muted(self, source: TrackSource, *, muted: bool) -> str | None:
        """We (un)mute a track; answers its sid, None when it is not published."""
        own = self._tracks.get(source)
        if own is None:
            return None
        own.muted, own.agreed = muted, False
        return own.sid

    @property
    def mutes(self) -> dict[str, bool]:
        """Whether each of our tracks is muted, by the server's name for it."""
        return {own.sid: own.muted for own in self._tracks.values()}

    def wanted(self, sid: str, quality: int | None) -> None:
        """The best quality anybody wants of this track of ours, None when nobody receives it."""
        for own in self._tracks.values():
            if own.sid == sid and isinstance(own.track, CameraTrack):
                own.track.divisor = None if quality is None else _DIVISORS.get(quality, 1)

    def told_muted(self, sid: str, *, muted: bool) -> MutedByServer | None:
        """The server tells us to mute a track: a moderator did it."""
        for source, own in self._tracks.items():
            if own.sid == sid and muted and not own.muted:
                own.muted = own.agreed = True
                if isinstance(own.track, CameraTrack):
                    own.track.set_muted(muted=True)
                return MutedByServer(source)
        return None

    def seen_muted(self, sid: str, *, muted: bool) -> MutedByServer | None:
        """An update about ourselves shows a track as (un)muted."""
        own = next((one for one in self._tracks.values() if one.sid == sid), None)
        if own is None:
            return None
        if own.muted == muted:
            own.agreed = True
        elif own.agreed:
            # An update on its way while we unmute says "muted" too: that one is not agreed.
            return self.told_muted(sid, muted=muted)
        return None
