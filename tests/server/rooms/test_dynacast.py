"""What publishers are told about who looks at their pictures."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from livekit.protocol import models, rtc

from tui.server.rooms.dynacast import PAUSE_AFTER_S, tell_demand
from tui.server.rooms.publisher import Publication
from tui.server.rooms.subscriptions import _highest_layer
from tui.server.sfu.downtrack import HIGHEST_LAYER


class Room:
    """A publisher of one camera, and others who receive it, as far as this needs them."""

    def __init__(self) -> None:
        self.track = SimpleNamespace(sid="TR_1", kind="video", codec="VP8")
        self.publication = Publication(models.TrackInfo(sid="TR_1"), self.track)
        self.told: list[dict[int, bool]] = []
        self.participants: dict[str, Any] = {"ann": self.person({"TR_1": self.publication})}

    def person(self, published: dict[str, Publication]) -> Any:
        return SimpleNamespace(
            connected=True,
            publisher=SimpleNamespace(published=published),
            subscriber=SimpleNamespace(downs=[]),
            outbox=SimpleNamespace(send=self.take),
        )

    def take(self, subscribed_quality_update: Any) -> None:
        update = subscribed_quality_update
        assert update.track_sid == "TR_1"
        told = {one.quality: one.enabled for one in update.subscribed_qualities}
        assert update.subscribed_codecs[0].codec == "vp8"
        assert {q.quality: q.enabled for q in update.subscribed_codecs[0].qualities} == told
        self.told.append(told)

    def watch(self, name: str, *, highest: int = HIGHEST_LAYER) -> Any:
        self.participants[name] = self.person({})
        down = SimpleNamespace(track=self.track, highest=highest, paused=False)
        self.participants[name].subscriber.downs.append(down)
        return down

    def run(self, since_s: float, until_s: float) -> None:
        at_s = since_s
        while at_s < until_s:
            tell_demand(self, at_s)  # type: ignore[arg-type]
            at_s += 0.2


ALL = {models.LOW: True, models.MEDIUM: True, models.HIGH: True}
NONE = dict.fromkeys(ALL, False)


def test_nobody_there_pauses_after_a_while_and_somebody_resumes_at_once() -> None:
    room = Room()
    room.run(100, 100 + PAUSE_AFTER_S - 0.1)
    assert room.told == []
    room.run(100 + PAUSE_AFTER_S, 112)
    assert room.told == [NONE]
    room.watch("bo")
    tell_demand(room, 112.2)  # type: ignore[arg-type]
    assert room.told == [NONE, ALL]


def test_a_hidden_tile_counts_only_when_it_stays_hidden() -> None:
    room = Room()
    down = room.watch("bo")
    room.run(100, 110)
    down.paused = True
    room.run(110, 113)
    down.paused = False
    room.run(113, 120)
    assert room.told == []
    down.paused = True
    room.run(120, 126)
    assert room.told == [NONE]


def test_the_widest_receiver_decides() -> None:
    room = Room()
    small, middle = room.watch("bo", highest=0), room.watch("chi", highest=1)
    room.run(100, 110)
    assert room.told == [{models.LOW: True, models.MEDIUM: True, models.HIGH: False}]
    middle.paused = True
    room.run(110, 120)
    assert room.told[-1] == {models.LOW: True, models.MEDIUM: False, models.HIGH: False}
    small.highest = HIGHEST_LAYER
    room.run(120, 120.1)
    assert room.told[-1] == ALL


def test_of_one_layer_the_share_of_its_size_is_the_quality() -> None:
    info = models.TrackInfo(width=320, height=240, layers=[models.VideoLayer(width=320)])

    def quality(width: int, height: int) -> int:
        return _highest_layer(rtc.UpdateTrackSettings(width=width, height=height), info)

    assert [quality(80, 60), quality(160, 72), quality(80, 130), quality(640, 40)] == [
        models.LOW,
        models.MEDIUM,
        models.HIGH,
        models.HIGH,
    ]
