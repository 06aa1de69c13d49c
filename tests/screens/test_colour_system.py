"""What Textual is told of the terminal's colours."""

import os

import pytest
from textual import constants

from tests.fakes.handle import FakeHandle
from tests.screens.driving import make_app
from tui.domain.look import ColourDepth
from tui.front.start import StartPlan
from tui.terminal.detect import Found
from tui.terminal.profile import LookChoice, TerminalProfile


@pytest.fixture(autouse=True)
def _as_before(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("TEXTUAL_COLOR_SYSTEM", raising=False)
    monkeypatch.setattr(constants, "COLOR_SYSTEM", "auto")
    yield
    os.environ.pop("NO_COLOR", None)


def app_on(depth, **options):
    return make_app(FakeHandle(), StartPlan(), found=Found(TerminalProfile(depth=depth)), **options)


@pytest.mark.parametrize(
    ("depth", "system"),
    [
        (ColourDepth.TRUECOLOR, "truecolor"),
        (ColourDepth.INDEXED, "256"),
        (ColourDepth.ANSI, "standard"),
    ],
)
def test_as_many_colours_as_there_are(depth, system):
    assert app_on(depth).console.color_system == system


def test_with_16_colours_the_theme_is_one_that_can_be_read_in_them():
    assert app_on(ColourDepth.ANSI).theme == "call-hc-dark"
    assert app_on(ColourDepth.INDEXED).theme == "call-dark"
    assert app_on(ColourDepth.ANSI, theme="call-ansi").theme == "call-ansi"


@pytest.mark.parametrize(
    ("background", "theme"),
    [
        (None, "call-dark"),
        ((0, 0, 0), "call-dark"),
        ((0, 43, 54), "call-dark"),
        ((253, 246, 227), "call-light"),
        ((255, 255, 255), "call-light"),
    ],
)
def test_the_theme_goes_with_the_terminals_background(background, theme):
    found = Found(TerminalProfile(depth=ColourDepth.TRUECOLOR, background=background))
    assert make_app(FakeHandle(), StartPlan(), found=found).theme == theme
    chosen = make_app(FakeHandle(), StartPlan(), found=found, theme="call-hc-dark")
    assert chosen.theme == "call-hc-dark"


def test_none():
    app = app_on(ColourDepth.MONO)
    assert app.no_color
    assert app.theme == "call-mono"


def test_who_asks_for_colours_gets_them_in_spite_of_no_color(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    assert not app_on(
        ColourDepth.MONO, look_choice=LookChoice(colours=ColourDepth.INDEXED)
    ).no_color


def test_textuals_own_variable_still_wins(monkeypatch):
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", "256")
    monkeypatch.setattr(constants, "COLOR_SYSTEM", "256")
    assert app_on(ColourDepth.TRUECOLOR).console.color_system == "256"
