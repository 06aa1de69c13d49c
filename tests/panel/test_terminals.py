"""A shared terminal on the stage: its own characters, the part that fits, and read by line."""

from __future__ import annotations

from textual.pilot import Pilot

from tests.fakes.handle import FakeHandle
from tests.fakes.people import screen as share_of
from tests.panel.test_in_another_app import at_the_desk, calling, panel_of, until
from tui.domain.commands.local import SetZoom
from tui.domain.settings import Layout
from tui.domain.terminal_text import TerminalScreen
from tui.panel.call_panel import CallPanel
from tui.widgets.text_panel import LogView
from tui.widgets.tile import Tile

ROWS = ("\x1b[0;32m$\x1b[0m make 漢字", "", "  3 passed", "", "$ ")


async def shared(pilot: Pilot[int], handle: FakeHandle, panel: CallPanel) -> Tile:
    """The tile of Bo's terminal, pinned, once it shows text."""
    bo = handle.snapshot().participants[1].id
    handle.shows_terminal(bo, TerminalScreen(40, ROWS, (2, 4)))
    handle.change(pinned=share_of(bo), layout=Layout.SIDEBAR)
    await until(
        pilot,
        lambda: [t for t in panel.query(Tile) if t.terminal.screen and t.size.height > 3],
        "its text",
    )
    (tile,) = (one for one in panel.query(Tile) if one.state.text)
    return tile


def rows_of(tile: Tile) -> list[str]:
    return [strip.text.rstrip() for strip in tile.render_lines(tile.size.region)]


async def test_it_is_drawn_as_text_and_follows_its_changes() -> None:
    handle = calling()
    async with at_the_desk(handle) as (app, pilot):
        panel = panel_of(app)
        tile = await shared(pilot, handle, panel)
        assert rows_of(tile)[:5] == ["$ make 漢字", "", "  3 passed", "", "$"]
        assert "terminal" in rows_of(tile)[-1]
        assert tile.picture_size_for(*tile.size) == (0, 0)  # no pictures of it are asked for
        bo = handle.snapshot().participants[1].id
        handle.shows_terminal(bo, TerminalScreen(40, ("bye",), None))
        await until(pilot, lambda: rows_of(tile)[0] == "bye", "the change")
        handle.shows_terminal(bo, None)
        await until(pilot, lambda: tile.terminal.screen is None, "its end")


async def test_of_a_larger_one_the_part_with_the_cursor_is_shown_and_arrows_show_others() -> None:
    handle = calling()
    async with at_the_desk(handle) as (app, pilot):
        panel = panel_of(app)
        tile = await shared(pilot, handle, panel)
        bo = handle.snapshot().participants[1].id
        large = tuple(f"row {n} " + "x" * 400 + f"end {n}" for n in range(200))
        handle.shows_terminal(bo, TerminalScreen(500, large, (0, 199)))
        height = tile.size.height - 1
        await until(pilot, lambda: rows_of(tile)[height - 1].startswith("row 199"), "the cursor")
        tile.focus()
        await pilot.press("up")
        await until(pilot, lambda: not rows_of(tile)[height - 1].startswith("row 199"), "less")
        panel.acts.do("picture.zoom", "right")
        await until(pilot, lambda: "row" not in rows_of(tile)[0], "the right")
        panel.acts.do("picture.zoom", "follow")
        await until(pilot, lambda: rows_of(tile)[height - 1].startswith("row 199"), "again")
        panel.acts.do("picture.zoom", "full")
        await pilot.pause()
        assert handle.called(SetZoom) == []


async def test_it_is_read_line_by_line_on_a_card() -> None:
    handle = calling()
    async with at_the_desk(handle) as (app, pilot):
        panel = panel_of(app)
        await shared(pilot, handle, panel)
        panel.acts.do("share.toggle", "read")
        await until(pilot, lambda: isinstance(app.focused, LogView), "the card, with the focus")
        await pilot.press("down", "enter")
        await until(pilot, lambda: app.clipboard == "$ make 漢字", "the copied line")
