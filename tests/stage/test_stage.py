"""The stage: tiles, focus, numbers, pages, picture requests, and drawing only when needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from textual.app import App
from textual.geometry import Region
from textual.pilot import Pilot
from textual.screen import ModalScreen

from tests.fakes.handle import FakeHandle, people
from tests.fakes.people import camera, changed, person
from tui.domain.settings import Layout
from tui.domain.snapshot import Phase, Snapshot
from tui.widgets import stage
from tui.widgets.stage import Stage
from tui.widgets.tile import Tile

NAMES = [f"P{n:02}" for n in range(40)]
ME = person("me", "Ana Lopez", is_local=True, video_paused=False, audio_muted=False)


def call(*names: str, **fields: object) -> Snapshot:
    return Snapshot(serial=1, phase=Phase.LIVE, participants=(ME, *people(*names)), **fields)


class StageApp(App[None]):
    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.handle = FakeHandle()
        self.snapshot = snapshot
        self.messages: list[object] = []

    def compose(self):
        yield Stage(picture=self.handle.picture, want_picture=self.handle.show_picture, fps=50)

    def on_mount(self) -> None:
        self.stage.show(self.snapshot)

    @property
    def stage(self) -> Stage:
        return self.query_one(Stage)

    def show(self, **fields: object) -> None:
        self.snapshot = replace(self.snapshot, serial=self.snapshot.serial + 1, **fields)
        self.stage.show(self.snapshot)

    def on_stage_tile_chosen(self, message: Stage.TileChosen) -> None:
        self.messages.append(message.stream)

    def on_stage_page_changed(self, message: Stage.PageChanged) -> None:
        self.messages.append((message.page, message.pages))

    def text(self) -> list[str]:
        return [strip.text for strip in self.screen._compositor.render_strips()]


async def until(pilot: Pilot[None], done: Callable[[], object], timeout_s: float = 10.0) -> None:
    for _ in range(round(timeout_s / 0.02)):
        if done():
            return
        await pilot.pause(0.02)
    raise AssertionError("it did not happen in time")


async def test_each_participant_has_a_tile_with_a_label() -> None:
    app = StageApp(call("Ben Ko", "Cleo Diaz"))
    async with app.run_test(size=(80, 21)) as pilot:
        await pilot.pause()
        text = "\n".join(app.text())
        assert " 1 Ana Lopez (you)" in text
        assert " 2 Ben Ko" in text
        assert app.handle.shown == {camera(who): (40, 18) for who in ("me", "ben", "cleo")}
        assert [app.stage.stream_at(n) for n in (0, 1, 2, 3, 4)] == [
            None,
            camera("me"),
            camera("ben"),
            camera("cleo"),
            None,
        ]
        assert app.stage.number_of(camera("cleo")) == 3
        assert app.stage.number_of(camera("nobody")) == 0


async def test_arrow_keys_move_and_enter_chooses() -> None:
    app = StageApp(call("Ben", "Cleo", "Dee"))
    async with app.run_test(size=(80, 21)) as pilot:
        await pilot.press("tab", "right")
        assert app.stage.focused_stream == camera("ben")
        assert "[2] Ben" in "\n".join(app.text())
        await pilot.press("down", "left", "up", "down", "right", "right", "enter")
        assert app.stage.focused_stream == camera("dee")
        await until(pilot, lambda: camera("dee") in app.messages)


async def test_focus_stays_with_the_person() -> None:
    app = StageApp(call("Ben", "Cleo", "Dee"))
    async with app.run_test(size=(80, 21)) as pilot:
        app.stage.focus_tile(camera("dee"))
        await pilot.pause()
        app.show(participants=(ME, *people("Ann", "Ben", "Bob", "Cleo", "Dee")))
        await pilot.pause()
        assert app.stage.focused_stream == camera("dee")
        await pilot.resize_terminal(30, 8)
        await pilot.pause()
        assert app.stage.focused_stream == camera("dee")
        app.show(participants=(ME, *people("Ann", "Ben")))
        await until(pilot, lambda: app.stage.focused_stream == camera("me"))


async def test_pages_turn_and_hidden_tiles_want_no_picture() -> None:
    app = StageApp(call(*NAMES[:13]))
    async with app.run_test(size=(80, 21)) as pilot:
        await pilot.pause()
        assert (app.stage.page, app.stage.pages) == (0, 2)
        app.stage.focus_tile(camera("p03"))
        await pilot.pause()
        app.stage.turn_page(1)
        await until(
            pilot, lambda: app.stage.page == 1 and app.stage.focused_stream == camera("p11")
        )
        assert app.handle.shown[camera("p00")] == (0, 0)
        assert app.handle.shown[camera("p11")] == (20, 12)
        app.stage.turn_page(5)
        assert app.stage.page == 1
        app.stage.turn_page(-1)
        await until(pilot, lambda: app.stage.page == 0 and app.stage.focused_stream == camera("me"))
        assert app.handle.shown[camera("p11")] == (0, 0)
        assert app.messages == [(0, 2), (1, 2), (0, 2)]


async def test_a_resize_shows_the_page_of_the_focused_tile() -> None:
    app = StageApp(call(*NAMES[:19]))
    async with app.run_test(size=(160, 45)) as pilot:
        app.stage.focus_tile(camera("p18"))
        await pilot.pause()
        await pilot.resize_terminal(60, 17)
        await until(pilot, lambda: app.stage.pages == 4)
        assert app.stage.number_of(camera("p18")) > 0
        assert app.stage.focused_stream == camera("p18")


async def test_pictures_are_asked_for_only_when_the_size_has_settled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stage, "RESIZE_SETTLES_S", 1.0)  # longer than any step of ours takes
    app = StageApp(call())
    async with app.run_test(size=(80, 21)) as pilot:
        await pilot.pause(0.2)
        asked: list[tuple[int, int]] = []
        app.stage.feed.want_picture = lambda _uid, width, height, _fps: asked.append(
            (width, height)
        )
        for columns in (82, 84, 86, 88, 90):
            await pilot.resize_terminal(columns, 21)
        await until(pilot, lambda: asked and asked[-1] == (90, 40))
        assert len(asked) <= 3


async def test_a_camera_off_is_an_avatar_and_wants_nothing() -> None:
    app = StageApp(call("Ben Ko"))
    async with app.run_test(size=(80, 21)) as pilot:
        await pilot.pause()
        app.handle.put_picture(
            camera("ben"), (bytes([9, 9, 9]) * 40 + bytes([90, 9, 9]) * 40) * 20, 40, 40
        )
        await until(pilot, lambda: "▀" in "".join(app.text()))
        paused = changed(app.snapshot.participants[1], video_paused=True)
        app.show(participants=(ME, paused))
        await until(pilot, lambda: "▀" not in "".join(app.text()))
        text = "\n".join(app.text())
        assert "BK" in text
        assert "cam off" in text
        assert app.handle.shown[camera("ben")] == (0, 0)


async def test_nothing_is_drawn_while_no_picture_is_new() -> None:
    app = StageApp(call("Ben"))
    async with app.run_test(size=(80, 21)) as pilot:
        await pilot.pause(0.1)
        app.handle.put_picture(camera("ben"), bytes(40 * 40 * 3), 40, 40)
        await pilot.pause(0.3)
        drawn: list[Tile] = []
        for tile in app.query(Tile):
            tile.refresh = lambda *regions, tile=tile, **how: drawn.append(tile) or tile
        ticks = app.stage._ticks
        await until(pilot, lambda: app.stage._ticks > ticks + 10)
        # Without a terminal nothing is ever written, so each tile was tried a few times, no more.
        assert len(drawn) <= 3


async def test_a_tile_removed_under_a_dialog_still_draws() -> None:
    """The dialog draws the screen behind it as it was laid out last."""
    app = StageApp(call("Ben", "Cleo"))
    async with app.run_test(size=(80, 21)) as pilot:
        await pilot.pause()
        removed = app.query(Tile).last()
        app.push_screen(ModalScreen())
        await pilot.pause()
        app.screen_stack[0].query_one(Stage).show(call("Ben"))
        await until(pilot, lambda: not removed.is_attached)
        assert removed._component_styles == {}
        strips = removed.render_lines(Region(0, 0, 40, 10))
        assert [strip.cell_length for strip in strips] == [40] * 10


async def test_layouts_and_pin() -> None:
    app = StageApp(call("Ben", "Cleo"))
    async with app.run_test(size=(80, 21)) as pilot:
        app.show(layout=Layout.SIDEBAR, pinned=camera("cleo"))
        await pilot.pause()
        assert app.stage.stream_at(1) == camera("cleo")
        assert "pin" in "\n".join(app.text())
        app.show(layout=Layout.SPOTLIGHT, pinned=None)
        await pilot.pause()
        assert [app.stage.stream_at(n) for n in (1, 2, 3)] == [
            camera("ben"),
            camera("me"),
            None,
        ]
        await until(pilot, lambda: app.handle.shown[camera("cleo")] == (0, 0))


async def test_a_hidden_stage_wants_no_pictures() -> None:
    app = StageApp(call("Ben"))
    async with app.run_test(size=(80, 21)) as pilot:
        await until(pilot, lambda: app.handle.shown.get(camera("ben")) == (40, 40))
        app.stage.display = False
        await until(pilot, lambda: set(app.handle.shown.values()) == {(0, 0)})
        app.show(title="meanwhile")
        await pilot.pause()
        assert app.handle.shown[camera("ben")] == (0, 0)
        app.stage.display = True
        await until(pilot, lambda: app.handle.shown[camera("ben")] == (40, 40))


async def test_unmounting_asks_for_no_pictures_any_more() -> None:
    app = StageApp(call("Ben"))
    async with app.run_test(size=(80, 21)) as pilot:
        await pilot.pause()
        await app.stage.remove()
        assert set(app.handle.shown.values()) == {(0, 0)}


@pytest.mark.parametrize("size", [(1, 1), (19, 4), (20, 6), (39, 11), (40, 12), (300, 100)])
async def test_any_size_draws(size: tuple[int, int]) -> None:
    app = StageApp(call(*NAMES[:30]))
    async with app.run_test(size=size) as pilot:
        for layout in Layout:
            app.show(layout=layout)
            await pilot.pause()
            assert {len(line) for line in app.text()} == {size[0]}


async def test_an_svg_shows_the_picture() -> None:
    app = StageApp(call())
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.pause(0.1)
        app.handle.put_picture(camera("me"), (bytes([18, 52, 86]) * 40 + bytes(120)) * 11, 40, 22)
        await until(pilot, lambda: "▀" in "".join(app.text()))
        svg = app.export_screenshot()
        assert "#123456" in svg
        assert len(svg) < 60_000


async def test_before_there_are_tiles_nothing_is_written() -> None:
    class Empty(App[None]):
        def compose(self):
            yield Stage(picture=lambda _: None, want_picture=lambda *_: None)

    app = Empty()
    async with app.run_test(size=(40, 6)):
        strips = app.screen._compositor.render_strips()
        assert {segment.text.strip() for strip in strips for segment in strip} == {""}
