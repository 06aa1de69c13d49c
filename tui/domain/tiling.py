"""Where each stream's tile goes: pure arithmetic on cells (spec ux 5.2, cometchat-calls (i)).

`order_tiles` says who comes when, `arrange` gives rectangles for one page. Both are functions of
their arguments only, so the same snapshot at the same size always draws the same screen. The
trap: a stream has one picture slot, so none is ever placed twice (SIDEBAR leaves the main
participant out of the side column).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from itertools import chain
from typing import Final, assert_never

from tui.domain.frozen import dataclass
from tui.domain.ids import StreamId, TrackSource, camera_of
from tui.domain.participant import Participant
from tui.domain.settings import Layout
from tui.domain.snapshot import Snapshot

MIN_TILE_COLUMNS: Final = 20
MIN_TILE_ROWS: Final = 6
AVATAR_COLUMNS: Final = 12
AVATAR_ROWS: Final = 3
MIN_VIDEO_COLUMNS: Final = 40
"""Below this stage size nobody gets video (spec ux 5.1: a terminal under 40x12)."""
MIN_VIDEO_ROWS: Final = 9
MIN_STAGE_COLUMNS: Final = 20
MIN_STAGE_ROWS: Final = 1
"""Beside the status line and a banner, a 20x6 terminal has rows for names still."""
SELF_VIEW_MIN_COLUMNS: Final = 60
"""SPOTLIGHT shows our own picture in a corner only from this width."""
_SELF_VIEW_MAX_COLUMNS: Final = 40
STABLE_REMOTES: Final = 4
"""A dominant speaker among the first four remotes moves nobody (spec cometchat-calls (i))."""


class TileKind(StrEnum):
    """How much of a participant a rectangle has room for."""

    VIDEO = "video"
    AVATAR = "avatar"
    """Initials and the label row."""
    ROSTER = "roster"
    """The label row alone."""


class OwnPlace(StrEnum):
    """Where our own picture is in SPOTLIGHT."""

    BOTTOM_RIGHT = "bottom right"
    BOTTOM_LEFT = "bottom left"
    TOP_LEFT = "top left"
    TOP_RIGHT = "top right"
    LARGE = "large"
    """In the other one's place, which is in the corner."""

    @property
    def next(self) -> OwnPlace:
        """The one after it, round the corners."""
        places = list(OwnPlace)
        return places[(places.index(self) + 1) % len(places)]


_LEFT: Final = (OwnPlace.BOTTOM_LEFT, OwnPlace.TOP_LEFT)
_TOP: Final = (OwnPlace.TOP_LEFT, OwnPlace.TOP_RIGHT)


@dataclass(frozen=True, slots=True)
class Placed:
    """One participant's rectangle in cells; x and y count from the stage's top left corner."""

    stream: StreamId
    x: int
    y: int
    width: int
    height: int
    kind: TileKind
    above: bool = False
    """Drawn over the others: our own picture in a corner of SPOTLIGHT."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """One page of tiles."""

    tiles: tuple[Placed, ...] = ()
    page: int = 0
    pages: int = 1

    def find(self, stream: StreamId) -> Placed | None:
        """The rectangle of `stream` on this page."""
        return next((placed for placed in self.tiles if placed.stream == stream), None)


def order_tiles(snapshot: Snapshot) -> tuple[StreamId, ...]:
    """What has a tile, in drawing order: our camera, shared screens, the others as they joined.

    A dominant speaker beyond the first four remotes comes first among them; otherwise nobody
    moves (spec cometchat-calls (i)).
    """
    local = [_cameras(p) for p in snapshot.participants if p.is_local]
    remotes = [p.id for p in snapshot.remotes]
    speaker = snapshot.dominant_speaker
    if speaker in remotes[STABLE_REMOTES:]:
        remotes.remove(speaker)
        remotes.insert(0, speaker)
    people = {p.id: p for p in snapshot.remotes}
    cameras = [_cameras(people[who]) for who in remotes]
    return (*chain(*local), *snapshot.shares, *chain(*cameras))


def _cameras(participant: Participant) -> list[StreamId]:
    """The camera, which has a tile even while there is none, and any more there are."""
    more = [stream.of(participant.id) for stream in participant.streams if stream.number]
    first = camera_of(participant.id)
    return [first, *(one for one in more if one.source is TrackSource.CAMERA)]


def main_stream(snapshot: Snapshot) -> StreamId | None:
    """What is drawn large: pinned, a shared screen, dominant speaker, first remote, local.

    The dominant speaker counts only while remote and present (spec cometchat-calls (i)).
    """
    order = order_tiles(snapshot)
    if snapshot.pinned in order:
        return snapshot.pinned
    speaker = camera_of(snapshot.dominant_speaker)
    remotes = [camera_of(p.id) for p in snapshot.remotes]
    # Our own share is a tile beside the others: we need not look at it to see it.
    shared = [one for p in snapshot.remotes for one in p.shares]
    wishes = (*shared, *(one for one in remotes if one == speaker), *remotes, *order)
    return next(iter(wishes), None)


def arrange(
    layout: Layout,
    order: Sequence[StreamId],
    *,
    width: int,
    height: int,
    page: int = 0,
    main: StreamId | None = None,
    local: StreamId | None = None,
    keep: StreamId | None = None,
    column: bool = False,
    own: OwnPlace = OwnPlace.BOTTOM_RIGHT,
) -> Arrangement:
    """Place one page of tiles on a stage.

    Args:
        layout: TILE, SIDEBAR or SPOTLIGHT.
        order: Streams in drawing order, each once.
        width: Stage width [columns].
        height: Stage height [rows].
        page: Page wanted, from 0; clamped to those there are.
        main: Drawn large by SIDEBAR and SPOTLIGHT; the first of `order` when not in it.
        local: Our own stream, drawn in a corner of SPOTLIGHT.
        keep: Must be on the page shown (it has the focus); it wins over `page`.
        column: One row for each, one below another, and nothing beside anything (spec ux 3.3).
        own: Where our own picture is in SPOTLIGHT.

    Returns:
        Rectangles inside the stage. None overlap, but for a SPOTLIGHT self view marked `above`.
    """
    if not order or width < MIN_STAGE_COLUMNS or height < MIN_STAGE_ROWS:
        return Arrangement()
    if column:
        return _roster(order, width, height, page, keep)
    if width < MIN_VIDEO_COLUMNS or height < MIN_VIDEO_ROWS:
        return _small(order, width, height, page, keep)
    if main is None or main not in order:
        main = order[0]
    match layout:
        case Layout.TILE:
            return _grid(order, width, height, page, keep)
        case Layout.SIDEBAR:
            return _sidebar(order, width, height, page, keep, main)
        case Layout.SPOTLIGHT:
            return _spotlight(order, width, height, main, local, own)
        case _:
            assert_never(layout)


def arrange_snapshot(
    snapshot: Snapshot,
    *,
    width: int,
    height: int,
    page: int = 0,
    keep: StreamId | None = None,
    column: bool = False,
    own: OwnPlace = OwnPlace.BOTTOM_RIGHT,
) -> Arrangement:
    """`arrange` for what a snapshot holds: its layout, order, main and local participant."""
    local = camera_of(snapshot.local.id) if snapshot.local else None
    main = main_stream(snapshot)
    if snapshot.layout is Layout.SPOTLIGHT and snapshot.remotes:
        # The first that is not ours, whoever speaks or is pinned (spec cometchat-calls (i)).
        main = next(stream for stream in order_tiles(snapshot) if stream != local)
    return arrange(
        snapshot.layout,
        order_tiles(snapshot),
        width=width,
        height=height,
        page=page,
        main=main,
        local=local,
        keep=keep,
        column=column,
        own=own,
    )


def neighbour(
    arrangement: Arrangement, stream: StreamId, across: int, down: int
) -> StreamId | None:
    """Of the nearest tile in a direction from the tile of `stream`; empty when there is none.

    Args:
        arrangement: The page.
        stream: Where to start.
        across: 1 to the right, -1 to the left, else 0.
        down: 1 down, -1 up, else 0.
    """
    here = arrangement.find(stream)
    if here is None:
        return None
    ahead = [
        (distance, number, there.stream)
        for number, there in enumerate(arrangement.tiles)
        if (distance := _distance(here, there, across, down)) is not None
    ]
    return min(ahead)[2] if ahead else None


def _distance(here: Placed, there: Placed, across: int, down: int) -> int | None:
    """How far `there` is, sideways counted more; None when it is not in that direction."""
    # Rows count double: a cell is twice as high as it is wide.
    x = (2 * there.x + there.width) - (2 * here.x + here.width)
    y = 2 * ((2 * there.y + there.height) - (2 * here.y + here.height))
    ahead = x * across + y * down
    beside = abs(x * down) + abs(y * across)
    return ahead + 3 * beside if ahead > 0 else None


def _page(
    order: Sequence[StreamId], size: int, page: int, keep: StreamId | None
) -> tuple[list[StreamId], int, int]:
    """(streams of the page, its number, pages) with `keep` on it."""
    pages = max(1, -(-len(order) // size))
    page = order.index(keep) // size if keep in order else max(0, min(page, pages - 1))
    return list(order[page * size : (page + 1) * size]), page, pages


def grid_shape(count: int, width: int, height: int) -> tuple[int, int] | None:
    """Best (columns, rows) of a grid for `count` video tiles, or None when they do not fit.

    The largest 16:9 picture wins (half-block pixels, one row kept for the label), then the
    fewest empty cells, then the fewest rows (spec ux 5.2).
    """
    best: tuple[tuple[float, int, int], tuple[int, int]] | None = None
    for columns in range(1, min(count, width // MIN_TILE_COLUMNS) + 1):
        rows = -(-count // columns)
        tile_width, tile_height = width // columns, height // rows
        if tile_height < MIN_TILE_ROWS:
            continue
        scale = min(tile_width / 16, 2 * (tile_height - 1) / 9)
        rank = (-scale, columns * rows - count, rows)
        if best is None or rank < best[0]:
            best = (rank, (columns, rows))
    return best[1] if best else None


def _cells(
    streams: Sequence[StreamId],
    shape: tuple[int, int],
    width: int,
    height: int,
    kind: TileKind,
    *,
    centred: bool = False,
) -> tuple[Placed, ...]:
    columns, rows = shape
    tile_width, tile_height = width // columns, height // rows
    last = len(streams) % columns or columns
    # Only the last row of all that there are is shorter, and centred.
    left = (columns - last) * tile_width // 2 if centred else 0
    return tuple(
        Placed(
            stream,
            index % columns * tile_width + (left if index >= len(streams) - last else 0),
            index // columns * tile_height,
            tile_width,
            tile_height,
            kind,
        )
        for index, stream in enumerate(streams)
    )


def _grid(
    order: Sequence[StreamId], width: int, height: int, page: int, keep: StreamId | None
) -> Arrangement:
    shape = grid_shape(len(order), width, height)
    if shape is not None:
        return Arrangement(_cells(order, shape, width, height, TileKind.VIDEO, centred=True))
    size = (width // MIN_TILE_COLUMNS) * (height // MIN_TILE_ROWS)
    streams, page, pages = _page(order, size, page, keep)
    # The last page keeps the grid of the full ones, so that turning pages moves no tile.
    shape = grid_shape(size, width, height) or (1, 1)
    return Arrangement(_cells(streams, shape, width, height, TileKind.VIDEO), page, pages)


def _small(
    order: Sequence[StreamId], width: int, height: int, page: int, keep: StreamId | None
) -> Arrangement:
    """No room for video: everybody as an avatar if they fit, else one row each."""
    columns, rows = width // AVATAR_COLUMNS, height // AVATAR_ROWS
    if len(order) <= columns * rows:
        columns = min(columns, len(order))
        shape = (columns, -(-len(order) // columns))
        return Arrangement(_cells(order, shape, width, height, TileKind.AVATAR))
    return _roster(order, width, height, page, keep)


def _roster(
    order: Sequence[StreamId], width: int, height: int, page: int, keep: StreamId | None
) -> Arrangement:
    """One row each."""
    streams, page, pages = _page(order, height, page, keep)
    return Arrangement(
        tuple(
            Placed(stream, 0, row, width, 1, TileKind.ROSTER) for row, stream in enumerate(streams)
        ),
        page,
        pages,
    )


def _sidebar(
    order: Sequence[StreamId],
    width: int,
    height: int,
    page: int,
    keep: StreamId | None,
    main: StreamId,
) -> Arrangement:
    others = [stream for stream in order if stream != main]
    if not others:
        return Arrangement((Placed(main, 0, 0, width, height, TileKind.VIDEO),))
    side = max(MIN_TILE_COLUMNS, min(width // 4, 40))
    fit = height // MIN_TILE_ROWS
    streams, page, pages = _page(others, fit, page, keep)
    tallest = max(MIN_TILE_ROWS, side * 9 // 32 + 1)  # 16:9 in half-block pixels, and the label
    tile_height = min(tallest, height // min(fit, len(others)))
    tiles = [Placed(main, 0, 0, width - side, height, TileKind.VIDEO)]
    tiles += [
        Placed(stream, width - side, row * tile_height, side, tile_height, TileKind.VIDEO)
        for row, stream in enumerate(streams)
    ]
    return Arrangement(tuple(tiles), page, pages)


def _spotlight(
    order: Sequence[StreamId],
    width: int,
    height: int,
    main: StreamId,
    local: StreamId | None,
    own: OwnPlace,
) -> Arrangement:
    if local is None or local == main or local not in order:
        return Arrangement((Placed(main, 0, 0, width, height, TileKind.VIDEO),))
    if own is OwnPlace.LARGE:
        main, local = local, main
    tiles = [Placed(main, 0, 0, width, height, TileKind.VIDEO)]
    if width >= SELF_VIEW_MIN_COLUMNS and height >= 2 * MIN_TILE_ROWS:
        # A sixth of the width, so that on a large screen it is a picture and no stamp.
        columns = min(max(MIN_TILE_COLUMNS, width // 6), _SELF_VIEW_MAX_COLUMNS)
        rows = max(MIN_TILE_ROWS, min(columns * 9 // 32 + 1, height // 3))
        # Above the large tile's label row, which is never covered.
        left, top = own in _LEFT, own in _TOP
        x = 0 if left else width - columns
        y = 0 if top else height - 1 - rows
        tiles.append(Placed(local, x, y, columns, rows, TileKind.VIDEO, above=True))
    return Arrangement(tuple(tiles))
