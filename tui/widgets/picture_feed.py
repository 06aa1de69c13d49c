"""The way of pictures to the tiles: which are asked for, which are drawn now, what they have cost.

What to draw of what came is the governor's decision (`tui.governor`). The trap is a picture that
was put but not written: the terminal still shows the one before, so it counts only once it is
painted, and a draw that was lost is made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.ids import StreamId
from tui.domain.look import Look
from tui.domain.quality import QualityChoice
from tui.governor.governor import Governor, Report, Subject
from tui.governor.link import Link
from tui.ports.handle import Picture
from tui.widgets.tile import Tile

WantPicture = Callable[[StreamId, int, int, float], None]
"""Takes the stream, width, height [pixels] and pictures a second (0: all)."""
PAINTED_WITHIN_S: Final = 0.15
"""A picture that was put is written within this time, unless something covers the tile."""
STILL_SOON_S: Final = 0.7
"""A still picture is asked for this long before it is due: its key picture must come first."""
REPAINTS: Final = 3
"""How often a picture that was not drawn is drawn again; a covered tile never is."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A tile on show."""

    subject: Subject
    size: tuple[int, int]
    """Width and height of the picture it is to get [pixels]; 0x0: it shows none."""


class PictureFeed:
    """See the module.

    Args:
        tiles: The tiles there are, by stream; the stage's own mapping, looked at each time.
        picture: The newest picture of a stream, or None.
        want_picture: Told when other pictures of a tile are wanted; 0x0 when none are any more.
        fps: Pictures drawn per second at most.
        tolerance: Camera noise that is not redrawn; see `tui.domain.look`.
        choice: What the person wants of the pictures.
    """

    def __init__(
        self,
        tiles: Mapping[StreamId, Tile],
        *,
        picture: Callable[[StreamId], Picture | None],
        want_picture: WantPicture,
        fps: float,
        tolerance: float | None,
        choice: QualityChoice,
    ) -> None:
        self._tiles = tiles
        self._source = picture
        self.want_picture = want_picture
        self._fps = fps
        self._tolerance = tolerance
        self._wanted: dict[StreamId, tuple[int, int, float]] = {}
        self._retries: dict[StreamId, int] = {}
        self._put_s: dict[StreamId, float] = {}
        self._written: dict[StreamId, int] = {}
        self._uncounted: set[StreamId] = set()
        """Streams that were given a new picture last, which is not counted as drawn yet."""
        self.governor = Governor(None, fps=fps, choice=choice)

    def begin(self, link: Link | None, look: Look, throttled: Callable[[Report], None]) -> None:
        """The terminal is known now: what it can show, and what its link carries."""
        choice = self.governor.choice
        self.governor = Governor(link, best=look, fps=self._fps, choice=choice)
        self.governor.on_throttle = throttled

    def forget(self, stream: StreamId) -> None:
        """This tile is gone."""
        self._retries.pop(stream, None)
        self._put_s.pop(stream, None)
        self._written.pop(stream, None)
        self._uncounted.discard(stream)

    # ---- what is asked for
    @property
    def asks(self) -> bool:
        """Whether any picture is asked for."""
        return bool(self._wanted)

    def show(self, shown: Iterable[Shown]) -> None:
        """Ask for the pictures of these tiles, at their size, and for no others."""
        tiles = {one.subject.stream: one for one in shown}
        for stream in [stream for stream in self._wanted if stream not in tiles]:
            self._want(stream, (0, 0))
        subjects: list[Subject] = []
        for stream, one in tiles.items():
            if one.size == (0, 0):
                self._want(stream, one.size)
                continue
            subjects.append(one.subject)
            if not self.governor.rung(stream).still:
                self._want(stream, one.size)
        self.governor.show(subjects)

    def stop(self) -> None:
        """Ask for no pictures any more."""
        for stream in list(self._wanted):
            self._want(stream, (0, 0))

    def _want(self, stream: StreamId, size: tuple[int, int]) -> None:
        rung = self.governor.rung(stream)
        fewer = size != (0, 0) and not rung.still and rung.fps < self._fps
        want = (*size, rung.fps if fewer else 0.0)
        if self._wanted.get(stream, (0, 0, 0.0)) == want:
            return
        if size == (0, 0):
            del self._wanted[stream]
        else:
            self._wanted[stream] = want
        self.want_picture(stream, *want)

    # ---- what is drawn
    def draw(self, now_s: float, *, covered: bool, settled: bool) -> None:
        """Give the tiles the pictures that are due.

        Args:
            now_s: Monotonic.
            covered: Something lies over the stage; what was not painted may never be.
            settled: The tiles have the size that pictures were asked for.
        """
        new: dict[StreamId, Picture] = {}
        behind = {u for u, t in self._tiles.items() if t.surface is not None and t.surface.behind}
        for stream, tile in self._tiles.items():
            if not tile.state.wants_video or not tile.size:
                continue
            if settled:
                self._follow_still(stream, tile, now_s)
            picture = self._source(stream)
            if picture is not None and picture.serial != tile.picture_serial:
                new[stream] = picture
            elif tile.surface is not None and not covered:
                if tile.surface.unpainted:
                    self._repaint(stream, tile)
                elif tile.surface.behind and tile.picture is not None:
                    new[stream] = tile.picture  # the rest of it
        for draw in self.governor.draws(now_s, list(new), behind):
            look = draw.look
            if look.tolerance is None:
                look = replace(look, tolerance=self._tolerance)
            tile, picture = self._tiles[draw.stream], new[draw.stream]
            if picture.serial != tile.picture_serial:
                self._uncounted.add(draw.stream)
            tile.put_picture(picture, look, draw.limits)
            self._retries[draw.stream] = 0
            self._put_s[draw.stream] = now_s

    def _follow_still(self, stream: StreamId, tile: Tile, now_s: float) -> None:
        """Between two stills nothing is received: the picture is asked for when it is due soon."""
        if self.governor.rung(stream).still and tile.picture_serial >= 0:
            soon = self.governor.due_in(stream, now_s) < STILL_SOON_S
        else:
            soon = True
        size = tile.picture_size_for(tile.size.width, tile.size.height) if soon else (0, 0)
        if bool(self._wanted.get(stream)) != (size != (0, 0)):
            self._want(stream, size)

    def painting(self, now_s: float) -> bool:
        """Whether what was put last is still to be written."""
        return any(
            now_s - at_s < PAINTED_WITHIN_S
            and (tile := self._tiles.get(stream)) is not None
            and tile.surface is not None
            and tile.surface.unpainted
            for stream, at_s in self._put_s.items()
        )

    def account(self, now_s: float) -> None:
        """Tell the governor what the pictures have cost."""
        for stream, tile in self._tiles.items():
            surface = tile.surface
            written = 0 if surface is None else surface.written
            before = self._written.get(stream, 0)
            self._written[stream] = written
            # A new surface counts from nothing.
            if surface is not None and not surface.unpainted and stream in self._put_s:
                del self._put_s[stream]
                size = written - before if written >= before else written
                self.governor.drew(now_s, stream, size, rest=stream not in self._uncounted)
                self._uncounted.discard(stream)
        link = self.governor.link
        if link is not None:
            self.governor.note_total(now_s, link.total)

    def _repaint(self, stream: StreamId, tile: Tile) -> None:
        """A draw was lost: Textual forgets one when it is asked for a screenshot, for one."""
        if self._retries.get(stream, 0) < REPAINTS:
            self._retries[stream] = self._retries.get(stream, 0) + 1
            tile.refresh_picture()
