"""The governor: what each tile may draw now, so that a key is answered at once on any link. Pure.

Two parts. The plan gives every tile a rung of the ladder by what the link carries: down at once, up
only after everything was better for five seconds. The gate lets a picture out only when what was
written before it has left, and no more than the link takes in a few hundredths of a second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.ids import StreamId
from tui.domain.look import Look
from tui.domain.quality import PictureQuality, QualityChoice
from tui.governor.ladder import (
    BEST,
    LADDER,
    LOW,
    STILLS,
    Rung,
    look_on,
    rung_when_busy,
    usual_bytes,
    whole_bytes,
)
from tui.governor.link import QUEUE_S, Link
from tui.governor.plan import Cost, Subject, plan
from tui.governor.report import Report, TileReport

PLAN_EVERY_S: Final = 0.25
UP_AFTER_S: Final = 5.0
"""A better rung is taken only when it would have done for this long."""
_SHARE: Final = 0.8
"""Share of the rate that pictures get; the rest is for words, and for estimates too low."""
_SMOOTHING: Final = 0.3
_SOONER: Final = 3.0
"""The rest of a picture that was cut short follows this many times sooner than the next one."""
_FIGURES_S: Final = 2.0
"""Frame rates and bytes a second are means over this time."""
_CUT_SHORT: Final = 1.5
"""A picture that reached its limit would have cost more, by about this much."""
_LEAST_LIMIT: Final = 600
"""The pictures of one write are never limited to fewer bytes than this together: one alone would
not be a picture."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one write of a tile may cost, about."""

    bytes: int
    whole_bytes: int
    """The same for a tile that must be drawn anew; all tiles must be at the same moment."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A picture that may be drawn now."""

    stream: StreamId
    look: Look
    limits: Limits | None
    """None: no limit."""


class _Tile:
    """What is remembered of one tile."""

    def __init__(self) -> None:
        self.rung = BEST
        self.targets: deque[tuple[float, int]] = deque()
        self.cost: Cost | None = None
        self.drawn_s = float("-inf")
        self.drawn: deque[float] = deque()
        self.look: Look | None = None
        self.limit: int | None = None

    def aim(self, now_s: float, target: int) -> None:
        """Take the worst of what the last seconds allowed."""
        while self.targets and self.targets[-1][1] <= target:
            self.targets.pop()
        self.targets.append((now_s, target))
        while self.targets[0][0] < now_s - UP_AFTER_S:
            self.targets.popleft()
        self.rung = self.targets[0][1]


class Governor:
    """See the module.

    Args:
        link: The way to the terminal; None when there is none (tests, a browser): no limit then.
        best: The best look of the terminal.
        fps: Most pictures a second and tile.
        choice: What the person wants.
    """

    def __init__(
        self,
        link: Link | None,
        *,
        best: Look | None = None,
        fps: float = 15.0,
        choice: QualityChoice | None = None,
    ) -> None:
        self.link = link
        self.best = best or Look()
        self.fps = fps
        self.on_throttle: Callable[[Report], None] | None = None
        """Called once, the first time that pictures are held back."""
        self._choice = choice or QualityChoice()
        self._subjects: tuple[Subject, ...] = ()
        self._tiles: dict[StreamId, _Tile] = {}
        self._planned_s = float("-inf")
        self._rates: deque[float] = deque(maxlen=3)
        self._written: deque[tuple[float, int]] = deque()
        self._now_s = 0.0
        self._busy_s = float("-inf")
        """When the machine, and not the link, held pictures back last."""
        self.choose(self._choice)

    # ---- what is wanted
    @property
    def choice(self) -> QualityChoice:
        """What the person wants."""
        return self._choice

    def choose(self, choice: QualityChoice) -> None:
        """Another quality or cap, from now on and at once."""
        self._choice = choice
        cap = choice.max_bits_per_s
        if self.link is not None:
            self.link.cap_bytes_per_s = None if cap is None else cap / 8
        self._rates.clear()
        for tile in self._tiles.values():
            tile.targets.clear()
        self._planned_s = float("-inf")

    def show(self, subjects: Sequence[Subject]) -> None:
        """These tiles want pictures now, in the order of the screen."""
        if tuple(subjects) == self._subjects:
            return
        before = {one.stream: one for one in self._subjects}
        self._subjects = tuple(subjects)
        kept: dict[StreamId, _Tile] = {}
        for subject in subjects:
            tile = kept[subject.stream] = self._tiles.get(subject.stream) or _Tile()
            last = before.get(subject.stream)
            if last is None or last.cells != subject.cells:
                tile.cost = None
            elif subject.important and not last.important:
                tile.drawn_s = float("-inf")  # a still of who begins to speak
        self._tiles = kept
        self._planned_s = float("-inf")

    # ---- what happens
    def draws(
        self, now_s: float, waiting: Sequence[StreamId], behind: Collection[StreamId] = ()
    ) -> list[Draw]:
        """Which of the tiles with a new picture are to draw it now.

        Args:
            now_s: Monotonic seconds.
            waiting: Streams with a picture that is not drawn yet, in the order of the screen.
            behind: Streams whose last picture was cut short: the rest may follow sooner.
        """
        self._now_s = now_s
        self._plan(now_s)
        room: float = float("inf")
        if self.link is not None:
            room = self.link.room(now_s)
            if room <= 0:
                return []
        chosen: dict[StreamId, float] = {}
        for stream in sorted(
            (stream for stream in waiting if self._due(stream, now_s, soon=stream in behind)),
            key=lambda stream: self._wait(stream, now_s),
        ):
            expected = self._expected(stream)
            if chosen and sum(chosen.values()) + expected > room:
                continue
            chosen[stream] = expected
        # Room that is left over is shared out, as a picture may cost more than the last one.
        spare = max(0.0, room - sum(chosen.values())) / max(1, len(chosen))
        draws: list[Draw] = []
        for stream, expected in chosen.items():
            limits = None
            if self.link is not None and self._choice.quality is not PictureQuality.HIGH:
                limits = self._limits(min(expected + spare, room), _LEAST_LIMIT / len(chosen))
            tile = self._tiles[stream]
            tile.drawn_s, tile.limit = now_s, None if limits is None else limits.bytes
            draws.append(Draw(stream, self.look(stream), limits))
        return draws

    def drew(self, now_s: float, stream: StreamId, size: int, *, rest: bool = False) -> None:
        """A picture, or the rest of one that was cut short, was written, and took `size` bytes."""
        tile = self._tiles.get(stream)
        if tile is None:
            return
        look = self.look(stream)
        if not rest:
            tile.drawn.append(now_s)
        if tile.limit is not None and size > 0.9 * tile.limit:
            size = int(size * _CUT_SHORT)
        if tile.look is not None and _kind(tile.look) != _kind(look):
            tile.cost = None  # all of it was drawn: no measure of the next one
        elif tile.cost is None or tile.cost.look != look:
            tile.cost = Cost(float(size), look)
        else:
            last = tile.cost.bytes_per_picture
            tile.cost = Cost(last + _SMOOTHING * (size - last), look)
        tile.look = look

    def note_total(self, now_s: float, total: int) -> None:
        """All bytes written so far, for the figures."""
        self._written.append((now_s, total))
        while self._written[0][0] < now_s - _FIGURES_S and len(self._written) > 2:
            self._written.popleft()

    def rung(self, stream: StreamId) -> Rung:
        """The rung a tile is on."""
        tile = self._tiles.get(stream)
        return LADDER[tile.rung if tile is not None else BEST]

    def due_in(self, stream: StreamId, now_s: float) -> float:
        """Seconds until a tile may draw its next picture, by its rung alone; 0 when it may."""
        tile = self._tiles.get(stream)
        if tile is None:
            return 0.0
        return max(0.0, tile.drawn_s + 1 / min(self.fps, LADDER[tile.rung].fps) - now_s)

    def report(self, now_s: float) -> Report:
        """The state, for a person."""
        link = self.link
        tiles = []
        for subject in self._subjects:
            tile, rung = self._tiles[subject.stream], self.rung(subject.stream)
            while tile.drawn and tile.drawn[0] < now_s - _FIGURES_S:
                tile.drawn.popleft()
            fps = _rate(tile.drawn, now_s)
            allowed = min(self.fps, rung.fps)
            tiles.append(
                TileReport(subject.stream, fps, allowed, self.look(subject.stream), rung.still)
            )
        used = 0.0
        if len(self._written) > 1:
            (first_s, first), (last_s, last) = self._written[0], self._written[-1]
            used = (last - first) * 8 / max(0.1, last_s - first_s)
        return Report(
            bits_per_s=0.0 if link is None else link.bytes_per_s * 8,
            measured=link is not None and link.measured,
            capped=link is not None and link.capped,
            bits_used_per_s=used,
            round_trip_s=0.0 if link is None else link.round_trip_s,
            base_s=0.0 if link is None else link.base_s,
            answers=None if link is None else link.answers,
            quality=self._choice.quality,
            tiles=tuple(tiles),
            reason=self._reason(),
        )

    # ---- inside
    def _plan(self, now_s: float) -> None:
        if now_s - self._planned_s < PLAN_EVERY_S:
            return
        self._planned_s = now_s
        quality, link, top = self._choice.quality, self.link, self._top()
        if quality is PictureQuality.AUDIO:
            return
        if quality is PictureQuality.HIGH or link is None:
            targets = {subject.stream: top for subject in self._subjects}
        else:
            self._rates.append(link.usable(now_s))
            top = max(top, rung_when_busy(link.contention.share))
            targets = plan(
                self._subjects,
                {
                    stream: tile.cost
                    for stream, tile in self._tiles.items()
                    if tile.cost is not None
                },
                # Of the last three: half a second of silence is no other link.
                bytes_per_s=sorted(self._rates)[len(self._rates) // 2] * _SHARE,
                best=self.best,
                fps=self.fps,
                top=top,
            )
        for stream, target in targets.items():
            self._tiles[stream].aim(now_s, target)
        if link is not None:
            link.wants_more = any(target > top for target in targets.values())
            if link.wants_more:
                self._busy_s = float("-inf")
            elif top > self._top():
                self._busy_s = now_s
        if self.on_throttle is not None and self._reason() in _HELD_BACK:
            tell, self.on_throttle = self.on_throttle, None
            tell(self.report(now_s))

    def _top(self) -> int:
        match self._choice.quality:
            case PictureQuality.LOW:
                return LOW
            case PictureQuality.STILLS:
                return STILLS
            case _:
                return BEST

    def look(self, stream: StreamId) -> Look:
        """How a tile is drawn now."""
        return look_on(self.rung(stream), self.best)

    def _due(self, stream: StreamId, now_s: float, *, soon: bool) -> bool:
        tile = self._tiles.get(stream)
        if tile is None or self._choice.quality is PictureQuality.AUDIO:
            return False
        # Ticks come twice a period; half of one early is on time.
        period_s = 1 / min(self.fps, LADDER[tile.rung].fps)
        if soon:
            period_s /= _SOONER
        return now_s - tile.drawn_s >= period_s - min(period_s / 4, 0.02)

    def _wait(self, stream: StreamId, now_s: float) -> float:
        """Less for who waits longest, measured in pictures missed."""
        tile = self._tiles[stream]
        return -(now_s - tile.drawn_s) * min(self.fps, LADDER[tile.rung].fps)

    def _expected(self, stream: StreamId) -> float:
        tile, look = self._tiles[stream], self.look(stream)
        cells = next(one.cells for one in self._subjects if one.stream == stream)
        if tile.look is None or _kind(tile.look) != _kind(look):
            return whole_bytes(cells, look)
        if tile.cost is None:
            return usual_bytes(cells, look)
        return tile.cost.bytes_per_picture

    def _limits(self, allowed: float, least: float) -> Limits:
        whole = 0.0
        if self.link is not None:
            whole = self.link.bytes_per_s * QUEUE_S / max(1, len(self._subjects))
        return Limits(int(max(least, allowed)), max(_LEAST_LIMIT, int(whole)))

    def _reason(self) -> str:
        if self._choice.quality is not PictureQuality.AUTO:
            return "your choice"
        link = self.link
        if link is None or all(tile.rung <= BEST for tile in self._tiles.values()):
            return ""
        # A better rung is waited for so long after that.
        if self._now_s - self._busy_s < UP_AFTER_S + PLAN_EVERY_S:
            return "busy machine"
        if link.capped:
            return "your limit"
        if not link.measured or not link.trusted:
            return "SSH limit" if link.start_bytes_per_s < 1_000_000 else "slow terminal"
        return "slow terminal" if link.local else "slow link"


_HELD_BACK: Final = frozenset({"slow link", "SSH limit", "slow terminal", "busy machine"})


def _rate(drawn: Sequence[float], now_s: float) -> float:
    """Pictures a second, of the moments they were drawn at in the last `_FIGURES_S`.

    Between the first and the last of them: how many fall into the time is one more or less by
    chance, which would be more than is allowed.
    """
    if len(drawn) < 3 or now_s - drawn[-1] > _FIGURES_S / 2:
        return len(drawn) / _FIGURES_S
    return (len(drawn) - 1) / (drawn[-1] - drawn[0])


def _kind(look: Look) -> tuple[object, object]:
    """Looks that differ in this draw every cell anew."""
    return look.glyphs, look.depth


__all__ = ["QUEUE_S", "Draw", "Governor", "Report", "Subject", "TileReport"]
