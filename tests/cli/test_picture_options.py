"""Glyphs and colours: flag over environment over config file, and words that mean nothing."""

import pytest

from tui.cli.config import merged
from tui.cli.report import CommandError
from tui.cli.terminal import look_choice_of
from tui.domain.errors import CallsError
from tui.domain.look import ColourDepth, GlyphSet
from tui.terminal.choosing import changed
from tui.terminal.profile import LookChoice


def test_flag_over_environment_over_file(config_file):
    config_file.write_text('glyphs = "ascii"\ncolours = "mono"\n')
    assert look_choice_of(merged({}, {})) == LookChoice(GlyphSet.ASCII, ColourDepth.MONO)
    environment = {"CELLCALL_GLYPHS": "Octant", "CELLCALL_COLOURS": "256"}
    assert look_choice_of(merged({}, environment)) == LookChoice(
        GlyphSet.OCTANT, ColourDepth.INDEXED
    )
    flags = {"glyphs": "half", "colours": "auto"}
    assert look_choice_of(merged(flags, environment)) == LookChoice(GlyphSet.HALF, None)


def test_nothing_said_means_whatever_the_terminal_can():
    assert look_choice_of({}) == LookChoice()


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"glyphs": "octants!"}, "glyphs came as octants!; allowed: ascii, half, block"),
        ({"colours": "265"}, "Did you mean 256?"),
    ],
)
def test_a_word_that_means_nothing(choices, told):
    with pytest.raises(CommandError) as caught:
        look_choice_of(choices)
    assert told in caught.value.problem
    assert "config file" in caught.value.remedy


def test_both_spellings_of_the_flag(run):
    for flag in ("--colours", "--colors"):
        ran = run("join", "x", flag, "blue")
        assert ran.code == 2
        assert "'truecolor', '256', '16', 'mono', 'auto'" in ran.err


@pytest.mark.parametrize(
    ("argument", "look_choice"),
    [
        ("glyphs sextant", LookChoice(GlyphSet.SEXTANT, ColourDepth.ANSI)),
        ("colours mono", LookChoice(GlyphSet.HALF, ColourDepth.MONO)),
        ("colors truecolour", LookChoice(GlyphSet.HALF, ColourDepth.TRUECOLOR)),
        ("colours auto", LookChoice(GlyphSet.HALF, None)),
        ("octants", LookChoice(GlyphSet.HALF, ColourDepth.ANSI)),
        ("braille", LookChoice(GlyphSet.BRAILLE, ColourDepth.ANSI)),
        ("256", LookChoice(GlyphSet.HALF, ColourDepth.INDEXED)),
        ("auto", LookChoice()),
    ],
)
def test_what_is_typed_in_a_call(argument, look_choice):
    now = LookChoice(GlyphSet.HALF, ColourDepth.ANSI)
    if argument == "octants":
        with pytest.raises(CallsError, match="say glyphs and one of"):
            changed(now, argument)
    else:
        assert changed(now, argument) == look_choice
