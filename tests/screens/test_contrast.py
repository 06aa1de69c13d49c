"""Contrast by measurement: every screen, theme and number of colours (A11Y-01, A11Y-02).

One app goes through the screens; on each, every theme is put on and what is drawn is measured, as a
terminal of true colour, of 256 and of 16 colours shows it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from rich.color import Color, ColorSystem
from rich.style import Style
from textual._ansi_theme import MONOKAI
from textual.app import App
from textual.color import Color as TextualColor
from textual.filter import ANSIToTruecolor
from textual.widgets import OptionList

from tests.fakes.handle import NOW_MS, FakeHandle
from tests.screens.driving import Driver, in_call, logged_in, make_app, running, text_of, until
from tests.screens.test_looks import COLOURED, contrast
from tui.app import CallApp
from tui.domain.captions import Caption
from tui.domain.commands.account import ListCalls
from tui.domain.happenings import Captioned
from tui.domain.look import ColourDepth, GlyphSet, Look
from tui.domain.snapshot import ChatMessage, DeviceKind, DeviceState, RunningSession
from tui.front.start import Entrance, StartPlan
from tui.screens.login import LoginScreen
from tui.screens.themes import DEFAULT_OF_16, MONO, THEMES, theme_for
from tui.terminal.detect import Found
from tui.terminal.profile import TerminalProfile
from tui.video.drawing import drawing_for
from tui.video.palette import XTERM_16
from tui.widgets.tile_strip import RICH_16, CellSurface

EDGES = "▌▏▎▊▔▁╭╮╰╯│─"
DRAWN = EDGES + " ▐▀▂▃▄▅▆▇█━▕╱"
LEAST_OF_EDGES = 3.0
"""WCAG 2.2, 1.4.11."""
RGB = tuple[int, int, int]
SHOWN_AS: dict[int, Callable[[Color], RGB]] = {
    1 << 24: lambda colour: tuple(colour.get_truecolor()),  # type: ignore[return-value]
    256: lambda colour: tuple(colour.downgrade(ColorSystem.EIGHT_BIT).get_truecolor()),  # type: ignore[return-value]
    16: lambda colour: XTERM_16[colour.downgrade(ColorSystem.STANDARD).number or 0],
}


def pair_of(style: Style, colours: int) -> tuple[RGB, RGB] | None:
    if style.color is None or style.bgcolor is None:
        return None
    fore, back = (SHOWN_AS[colours](one) for one in (style.color, style.bgcolor))
    return (back, fore) if style.reverse else (fore, back)


def faint(
    app: App[Any], limit: float, *, colours: int = 1 << 24, edges: bool = False
) -> Iterator[str]:
    """Words below `limit`, and edges that can't be made out."""
    for strip in app.screen._compositor.render_strips(app.size):
        for segment in strip:
            text = segment.text.strip()
            pair = pair_of(segment.style, colours) if segment.style is not None else None
            if pair is None or not text:
                continue
            ratio = contrast(*pair)
            if text.strip(DRAWN):
                if ratio < limit:
                    yield f"{text!r} {ratio:.2f} {segment.style}"
            elif edges and not text.strip(EDGES) and ratio < LEAST_OF_EDGES:
                yield f"edge {text!r} {ratio:.2f} {segment.style}"


class Measured:
    """Collects what is too faint, scene by scene."""

    def __init__(
        self, pilot: Driver, themes: list[str], colours: tuple[int, ...] = (1 << 24, 256)
    ) -> None:
        self._pilot, self._app = pilot, pilot.app
        self._themes, self._colours = themes, colours
        self.found: list[str] = []
        self.scenes = 0

    async def scene(self, *keys: str, shows: str) -> None:
        app = self._app
        assert isinstance(app, CallApp)
        await self._pilot.press(*keys)
        await until(self._pilot, lambda: shows in text_of(app), shows)
        self.scenes += 1
        for theme in self._themes:
            app.theme = theme
            await self._pilot.pause()
            for colours in self._colours:
                limit = 7.0 if "-hc-" in theme and colours > 16 else 4.5
                found = faint(app, limit, colours=colours, edges=True)
                self.found += [f"{shows}, {theme}, {colours}: {one}" for one in found]


def full_call() -> FakeHandle:
    handle = logged_in("Bo Chen", "Chi Okafor")
    handle.running = (RunningSession("retro", NOW_MS - 60_000, ("Bo Chen",)),)
    return handle


def busy(handle: FakeHandle) -> None:
    handle.change(
        dominant_speaker="bo",
        unread_chat=2,
        devices=(DeviceState(DeviceKind.CAMERA, "none", "No camera found.", "plug one in"),),
    )
    handle.change_participant("bo", speaking=True, hand_raised_at_ms=1)
    handle.change_participant("chi", video_paused=True)
    handle.push(ChatMessage("bo", "Bo Chen", "hello", NOW_MS))
    handle.push(Captioned(Caption("Bo Chen", "Good morning.", NOW_MS, NOW_MS + 1)))


IN_CALL = (
    (("c",), "hello"),
    (("escape", "escape", "p"), "In call (3)"),
    (("down",), "In call (3)"),
    (("e",), "Events"),
    (("s",), "Devices"),
    (("t",), "Stats"),
    (("escape", "k"), "No captions yet"),
    (("escape", "k"), "Find words"),  # another key between: two at once would be one held down
    (("escape", "escape", "l"), "Leave 4f2a"),
    (("tab",), "Leave 4f2a"),
    (("escape", "a"), "Pictures"),
    (("escape", "question_mark"), "Help   Esc"),
    (("escape", "ctrl+g"), "Key?"),
    (("escape", "tab"), "[1] Ana"),
    (("shift+tab",), "Leave"),
    (("colon",), "Command:"),
)


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (160, 48)], ids=lambda s: f"{s[0]}x{s[1]}")
async def test_a11y_01_02_everything_in_a_call_can_be_made_out(size: tuple[int, int]) -> None:
    handle = full_call()
    app = make_app(handle)
    async with in_call(app, size) as pilot:
        busy(handle)
        themes = {24: COLOURED, 12: ["call-light"], 48: ["call-hc-dark"]}[size[1]]
        measured = Measured(pilot, themes)
        await measured.scene(shows="Bo Chen")
        for keys, shows in IN_CALL:
            await measured.scene(*keys, shows=shows.replace("4f2a", "Standup"))
        assert sorted({*measured.found}) == []
        assert measured.scenes == len(IN_CALL) + 1


async def test_a11y_01_02_the_palette_and_its_results() -> None:
    app = make_app(full_call())
    async with in_call(app) as pilot:
        measured = Measured(pilot, COLOURED)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: app.screen.query(OptionList), "results")
        await measured.scene("m", "i", "c", shows="microphone")
        assert measured.found == []
        assert "🔎" not in text_of(app)


async def test_a11y_01_02_the_screens_before_a_call() -> None:
    handle = full_call()
    app = make_app(handle, StartPlan())
    async with running(app) as pilot:
        await until(pilot, lambda: handle.called(ListCalls), "the lists")
        measured = Measured(pilot, COLOURED)
        await measured.scene(shows="retro")
        await measured.scene("enter", shows="Type")
        await measured.scene("escape", shows="retro")
        assert measured.found == []
    handle.change(user=None)
    app = make_app(handle, StartPlan())
    async with running(app) as pilot:
        await until(pilot, lambda: isinstance(app.base, LoginScreen) and app.focused, "the form")
        measured = Measured(pilot, COLOURED)
        await measured.scene("enter", shows="Error")
        await measured.scene("escape", shows="Sign in")
        assert measured.found == []
    app = make_app(full_call(), StartPlan(target=StartPlan().target, entrance=Entrance()))
    async with running(app) as pilot:
        app.flow.pick_session("standup")
        measured = Measured(pilot, COLOURED)
        await measured.scene(shows="Join")
        await measured.scene("tab", "tab", shows="Join")
        assert measured.found == []


@pytest.mark.parametrize("wanted", [None, *COLOURED, "call-ansi", "call-mono"])
async def test_a_theme_that_needs_more_colours_is_replaced_and_that_is_said(
    wanted: str | None,
) -> None:
    used, told = theme_for(wanted, colours=16)
    assert used in (DEFAULT_OF_16, MONO, "call-ansi")
    assert bool(told) == (wanted not in (None, used))
    assert theme_for(wanted, colours=256) == (wanted or "call-dark", "")
    assert theme_for(wanted, colours=256, light=True) == (wanted or "call-light", "")
    assert theme_for(wanted, colours=16, light=True) == (used, told)


async def test_in_256_colours_greys_stay_grey_and_everything_can_be_made_out() -> None:
    handle = full_call()
    found = Found(TerminalProfile(depth=ColourDepth.INDEXED, glyphs=GlyphSet.HALF))
    app = make_app(handle, found=found)
    async with in_call(app) as pilot:
        for theme in THEMES:
            if theme.ansi:
                continue
            shown = app.available_themes[theme.name]
            drawn = []
            for ground in ("background", "surface", "panel"):
                told = Color.parse(getattr(shown, ground)).downgrade(ColorSystem.EIGHT_BIT)
                wanted = Color.parse(getattr(theme, ground)).get_truecolor()
                red, green, blue = told.get_truecolor()
                assert red == green == blue
                assert abs(red - sum(wanted) / 3) < 12
                drawn.append(red)
            assert len({*drawn}) == 3 or "-hc-" in theme.name
        busy(handle)
        measured = Measured(pilot, COLOURED, (256,))
        await measured.scene(shows="Bo Chen")
        for keys, shows in IN_CALL:
            await measured.scene(*keys, shows=shows.replace("4f2a", "Standup"))
        assert sorted({*measured.found}) == []


def test_in_16_colours_a_picture_under_a_dialog_has_its_own() -> None:
    standard = ColorSystem.STANDARD
    assert [Color.from_rgb(*one).downgrade(standard).number for one in RICH_16] == [*range(16)]
    drawing = drawing_for(Look(GlyphSet.HALF, ColourDepth.ANSI), XTERM_16)
    surface = CellSurface(1, 1, drawing)
    surface.put(np.array([[[205, 0, 0]], [[0, 0, 238]]], np.uint8))
    (segment,) = surface.strip(0, 0, 1)._segments
    shown = ANSIToTruecolor(MONOKAI).apply([segment], TextualColor(0, 0, 0))
    style = shown[0].style
    assert style is not None and style.color is not None and style.bgcolor is not None
    inks = {one.downgrade(standard).number for one in (style.color, style.bgcolor)}
    assert inks == {1, 4}


async def test_in_16_colours_avatars_can_be_read_and_the_theme_is_said() -> None:
    handle = logged_in("Bo Chen")
    few = Found(TerminalProfile(depth=ColourDepth.ANSI, glyphs=GlyphSet.HALF))
    app = make_app(handle, found=few, theme="call-light")
    async with in_call(app) as pilot:
        assert app.theme == MONO
        told = [line.plain for line in app.notices.event_log.lines()]
        assert any("call-light can't be read in 16 colours; call-mono is used" in t for t in told)
        app.theme = DEFAULT_OF_16
        handle.change_participant("bo", video_paused=True)
        await until(pilot, lambda: "camera off" in text_of(app), "the avatar")
        busy(handle)
        measured = Measured(pilot, [DEFAULT_OF_16], (16,))
        for keys, shows in IN_CALL:
            await measured.scene(
                *keys, shows=shows.replace("4f2a", "Standup").replace("(3)", "(2)")
            )
        assert sorted({*measured.found}) == []
