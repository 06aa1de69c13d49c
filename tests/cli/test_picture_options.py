"""Glyphs and colours: flag over environment over config file, and words that mean nothing."""

import pytest

from tui.cli.config import merged
from tui.cli.report import CommandError
from tui.cli.terminal import wishes_of
from tui.domain.errors import CallsError
from tui.domain.look import ColourDepth, GlyphSet
from tui.terminal.choosing import changed
from tui.terminal.profile import Wishes


def test_flag_over_environment_over_file(config_file):
    config_file.write_text('glyphs = "ascii"\ncolours = "mono"\n')
    assert wishes_of(merged({}, {})) == Wishes(GlyphSet.ASCII, ColourDepth.MONO)
    environment = {"CELLCALL_GLYPHS": "Octant", "CELLCALL_COLOURS": "256"}
    assert wishes_of(merged({}, environment)) == Wishes(GlyphSet.OCTANT, ColourDepth.INDEXED)
    flags = {"glyphs": "half", "colours": "auto"}
    assert wishes_of(merged(flags, environment)) == Wishes(GlyphSet.HALF, None)


def test_nothing_said_means_whatever_the_terminal_can():
    assert wishes_of({}) == Wishes()


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ({"glyphs": "octants!"}, "glyphs came as octants!; allowed: ascii, half, block"),
        ({"colours": "265"}, "Did you mean 256?"),
    ],
)
def test_a_word_that_means_nothing(choices, told):
    with pytest.raises(CommandError) as caught:
        wishes_of(choices)
    assert told in caught.value.problem
    assert "config file" in caught.value.remedy


def test_both_spellings_of_the_flag(run):
    for flag in ("--colours", "--colors"):
        ran = run("join", "x", flag, "blue")
        assert ran.code == 2
        assert "'truecolor', '256', '16', 'mono', 'auto'" in ran.err


@pytest.mark.parametrize(
    ("argument", "wishes"),
    [
        ("glyphs sextant", Wishes(GlyphSet.SEXTANT, ColourDepth.ANSI)),
        ("colours mono", Wishes(GlyphSet.HALF, ColourDepth.MONO)),
        ("colors truecolour", Wishes(GlyphSet.HALF, ColourDepth.TRUECOLOR)),
        ("colours auto", Wishes(GlyphSet.HALF, None)),
        ("octants", Wishes(GlyphSet.HALF, ColourDepth.ANSI)),
        ("braille", Wishes(GlyphSet.BRAILLE, ColourDepth.ANSI)),
        ("256", Wishes(GlyphSet.HALF, ColourDepth.INDEXED)),
        ("auto", Wishes()),
    ],
)
def test_what_is_typed_in_a_call(argument, wishes):
    now = Wishes(GlyphSet.HALF, ColourDepth.ANSI)
    if argument == "octants":
        with pytest.raises(CallsError, match="say glyphs and one of"):
            changed(now, argument)
    else:
        assert changed(now, argument) == wishes
