"""Keys that look closely: `j` goes through the steps, arrows move what is seen."""

from __future__ import annotations

from tests.fakes.people import camera
from tests.panel.test_in_another_app import at_the_desk, calling, panel_of, until
from tui.domain.settings import Layout
from tui.domain.zoom import ZoomStep


async def test_j_looks_closer_and_arrows_move_the_part() -> None:
    handle = calling()
    async with at_the_desk(handle) as (app, pilot):
        bo = handle.snapshot().participants[1]
        handle.change(pinned=camera(bo.id), layout=Layout.SIDEBAR)
        panel = panel_of(app)
        await until(pilot, lambda: panel.view.snapshot.pinned, "the pin")
        panel.view.stage.focus_tile(camera(bo.id))
        await pilot.press("j")
        await until(pilot, lambda: handle.snapshot().zoom, "the first step")
        await until(pilot, lambda: panel.view.snapshot.zoom, "the first step, seen")
        panel.acts.do("picture.zoom", "full")  # the same key at once would count as a repeat
        await until(
            pilot, lambda: (z := panel.view.snapshot.zoom) and z.step is ZoomStep.FULL, "full"
        )
        zoom = handle.snapshot().zoom
        assert zoom is not None and (zoom.stream, zoom.step) == (camera(bo.id), ZoomStep.FULL)
        await pilot.press("right", "down")
        await until(pilot, lambda: handle.snapshot().zoom != zoom, "the move")
        moved = handle.snapshot().zoom
        assert moved is not None and moved.x > 0.5
        panel.acts.do("picture.zoom", "fit")
        await until(pilot, lambda: panel.view.snapshot.zoom is None, "all of it")
        await pilot.press("down")
        assert handle.snapshot().zoom is None
