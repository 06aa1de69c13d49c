"""What the accessibility specification asks of every screen at once (A11Y-04, -05, -08)."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from time import monotonic
from typing import Any

import pytest
from textual.app import App
from textual.geometry import Region
from textual.widget import Widget
from textual.widgets import Input

from tests.fakes.handle import NOW_MS, FakeHandle
from tests.screens.driving import STANDUP, Driver, in_call, logged_in, make_app, running, until
from tui.app import CallApp
from tui.domain.snapshot import Levels
from tui.front.start import Entrance, StartPlan

Cell = tuple[str, bool, bool, bool]
FORMS = {
    "login": (FakeHandle, StartPlan()),
    "lobby": (lambda: logged_in("Bo Chen"), StartPlan()),
    "green room": (lambda: logged_in("Bo Chen"), replace(STANDUP, entrance=Entrance())),
}
STOPS = 12


def uncoloured(app: App[Any]) -> list[list[Cell]]:
    """What is drawn, without its colours."""
    rows = []
    for strip in app.screen._compositor.render_strips(app.size):
        row: list[Cell] = []
        for segment in strip:
            style = segment.style
            how = (bool(style and style.bold), bool(style and style.underline))
            row += [(char, *how, bool(style and style.reverse)) for char in segment.text]
        rows.append(row)
    return rows


def part(rows: list[list[Cell]], region: Region) -> list[list[Cell]]:
    return [row[region.x : region.right] for row in rows[region.y : region.bottom]]


async def stops(app: CallApp, pilot: Driver) -> list[tuple[Widget, Region, list[list[Cell]]]]:
    """Where Tab goes, and the whole screen at each stop."""
    await until(pilot, lambda: app.focused, "a focus")
    found = []
    for _ in range(STOPS):
        await pilot.pause()
        assert app.focused is not None
        found.append((app.focused, app.focused.region, uncoloured(app)))
        await pilot.press("tab")
    return found


def assert_seen(found: list[tuple[Widget, Region, list[list[Cell]]]]) -> None:
    for (widget, region, here), (after, there, elsewhere) in pairwise(found):
        if widget is not after:
            assert part(here, region) != part(elsewhere, region), widget
            assert part(here, there) != part(elsewhere, there), after


@pytest.mark.parametrize("form", FORMS)
async def test_a11y_04_05_the_focus_is_seen_without_colours_and_goes_in_reading_order(
    form: str,
) -> None:
    make_handle, start = FORMS[form]
    app = make_app(make_handle(), start)
    async with running(app) as pilot:
        found = await stops(app, pilot)
        assert_seen(found)
        first = min(range(len(found)), key=lambda i: (found[i][1].y, found[i][1].x))
        once = list(dict.fromkeys(widget for widget, _, _ in found[first:]))
        places = [(widget.region.y, widget.region.x) for widget in once]
        assert places == sorted(places)
        rows = found[0][2]
        for field in (widget for widget in once if isinstance(widget, Input)):
            above = Region(field.region.x, field.region.y - 1, field.region.width, 1)
            left = Region(0, field.region.y, field.region.x, field.region.height)
            label = "".join(c[0] for row in (*part(rows, above), *part(rows, left)) for c in row)
            assert any(map(str.isalpha, label)), (field, label)


async def test_a11y_04_the_focus_is_seen_without_colours_in_a_call() -> None:
    app = make_app(logged_in("Bo Chen", "Chi Okafor"))
    async with in_call(app) as pilot:
        for panel in ("p", "c", "g"):
            await pilot.press(panel)
            await pilot.pause()
            assert_seen(await stops(app, pilot))
            await pilot.press("escape", "escape")


async def test_a11y_08_nothing_is_drawn_while_nothing_happens_but_seconds() -> None:
    began_s = monotonic()
    handle = logged_in("Bo Chen")
    app = make_app(
        handle, reduced_motion=True, clock=lambda: NOW_MS + int(1000 * (monotonic() - began_s))
    )
    async with in_call(app) as pilot:
        drawn: list[object] = []
        display = app._display

        def noted(screen: Any, renderable: Any) -> None:
            if renderable is not None:
                drawn.append(renderable)
            display(screen, renderable)

        await pilot.pause(0.3)
        app._display = noted  # type: ignore[method-assign]
        until_s = monotonic() + 2.5
        while monotonic() < until_s:
            handle.push(Levels({"ana": -10.0 - monotonic() % 30, "bo": -20.0}))
            await pilot.pause(0.1)
        assert drawn == []
