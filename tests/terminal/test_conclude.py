"""Which answer, variable or wish decides."""

import pytest

from tui.domain.look import ColourDepth, GlyphSet
from tui.terminal.advice import advice
from tui.terminal.answers import Answers
from tui.terminal.conclude import Circumstances, conclude
from tui.terminal.known import by_secondary, split_version, version_number
from tui.terminal.outer import Outer, multiplexer_of, parse_client, under_mosh
from tui.terminal.profile import LookChoice, Multiplexer, Source
from tui.terminal.questions import questions

TRUE, INDEXED, ANSI, MONO = ColourDepth


def profile(answers=None, look_choice=None, **known):
    environment = known.pop("environment", {"TERM": "xterm-256color"})
    told = conclude(answers or Answers(any=True), Circumstances(environment, **known))
    return told.with_choice(look_choice or LookChoice())


@pytest.mark.parametrize(
    ("environment", "depth", "source"),
    [
        ({"TERM": "xterm-256color"}, INDEXED, Source.ENVIRONMENT),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, TRUE, Source.ENVIRONMENT),
        ({"TERM": "xterm-256color", "COLORTERM": "24bit"}, TRUE, Source.ENVIRONMENT),
        ({"TERM": "xterm-256color", "COLORTERM": "1"}, INDEXED, Source.ENVIRONMENT),
        ({"TERM": "xterm-direct"}, TRUE, Source.ENVIRONMENT),
        ({"TERM": "xterm"}, ANSI, Source.ENVIRONMENT),
        ({"TERM": "vt100"}, MONO, Source.ENVIRONMENT),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, MONO, Source.ENVIRONMENT),
        ({}, MONO, Source.ENVIRONMENT),
        ({"TERM": "linux"}, ANSI, Source.KNOWN),
        ({"TERM": "xterm-kitty"}, TRUE, Source.KNOWN),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, INDEXED, Source.KNOWN),
        ({"TERM": "xterm-256color", "WT_SESSION": "x"}, TRUE, Source.KNOWN),
        ({"TERM": "screen-256color", "STY": "1", "COLORTERM": "truecolor"}, INDEXED, Source.KNOWN),
        ({"TERM": "xterm-kitty", "NO_COLOR": "1"}, MONO, Source.NO_COLOR),
        ({"TERM": "xterm-kitty", "NO_COLOR": ""}, TRUE, Source.KNOWN),
    ],
)
def test_colours_by_variables(environment, depth, source):
    told = profile(environment=environment)
    assert (told.depth, told.depth_from) == (depth, source)


def test_what_the_terminal_says_beats_term_and_a_wish_beats_both():
    keeps = Answers(any=True, keeps_rgb=True)
    assert profile(keeps).depth_from is Source.ANSWERED
    assert profile(keeps).depth is TRUE
    assert profile(keeps, LookChoice(colours=INDEXED)).depth is INDEXED
    chosen = profile(keeps, LookChoice(colours=TRUE), environment={"TERM": "x", "NO_COLOR": "1"})
    assert chosen.depth is TRUE


def test_terminfo_decides_where_nothing_else_does():
    assert profile(environment={"TERM": "odd"}, colours=1 << 24).depth is TRUE
    assert profile(environment={"TERM": "odd"}, colours=256).depth is INDEXED
    assert profile(environment={"TERM": "odd"}, colours=8).depth is ANSI
    assert profile(environment={"TERM": "odd"}, colours=2).depth is MONO


@pytest.mark.parametrize(
    ("environment", "glyphs"),
    [
        ({"TERM": "xterm-256color"}, GlyphSet.BLOCK),
        ({"TERM": "linux"}, GlyphSet.HALF),
        ({"TERM": "foot"}, GlyphSet.BLOCK),  # of no known version
        ({"TERM": "x", "TERM_PROGRAM": "ghostty", "TERM_PROGRAM_VERSION": "1.2.0"}, GlyphSet.ALL),
        (
            {"TERM": "x", "TERM_PROGRAM": "WezTerm", "TERM_PROGRAM_VERSION": "20240203-110809-5"},
            GlyphSet.SEXTANT,
        ),
        ({"TERM": "x", "TERM_PROGRAM": "vscode", "TERM_PROGRAM_VERSION": "1.95.0"}, GlyphSet.BLOCK),
        ({"TERM": "x", "VTE_VERSION": "7801"}, GlyphSet.ALL),
        ({"TERM": "x", "KONSOLE_VERSION": "240802"}, GlyphSet.BLOCK),
        # Started in kitty, but tmux was attached elsewhere since.
        ({"TERM": "tmux-256color", "TMUX": "x", "KITTY_WINDOW_ID": "1"}, GlyphSet.BLOCK),
    ],
)
def test_glyphs_by_variables(environment, glyphs):
    assert profile(environment=environment).glyphs is glyphs


def test_without_utf8_nothing_but_ascii():
    told = profile(environment={"TERM": "xterm-kitty"}, utf8=False)
    assert told.glyphs is GlyphSet.ASCII
    assert "LC_ALL" in advice(told)[0].remedy


KITTY_OUTSIDE = Outer("xterm-kitty", "kitty(0.40.1)", frozenset({"RGB", "256"}))
IN_TMUX = {"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0"}


def test_in_tmux_the_terminal_outside_counts():
    told = profile(
        Answers(any=True, columns=[1, 2, 4, 5, 6]), environment=IN_TMUX, outer=KITTY_OUTSIDE
    )
    assert told.sentence() == "kitty 0.40.1 in tmux, truecolor, all glyphs (detected)."


def test_in_tmux_glyphs_it_gives_no_column_are_left_out():
    told = profile(
        Answers(any=True, columns=[1, 2, 4, 5, 5]), environment=IN_TMUX, outer=KITTY_OUTSIDE
    )
    assert (told.glyphs, told.warning) == (GlyphSet.SEXTANT, "")
    chosen = told.with_choice(LookChoice(glyphs=GlyphSet.ALL))
    assert chosen.glyphs is GlyphSet.ALL
    assert chosen.warning.startswith("Some glyphs of all do not take one column here")
    assert any(item.text == chosen.warning for item in advice(chosen))


def test_tmux_that_was_not_told_of_true_colour():
    outer = Outer("xterm-256color", "", frozenset({"256", "title"}))
    told = profile(environment=IN_TMUX | {"COLORTERM": "truecolor"}, outer=outer)
    assert (told.depth, told.passes_truecolor) == (INDEXED, False)
    assert "terminal-features ',*:RGB'" in advice(told)[0].remedy


def test_detached_tmux_takes_every_colour():
    told = profile(environment=IN_TMUX | {"COLORTERM": "truecolor"}, outer=None)
    assert told.depth is TRUE


def test_reading_tmux():
    assert parse_client("xterm-kitty\tkitty(0.40.1)\tRGB,256\t1\n") == KITTY_OUTSIDE
    assert parse_client("\t\t\t\n") is None
    assert parse_client("no such format") is None


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "xterm"}, Multiplexer.NONE),
        ({"TERM": "tmux-256color"}, Multiplexer.TMUX),
        ({"TERM": "screen-256color", "TMUX": "x"}, Multiplexer.TMUX),
        ({"TERM": "screen-256color", "STY": "x"}, Multiplexer.SCREEN),
        ({"TERM": "screen"}, Multiplexer.SCREEN),
        ({"TERM": "xterm", "ZELLIJ": "0"}, Multiplexer.ZELLIJ),
    ],
)
def test_multiplexers(environment, expected):
    assert multiplexer_of(environment) is expected


def test_this_process_is_not_under_mosh():
    assert not under_mosh()


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("kitty(0.40.1)", "kitty", "0.40.1"),
        ("XTerm(379)", "XTerm", "379"),
        ("WezTerm 20240203-110809-5046fc22", "WezTerm", "20240203-110809-5046fc22"),
        ("foot(1.20.0)", "foot", "1.20.0"),
        ("VTE(7800)", "VTE", "7800"),
        ("iTerm2 3.5.10", "iTerm2", "3.5.10"),
        ("ghostty 1.2.0", "Ghostty", "1.2.0"),
        ("Konsole 24.08.2", "Konsole", "24.08.2"),
        ("contour 0.6.0", "Contour", "0.6.0"),
        ("mystery", "mystery", ""),
        ("", "", ""),
    ],
)
def test_names_and_versions(text, name, version):
    assert split_version(text) == (name, version)


def test_versions_compare_as_numbers():
    assert version_number("0.9.1") < version_number("0.40")
    assert version_number("20240203-110809") == (20240203,)
    assert version_number("nightly") == ()


def test_da2():
    assert by_secondary((41, 379, 0)) == ("XTerm", "379")
    assert by_secondary((65, 7800, 1)) == ("VTE", "7800")
    assert by_secondary((0, 2401, 1)) == ("Alacritty", "0.14")
    assert by_secondary((0, 10, 1)) == ("Windows Terminal", "")
    assert by_secondary(()) == ("", "")


def test_terminals_that_print_what_they_do_not_know_are_asked_little():
    assert questions({"TERM": "dumb"}) == b""
    assert b"\x1b]" not in questions({"TERM": "linux"})
    assert b"$p" not in questions({"TERM": "xterm", "TERM_PROGRAM": "Apple_Terminal"})
    assert b"\x1bP" not in questions({"TERM": "screen", "STY": "1.x"})
    for term in ("linux", "xterm", "tmux"):
        assert questions({"TERM": term}).endswith(b"\x1b[c")


def test_advice_is_silent_where_nothing_can_be_better():
    best = profile(
        Answers(any=True, version="kitty(0.40.1)", keeps_rgb=True, modes={2026: 2}),
    )
    assert advice(best) == []


def test_advice_goes_no_further_than_tmux_gives_columns():
    told = profile(Answers(any=True, columns=[1, 2, 4, 5, 5]), environment=IN_TMUX)
    remedies = " ".join(item.remedy for item in advice(told))
    assert "--glyphs sextant. More than sextant has no place in tmux." in remedies


def test_advice_for_a_terminal_nobody_knows():
    told = [item.remedy for item in advice(profile())]
    assert any("COLORTERM" in text for text in told)
    assert any("cellcall picture" in item.remedy for item in advice(profile()))


def test_without_colours_letters_make_the_shades():
    assert profile(environment={"TERM": "xterm-kitty", "NO_COLOR": "1"}).glyphs is GlyphSet.ASCII
    assert profile(look_choice=LookChoice(colours=MONO)).glyphs is GlyphSet.ASCII
    assert profile(look_choice=LookChoice(GlyphSet.BRAILLE, MONO)).glyphs is GlyphSet.BRAILLE
