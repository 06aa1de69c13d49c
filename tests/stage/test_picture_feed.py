"""The way of pictures to the tiles, with tiles that only remember."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from textual.geometry import Size

from tui.domain.look import Look
from tui.domain.quality import QualityChoice
from tui.governor.governor import Subject
from tui.ports.handle import Picture
from tui.widgets.picture_feed import PictureFeed, Shown
from tui.widgets.tile import Tile


class SlowTile:
    """Every picture takes two writes."""

    def __init__(self) -> None:
        self.size = Size(30, 12)
        self.state = SimpleNamespace(wants_video=True)
        self.surface = SimpleNamespace(behind=False, unpainted=False, written=0)
        self.picture: Picture | None = None
        self.picture_serial = -1

    def picture_size_for(self, width: int, height: int) -> tuple[int, int]:
        return width * 4, height * 8

    def put_picture(self, picture: Picture, _look: Look, _limits: Any) -> None:
        self.surface.behind = picture.serial != self.picture_serial
        self.surface.written += 1000
        self.picture, self.picture_serial = picture, picture.serial


def test_the_rest_of_a_picture_is_not_counted_as_another_one() -> None:
    tile = SlowTile()
    newest = Picture(0, 120, 96, b"")
    feed = PictureFeed(
        cast("dict[str, Tile]", {"bo": tile}),
        picture=lambda _uid: newest,
        want_picture=lambda *_: None,
        fps=15.0,
        tolerance=None,
        choice=QualityChoice(),
    )
    feed.show([Shown(Subject("bo", 360, True), (120, 96))])
    for tick in range(120):
        now_s = tick / 30
        if tick % 6 == 0:  # five pictures a second
            newest = Picture(newest.serial + 1, 120, 96, b"")
        feed.draw(now_s, covered=False, settled=True)
        feed.account(now_s)
    assert tile.surface.written == 2 * 1000 * newest.serial
    (told,) = feed.governor.report(now_s).tiles
    assert 4.9 < told.fps < 5.1
