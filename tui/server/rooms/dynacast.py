"""Telling publishers which qualities of their pictures anybody looks at (LiveKit's dynacast).

As livekit-server does: more at once, less only when it lasts, since a tile that is hidden for a
moment would cost a key frame. A client may then stop encoding what is not enabled.
"""

from __future__ import annotations

from typing import Final

from livekit.protocol import models, rtc

from tui.server.rooms.publication import NOBODY, Publication
from tui.server.rooms.room import Room

PAUSE_AFTER_S: Final = 5.0
"""livekit-server's `dynacast_pause_delay`."""
_QUALITIES: Final = (models.LOW, models.MEDIUM, models.HIGH)


def wanted_quality(room: Room, publication: Publication) -> int:
    """The best quality that any participant wants, `NOBODY` when nobody does."""
    sid = publication.info.sid
    wanted = [
        min(down.highest, int(models.HIGH))
        for participant in room.participants.values()
        for down in participant.subscriber.downs
        if down.track.sid == sid and not down.paused
    ]
    return max(wanted, default=NOBODY)


def tell_demand(room: Room, now: float) -> None:
    """Tell every publisher whose demand changed; call a few times a second."""
    for participant in room.participants.values():
        if not participant.connected:
            continue
        for publication in participant.publisher.published.values():
            if publication.track.kind != "video":
                continue
            wanted = wanted_quality(room, publication)
            if wanted >= publication.demand or not publication.demand_fell_at:
                publication.demand_fell_at = now
            lasting = now - publication.demand_fell_at >= PAUSE_AFTER_S
            if wanted > publication.demand or (wanted < publication.demand and lasting):
                publication.demand = wanted
                publication.demand_fell_at = now
                participant.outbox.send(subscribed_quality_update=_update(publication))


def _update(publication: Publication) -> rtc.SubscribedQualityUpdate:
    qualities = [
        rtc.SubscribedQuality(quality=quality, enabled=int(quality) <= publication.demand)
        for quality in _QUALITIES
    ]
    return rtc.SubscribedQualityUpdate(
        track_sid=publication.info.sid,
        subscribed_qualities=qualities,
        subscribed_codecs=[
            rtc.SubscribedCodec(codec=publication.track.codec.lower(), qualities=qualities)
        ],
    )
