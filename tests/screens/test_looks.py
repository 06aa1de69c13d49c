"""Contrast on every screen and theme, and no state by colour alone (A11Y-01, A11Y-03)."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from textual.color import Color

from tests.screens.driving import (
    StillClock,
    in_call,
    logged_in,
    make_app,
    running,
    text_of,
    until,
)
from tui.front.start import StartPlan
from tui.screens.cursor import FocusCursor
from tui.screens.themes import THEMES
from tui.widgets.field import LineInput

COLOURED = [theme.name for theme in THEMES if not theme.ansi]
READABLE = {"ansi_default", "ansi_bright_green", "ansi_bright_yellow", "ansi_bright_cyan"}
"""On every common dark palette of 16 colours (spec ux 4.1)."""


def contrast(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """WCAG 2.2 contrast ratio."""

    def luminance(colour: tuple[int, int, int]) -> float:
        parts = [
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
            for part in (value / 255 for value in colour)
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_borders_stand_out(theme: object) -> None:
    variables = getattr(theme, "variables", {})
    background = getattr(theme, "background", "")
    if background == "ansi_default":
        assert {variables["border"], variables["border-blurred"]} <= READABLE
        return
    for name in ("border", "border-blurred"):
        ratio = contrast(Color.parse(variables[name]).rgb, Color.parse(background).rgb)
        assert ratio >= 3.0


@pytest.mark.parametrize("theme", ["call-hc-dark", "call-hc-light", "call-ansi", "call-mono"])
async def test_fields_and_buttons_can_be_told_from_text(theme: str) -> None:
    """They have the background of everything else there, so each begins with a bar."""
    app = make_app(logged_in(), StartPlan(), theme=theme)
    app.ui.handle.change(user=None)  # type: ignore[attr-defined]
    async with running(app) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        lines = text_of(app).splitlines()
        shown = [one for one in app.screen.query("LineInput, PlainButton") if one.region.area]
        assert len(shown) == 9
        for widget in shown:
            field = widget.has_focus and isinstance(widget, LineInput)
            assert lines[widget.region.y][widget.region.x] == ("█" if field else "▌"), widget
        cursor = app.screen.query_one("LineInput").get_component_rich_style("input--cursor")
        colours = {
            str(cursor.color and cursor.color.name),
            str(cursor.bgcolor and cursor.bgcolor.name),
        }
        assert theme != "call-mono" or (cursor.reverse and colours == {"default"})


@pytest.fixture
def no_colour() -> Iterator[None]:
    os.environ["NO_COLOR"] = "1"
    yield
    del os.environ["NO_COLOR"]


@pytest.mark.usefixtures("no_colour")
async def test_a11y_03_no_color_uses_the_terminals_own_colours_only() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    assert app.theme == "call-mono"
    async with in_call(app) as pilot:
        handle.change_participant("bo", video_paused=True)
        handle.change_participant("ana", video_paused=True)
        await pilot.press("p")
        await pilot.pause(0.1)
        colours = {
            str(colour.name)
            for strip in app.screen._compositor.render_strips(app.size)
            for segment in strip
            if segment.style is not None and segment.text.strip()
            for colour in (segment.style.color, segment.style.bgcolor)
            if colour is not None
        }
        assert colours <= {"default"}
        focused = app.focused
        assert focused is not None
        rows = app.screen._compositor.render_strips(app.size)[
            focused.region.y : focused.region.bottom
        ]
        assert any(s.style and s.style.underline and s.text.strip() for row in rows for s in row)


async def test_an_empty_no_color_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    app = make_app(logged_in())
    assert app.theme == "call-dark"
    assert "NO_COLOR" not in os.environ


async def test_accessible_profile_says_things_in_one_line() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle, accessible=True, clock=StillClock())
    async with in_call(app, notifications=True) as pilot:
        assert app.call is not None
        await pilot.press("i")
        await until(
            pilot, lambda: app.call and "Microphone on" in str(app.call._said.render()), "the line"
        )
        assert not list(app._notifications)
        assert app.animation_level == "none"
        await pilot.press("p")
        await pilot.pause(0.05)
        focused = app.focused
        assert focused is not None
        assert focused.region.contains(*FocusCursor(app).at())
