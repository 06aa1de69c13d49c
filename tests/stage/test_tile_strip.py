"""TileStrip is a Strip: whatever Textual asks of one, it answers as the plain one would."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from rich.color_triplet import ColorTriplet
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import Monochrome
from textual.strip import Strip

from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.video.drawing import drawing_for
from tui.widgets.tile_strip import CellSurface, TileStrip

COLUMNS, ROWS = 12, 3
CONSOLE = Console(color_system="truecolor", force_terminal=True)
PINK = Style.parse("on #ff80c0")

CALLS = {
    "text": lambda s: s.text,
    "link_ids": lambda s: s.link_ids,
    "cell_length": lambda s: s.cell_length,
    "cell_count": lambda s: s.cell_count,
    "index_to_cell_position": lambda s: s.index_to_cell_position(3),
    "extend_cell_length": lambda s: s.extend_cell_length(20, PINK),
    "adjust_cell_length": lambda s: [s.adjust_cell_length(n, PINK) for n in (5, 12, 15)],
    "simplify": lambda s: s.simplify(),
    "discard_meta": lambda s: s.discard_meta(),
    "apply_filter": lambda s: s.apply_filter(Monochrome(), Color(0, 0, 0)),
    "style_links": lambda s: s.style_links("nothing", PINK),
    "crop": lambda s: [s.crop(2, 7), s.crop(0), s.crop(5), s.crop(-3, 99), s.crop(7, 7)],
    "crop_extend": lambda s: [s.crop_extend(2, 7, PINK), s.crop_extend(4, 30, PINK)],
    "divide": lambda s: [list(s.divide(c)) for c in ([12], [3, 12], [3, 7, 12], [4, 30], [0, 5])],
    "apply_style": lambda s: s.apply_style(PINK),
    "apply_meta": lambda s: s.apply_meta({"a": 1}),
    "apply_offsets": lambda s: s.apply_offsets(3, 4),
    "crop_pad": lambda s: [s.crop_pad(12, 0, 0, PINK), s.crop_pad(6, 2, 3, PINK)],
    "text_align": lambda s: [s.text_align(20, how) for how in ("left", "center", "right")],
    "join": lambda s: Strip.join([s, None, Strip([Segment("x")]), s]),
    "align": lambda s: list(Strip.align([s, s], PINK, 20, 4, "center", "middle")),
    "render": None,  # tested below: the one that differs
    "blank": None,  # makes strips; nothing of ours
    "from_lines": None,
    "render_ansi": None,
    "render_style": None,
}
OPERATORS = {
    "bool": bool,
    "iter": lambda s: list(s),
    "reversed": lambda s: list(reversed(s)),
    "len": len,
    "getitem": lambda s: [s[0], s[2:5], s[4:]],
    "add": lambda s: s + Strip([Segment("y")]),
    "equal": lambda s: s == Strip(list(s)),
    "link style": lambda s: s._apply_link_style(PINK),
}


def surface(
    depth: ColourDepth = ColourDepth.TRUECOLOR, glyphs: GlyphSet = GlyphSet.HALF
) -> CellSurface:
    made = CellSurface(COLUMNS, ROWS, drawing_for(Look(glyphs, depth, 0)))
    made.put(pixels(1, *made.drawing.cell))
    return made


def pixels(seed: int, across: int = 1, down: int = 2) -> np.ndarray:
    """No two pixels of a cell alike, so that no cell is a space."""
    rng = np.random.default_rng(seed)
    made = rng.integers(0, 3, (ROWS * down, COLUMNS * across, 3)).astype(np.uint8) * 100
    made[0::2, :, 0] += 30
    return made


def plain(value: object) -> object:
    """Strips as their content, whatever their class."""
    if isinstance(value, Strip):
        return Segment.simplify(list(value)) and list(Segment.simplify(list(value))), (
            value.cell_length
        )
    return [plain(one) for one in value] if isinstance(value, list) else value


def test_every_public_name_is_tried() -> None:
    """A new Textual release that adds a method to Strip fails here."""
    names = {name for name, _ in inspect.getmembers(Strip) if not name.startswith("_")}
    assert names == set(CALLS)


@pytest.mark.parametrize("depth", list(ColourDepth))
@pytest.mark.parametrize("glyphs", [GlyphSet.HALF, GlyphSet.ALL])
@pytest.mark.parametrize("name", [n for n, call in CALLS.items() if call] + list(OPERATORS))
def test_it_answers_as_a_plain_strip(name: str, depth: ColourDepth, glyphs: GlyphSet) -> None:
    call = CALLS.get(name) or OPERATORS[name]
    strip = surface(depth, glyphs).strip(1, 0, COLUMNS)
    reference = Strip(list(surface(depth, glyphs).strip(1, 0, COLUMNS)), COLUMNS)
    assert plain(call(strip)) == plain(call(reference))
    part = surface(depth, glyphs).strip(1, 3, 9).crop(1, 5)
    assert plain(part) == plain(reference.crop(4, 8))


def test_cutting_makes_no_segments() -> None:
    strip = surface().strip(0, 0, COLUMNS)
    parts = list(strip.divide([3, 7, 12]))
    parts.append(strip.crop(2, 9).crop(1, 4))
    for part in (strip, *parts):
        assert isinstance(part, TileStrip)
        assert part._made is None


def test_segments_have_the_colours() -> None:
    first = next(iter(surface().strip(0, 0, 1)))
    red, green, blue = pixels(1)[0, 0].tolist()
    assert first.text == "▀"
    assert first.style is not None
    assert first.style.color is not None
    assert first.style.color.triplet == ColorTriplet(red, green, blue)


def paint(made: CellSurface, *parts: tuple[int, int, int]) -> list[str]:
    made.begin_paint()
    out = [made.strip(row, start, end).render(CONSOLE) for row, start, end in parts]
    made.end_paint(parts)
    return out


ROW = (0, 0, COLUMNS)


def test_a_row_is_written_once_and_then_left_alone() -> None:
    made = surface()
    first = paint(made, ROW)[0]
    assert first.count("▀") == COLUMNS
    assert paint(made, ROW) == [f"\x1b[{COLUMNS}C"]


def test_a_picture_that_was_never_written_is_not_believed() -> None:
    """Two pictures between two draws: the second is compared with the terminal."""
    made = surface()
    paint(made, ROW)
    made.put(pixels(2), doubt=0)
    made.strip(0, 0, COLUMNS)  # made, never rendered
    made.put(pixels(1), doubt=0)
    assert paint(made, ROW) == [f"\x1b[{COLUMNS}C"]


def test_cells_somebody_drew_over_are_written_again() -> None:
    made = surface()
    paint(made, ROW)
    made.begin_paint()
    made.end_paint([(0, 4, 7)])  # a toast
    assert paint(made, ROW)[0].count("▀") == 3
    made.begin_paint()
    made.strip(0, 0, 4).render(CONSOLE)  # the tile beside a toast
    made.end_paint([ROW])
    assert paint(made, ROW)[0].count("▀") == COLUMNS - 4


def test_a_part_row_ends_where_the_next_strip_begins() -> None:
    """A full update moves the cursor once a row, so each strip must end at its own end."""
    made = surface()
    paint(made, ROW)
    made.shown.lost(0, 2, 3)
    assert paint(made, (0, 0, 6))[0].endswith("\x1b[3C")


def test_the_same_row_twice_in_one_write() -> None:
    made = surface()
    first, second, third = paint(made, (0, 0, 5), ROW, (0, 3, 8))
    assert first.count("▀") == 5
    assert second.count("▀") == COLUMNS - 5
    assert third == "\x1b[5C"


def test_outside_of_a_write_everything_is_given_and_nothing_learnt() -> None:
    made = surface()
    assert made.strip(*ROW).render(CONSOLE).count("▀") == COLUMNS
    assert made.strip(*ROW).render(CONSOLE).count("▀") == COLUMNS
    assert not made.shown.known.any()


def test_an_old_strip_is_drawn_whole_and_not_believed() -> None:
    made = surface()
    old = made.strip(*ROW)
    made.put(pixels(2), doubt=0)
    made.begin_paint()
    assert old.render(CONSOLE).count("▀") == COLUMNS
    made.end_paint([ROW])
    assert not made.shown.known[0].any()


def test_a_failed_write_is_not_believed() -> None:
    made = surface()
    paint(made, ROW)
    made.begin_paint()
    made.abandon_paint()
    assert not made.shown.known.any()


def test_some_cells_are_sent_again_with_each_picture() -> None:
    made = surface()
    rows = [(row, 0, COLUMNS) for row in range(ROWS)]
    paint(made, *rows)
    sent = []
    for _ in range(ROWS):
        made.put(pixels(1), doubt=COLUMNS)
        sent.append([text.count("▀") for text in paint(made, *rows)])
    assert [sum(one) for one in sent] == [COLUMNS] * ROWS
    assert [sum(row) for row in zip(*sent, strict=True)] == [COLUMNS] * ROWS


def test_unpainted_until_written() -> None:
    made = surface()
    assert made.unpainted
    made.begin_paint()
    made.end_paint([])
    assert made.unpainted
    paint(made, ROW)
    assert not made.unpainted


def test_no_picture_is_an_error() -> None:
    with pytest.raises(ValueError, match="no picture"):
        CellSurface(3, 3, drawing_for(Look())).strip(0, 0, 3)


def test_another_look_sends_every_cell_and_keeps_the_picture() -> None:
    made = surface()
    rows = [(row, 0, COLUMNS) for row in range(ROWS)]
    paint(made, *rows)
    old = made.strip(*ROW)
    made.use(drawing_for(Look(GlyphSet.ASCII, ColourDepth.TRUECOLOR, 0)))
    assert made.unpainted
    assert made.raster_size == (COLUMNS * 4, ROWS * 8)
    assert old.render(CONSOLE).count("▀") == COLUMNS  # a strip keeps the look it was made in
    texts = [strip.text for strip in (made.strip(*row) for row in rows)]
    assert paint(made, *rows) != ["\x1b[12C"] * ROWS
    assert all(text.isascii() for text in texts)
    assert made.shown.known.all()
    made.begin_paint()
    with pytest.raises(RuntimeError, match="between two writes"):
        made.use(drawing_for(Look()))
