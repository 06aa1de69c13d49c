"""Where tiles go: the invariants of spec ux 5.2, and the sizes it computed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.handle import people
from tests.fakes.people import camera, person, screen
from tui.domain.ids import TrackSource
from tui.domain.participant import Stream
from tui.domain.settings import Layout
from tui.domain.snapshot import Snapshot
from tui.domain.tiling import (
    MIN_TILE_COLUMNS,
    MIN_TILE_ROWS,
    Arrangement,
    Placed,
    TileKind,
    arrange,
    arrange_snapshot,
    grid_shape,
    main_stream,
    order_tiles,
)

ME = person("me", "Ana Lopez", is_local=True)


def uids(count: int) -> list[str]:
    return [f"u{n}" for n in range(count)]


def overlap(one: Placed, other: Placed) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def pages_of(layout: Layout, order: list[str], width: int, height: int) -> list[Arrangement]:
    first = arrange(layout, order, width=width, height=height, main="u1", local="u0")
    return [first] + [
        arrange(layout, order, width=width, height=height, page=page, main="u1", local="u0")
        for page in range(1, first.pages)
    ]


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(list(Layout)), st.integers(0, 200), st.integers(1, 300), st.integers(1, 100))
def test_lay_t1_invariants(layout: Layout, count: int, width: int, height: int) -> None:
    order = uids(count)
    least = {TileKind.VIDEO: (20, 6), TileKind.AVATAR: (12, 3), TileKind.ROSTER: (20, 1)}
    seen: list[str] = []
    for number, page in enumerate(pages_of(layout, order, width, height)):
        assert page.page == number
        for at, placed in enumerate(page.tiles):
            columns, rows = least[placed.kind]
            assert placed.width >= columns
            assert placed.height >= rows
            assert 0 <= placed.x <= placed.x + placed.width <= width
            assert 0 <= placed.y <= placed.y + placed.height <= height
            for other in page.tiles[:at]:
                assert placed.above or not overlap(placed, other)
        assert len({placed.stream for placed in page.tiles}) == len(page.tiles)
        seen += [placed.stream for placed in page.tiles]
    if width < 20 or height < 1:
        assert seen == []
    elif layout is Layout.TILE:
        assert seen == order  # all pages together: everybody once, in order
    elif layout is Layout.SIDEBAR or width < 40 or height < 9:
        assert set(seen) == set(order)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([Layout.TILE, Layout.SIDEBAR]), st.integers(1, 200), st.data())
def test_the_focused_tile_is_on_the_page(layout: Layout, count: int, data: st.DataObject) -> None:
    order = uids(count)
    keep = data.draw(st.sampled_from(order))
    size = {"width": data.draw(st.integers(20, 200)), "height": data.draw(st.integers(5, 60))}
    placed = arrange(layout, order, page=data.draw(st.integers(-3, 30)), keep=keep, **size)
    assert placed.find(keep) is not None


@pytest.mark.parametrize(
    ("stage", "count", "columns", "rows"),
    [
        ((40, 10), 1, 1, 1),
        ((40, 10), 2, 2, 1),
        ((60, 17), 4, 2, 2),
        ((80, 21), 2, 2, 1),
        ((80, 21), 6, 3, 2),
        ((80, 21), 12, 4, 3),
        ((100, 27), 16, 4, 4),
        ((120, 37), 2, 1, 2),
        ((120, 37), 25, 5, 5),
        ((160, 45), 49, 7, 7),
        ((240, 64), 9, 3, 3),
    ],
)
def test_grids_the_specification_computed(
    stage: tuple[int, int], count: int, columns: int, rows: int
) -> None:
    assert grid_shape(count, *stage) == (columns, rows)


@pytest.mark.parametrize(
    ("stage", "size"), [((40, 10), 2), ((60, 17), 6), ((80, 21), 12), ((160, 45), 56)]
)
def test_page_sizes_the_specification_computed(stage: tuple[int, int], size: int) -> None:
    width, height = stage
    page = arrange(Layout.TILE, uids(200), width=width, height=height)
    assert len(page.tiles) == size
    assert page.pages == -(-200 // size)


def test_sidebar_puts_the_main_one_left_and_nobody_twice() -> None:
    page = arrange(Layout.SIDEBAR, uids(4), width=80, height=21, main="u2")
    assert page.tiles[0] == Placed("u2", 0, 0, 60, 21, TileKind.VIDEO)
    assert [placed.stream for placed in page.tiles] == ["u2", "u0", "u1", "u3"]
    assert {placed.x for placed in page.tiles[1:]} == {60}


def test_spotlight_fills_the_stage_with_us_in_the_corner() -> None:
    page = arrange(Layout.SPOTLIGHT, uids(4), width=80, height=21, main="u1", local="u0")
    assert page.tiles == (
        Placed("u1", 0, 0, 80, 21, TileKind.VIDEO),
        Placed("u0", 60, 14, 20, 6, TileKind.VIDEO, above=True),
    )
    large = arrange(Layout.SPOTLIGHT, uids(4), width=240, height=64, main="u1", local="u0")
    assert large.tiles[1] == Placed("u0", 200, 51, 40, 12, TileKind.VIDEO, above=True)
    flat = arrange(Layout.SPOTLIGHT, uids(4), width=240, height=20, main="u1", local="u0")
    assert flat.tiles[1] == Placed("u0", 200, 13, 40, 6, TileKind.VIDEO, above=True)
    narrow = arrange(Layout.SPOTLIGHT, uids(4), width=59, height=21, main="u1", local="u0")
    assert [placed.stream for placed in narrow.tiles] == ["u1"]


def test_small_stages_show_avatars_or_rows() -> None:
    avatars = arrange(Layout.TILE, uids(4), width=39, height=9)
    assert {placed.kind for placed in avatars.tiles} == {TileKind.AVATAR}
    rows = arrange(Layout.TILE, uids(40), width=30, height=8)
    assert {placed.kind for placed in rows.tiles} == {TileKind.ROSTER}
    assert (len(rows.tiles), rows.pages) == (8, 5)
    assert arrange(Layout.TILE, uids(4), width=19, height=40).tiles == ()


def test_minimum_is_what_the_specification_says() -> None:
    assert (MIN_TILE_COLUMNS, MIN_TILE_ROWS) == (20, 6)


def test_local_comes_first_and_nobody_moves_for_a_speaker_in_sight() -> None:
    remotes = people("A", "B", "C", "D", "E", "F")
    calm = Snapshot(participants=(ME, *remotes), dominant_speaker="d")
    assert order_tiles(calm) == tuple(map(camera, ("me", "a", "b", "c", "d", "e", "f")))
    far = Snapshot(participants=(ME, *remotes), dominant_speaker="f")
    assert order_tiles(far) == tuple(map(camera, ("me", "f", "a", "b", "c", "d", "e")))


def test_main_stream_rules() -> None:
    remotes = people("A", "B")
    assert main_stream(Snapshot()) is None
    assert main_stream(Snapshot(participants=(ME,))) == camera("me")
    everybody = (ME, *remotes)
    assert main_stream(Snapshot(participants=everybody)) == camera("a")
    assert main_stream(Snapshot(participants=everybody, dominant_speaker="b")) == camera("b")
    assert main_stream(Snapshot(participants=everybody, dominant_speaker="me")) == camera("a")
    pinned = Snapshot(participants=everybody, dominant_speaker="b", pinned=camera("me"))
    assert main_stream(pinned) == camera("me")
    gone = Snapshot(participants=everybody, pinned=camera("gone"))
    assert main_stream(gone) == camera("a")


def test_a_shared_screen_has_a_tile_and_is_the_main_one() -> None:
    bo, chi = people("Bo", "Chi")
    bo = bo.with_stream(Stream(TrackSource.SCREEN_SHARE))
    everybody = (ME, bo, chi)
    shared = Snapshot(participants=everybody, dominant_speaker="chi", layout=Layout.SPOTLIGHT)
    assert order_tiles(shared) == (camera("me"), screen("bo"), camera("bo"), camera("chi"))
    assert main_stream(shared) == screen("bo")
    large = arrange_snapshot(shared, width=80, height=21).tiles[0]
    assert large.stream == screen("bo")
    pinned = Snapshot(participants=everybody, pinned=camera("chi"), layout=Layout.SIDEBAR)
    assert main_stream(pinned) == camera("chi")
    tiles = arrange_snapshot(pinned, width=80, height=40).tiles
    assert {one.stream for one in tiles} == set(order_tiles(pinned))


def test_the_last_row_of_a_grid_is_centred() -> None:
    page = arrange(Layout.TILE, uids(5), width=120, height=37)
    assert [(one.x, one.y) for one in page.tiles] == [(0, 0), (40, 0), (80, 0), (20, 18), (60, 18)]
    paged = arrange(Layout.TILE, uids(15), width=80, height=21, page=1)
    assert [one.x for one in paged.tiles] == [0, 20, 40]  # as on the page before
