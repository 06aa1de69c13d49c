"""Only what an update shows is rendered, and it is what a whole render would show."""

from __future__ import annotations

from typing import Any

from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from tui.widgets.partial_paint import paint_in_part


class Counted(Static):
    rendered = 0

    def render_lines(self, crop: Region) -> list[Strip]:
        self.rendered += crop.height
        return super().render_lines(crop)


class Paints(App[None]):
    CSS = "Counted { width: 20; height: 8; border: round white; }"

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Counted("left", id="left")
            yield Counted("right", id="right")
        yield Counted("below", id="below")

    def lines(self) -> list[str]:
        return [strip.text for strip in self.screen._compositor.render_strips(self.size)]


def partial(app: App[Any], widget: Widget, rows: Region) -> list[str]:
    compositor = app.screen._compositor
    compositor._dirty_regions = {rows.translate(widget.region.offset)}
    update = compositor.render_partial_update()
    assert update is not None
    return ["".join(s.text for s in chops.values() if s is not None) for chops in update.chops]


async def test_an_update_of_two_rows_renders_two_rows_of_one_widget() -> None:
    app = Paints()
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        paint_in_part(app.screen)
        widgets = list(app.query(Counted))
        for widget in widgets:
            widget.rendered = 0
        left, whole = widgets[0], app.lines()
        assert [widget.rendered for widget in widgets] == [8, 8, 8]
        for widget in widgets:
            widget.rendered = 0
        shown = partial(app, left, Region(0, 1, 20, 2))
        assert [widget.rendered for widget in widgets] == [2, 0, 0]
        for y in (1, 2):
            assert shown[y][:20] == whole[y][:20]


async def test_what_lies_over_a_widget_stays_over_it() -> None:
    app = Paints()
    app.CSS = Paints.CSS + "Screen { layers: a b; } #below { layer: b; offset: 5 1; }"
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        whole = app.lines()
        paint_in_part(app.screen)
        assert app.lines() == whole
        left = app.query_one("#left")
        shown = partial(app, left, Region(0, 1, 20, 3))
        for y in (1, 2, 3):
            assert shown[y].startswith(whole[y][:20])


async def test_a_region_that_one_widget_covers_is_rendered_by_it_alone() -> None:
    app = Paints()
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        paint_in_part(app.screen)
        asked = watch_containers(app)
        left, right = app.query_one("#left"), app.query_one("#right")
        compositor, whole = app.screen._compositor, app.lines()
        asked.clear()
        places = [Region(5, 2, 9, 3).translate(w.region.offset) for w in (right, left)]
        compositor._dirty_regions = set(places)
        update = compositor.render_partial_update()
        assert update is not None
        assert not compositor._dirty_regions
        assert not asked, "whatever is behind the two widgets is not rendered"
        assert update.spans == [(y, x, x + 9) for y in (2, 3, 4) for x in (5, 25)]
        for y in (2, 3, 4):
            assert update.chop_ends[y] == [14, 34]
            for x, piece in update.chops[y].items():
                assert piece is not None and piece.text == whole[y][x : x + 9]
        assert compositor.render_partial_update() is None


async def test_a_widget_that_came_over_another_is_seen_in_the_next_update() -> None:
    app = Paints()
    app.CSS = Paints.CSS + "Screen { layers: a b; } #over { layer: b; offset: 5 1; }"
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.pause()
        paint_in_part(app.screen)
        left = app.query_one("#left")
        assert "over" not in "".join(partial(app, left, Region(0, 1, 20, 3)))
        await app.mount(Counted("over", id="over"))
        await pilot.pause()
        whole, shown = app.lines(), partial(app, left, Region(0, 1, 20, 3))
        assert "over" in "".join(shown)
        for y in (1, 2, 3):
            assert shown[y].startswith(whole[y][:20])


def watch_containers(app: App[Any]) -> list[Widget]:
    """Those of the screen and its containers that are asked for lines from now on."""
    asked: list[Widget] = []
    for widget in (app.screen, *app.query(Horizontal)):
        lines = widget.render_lines

        def render_lines(crop: Region, widget: Widget = widget, lines: Any = lines) -> list[Strip]:
            asked.append(widget)
            return lines(crop)

        widget.render_lines = render_lines  # type: ignore[method-assign]
    return asked
