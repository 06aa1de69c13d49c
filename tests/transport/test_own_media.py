"""What we publish ends while other things are published again."""

from __future__ import annotations

from typing import Any, cast

from tests.transport.media import ColourSource, ToneSource
from tui.domain.ids import TrackSource
from tui.transport.one_connection import OneConnection
from tui.transport.own_media import OwnMedia


class Line:
    """A connection on which somebody ends a share while the microphone is published."""

    def __init__(self, own: OwnMedia) -> None:
        self._own = own
        self.published: list[TrackSource] = []

    async def publish(self, source: TrackSource, *_: Any, **__: Any) -> None:
        self.published.append(source)
        self._own.drop(TrackSource.SCREEN_SHARE)


async def test_a_share_that_ended_meanwhile_is_not_published_again() -> None:
    own = OwnMedia()
    own.add(TrackSource.MICROPHONE, ToneSource(), muted=False)
    own.add(TrackSource.SCREEN_SHARE, ColourSource((10, 20, 30), (32, 24)), muted=False)
    line = Line(own)
    for source in own.sources:
        await own.announce(cast(OneConnection, line), source)
    assert line.published == [TrackSource.MICROPHONE]
    assert not own.is_announced(TrackSource.SCREEN_SHARE)
