"""What is found out about terminals that answer, answer strangely, or do not answer."""

import dataclasses
import os
import signal
import sys
import termios

import pytest

from tests.terminal.fake_terminals import (
    GARBAGE,
    KITTY,
    LATIN_1,
    MUTE,
    ONLY_DA1,
    PALETTE,
    TMUX,
    VTE,
    WIDE,
    XTERM,
    Behaviour,
    fake_terminal,
)
from tui.domain.look import ColourDepth, GlyphSet
from tui.terminal import detect as detecting
from tui.terminal.detect import detect
from tui.terminal.profile import LookChoice, Multiplexer, Source

XTERM_256 = {"TERM": "xterm-256color", "PATH": os.environ.get("PATH", "")}


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    # A mute terminal is told from a slow one by this alone.
    monkeypatch.setattr(detecting, "ANSWER_S", 0.15)
    monkeypatch.setattr(detecting, "_writes_utf8", lambda: True)


def found(behaviour: Behaviour, environment=XTERM_256):
    with fake_terminal(behaviour) as terminal:
        before = termios.tcgetattr(terminal.files.read)
        result = detect(environment=environment, files=terminal.files)
        assert termios.tcgetattr(terminal.files.read) == before
        assert terminal.column == 1
    return result


def test_one_that_says_everything():
    profile = found(KITTY).profile
    assert (profile.name, profile.version, profile.answered) == ("kitty", "0.40.1", True)
    assert (profile.depth, profile.depth_from) == (ColourDepth.TRUECOLOR, Source.ANSWERED)
    assert (profile.glyphs, profile.glyphs_from) == (GlyphSet.ALL, Source.ANSWERED)
    assert (profile.ambiguous_width, profile.repeats, profile.synchronized) == (1, True, True)
    assert (profile.kitty_graphics, profile.sixel) == (True, False)
    assert profile.palette == PALETTE
    assert profile.background == (0x10, 0x20, 0x30)
    assert profile.sentence() == "kitty 0.40.1, truecolor, all glyphs (detected)."


def test_an_older_version_gets_what_it_had():
    old = dataclasses.replace(KITTY, answers={**KITTY.answers})
    old.answers = {k: v.replace(b"0.40.1", b"0.35.2") for k, v in KITTY.answers.items()}
    assert found(old).profile.glyphs is GlyphSet.SEXTANT


def test_xterm_draws_with_its_font():
    profile = found(XTERM).profile
    assert profile.title == "XTerm 379"
    assert (profile.depth, profile.glyphs) == (ColourDepth.TRUECOLOR, GlyphSet.BLOCK)
    assert (profile.sixel, profile.synchronized) == (True, False)


def test_da2_tells_a_terminal_without_xtversion():
    profile = found(VTE).profile
    assert (profile.name, profile.version) == ("VTE", "7006")
    assert (profile.depth, profile.glyphs) == (ColourDepth.TRUECOLOR, GlyphSet.SEXTANT)


def test_tmux_is_not_taken_for_the_terminal():
    profile = found(TMUX, {"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}).profile
    assert (profile.multiplexer, profile.name) == (Multiplexer.TMUX, "")
    assert (profile.depth, profile.glyphs) == (ColourDepth.INDEXED, GlyphSet.BLOCK)


@pytest.mark.parametrize("behaviour", [MUTE, GARBAGE])
def test_one_that_says_nothing_or_nonsense_is_judged_by_its_variables(behaviour):
    profile = found(behaviour).profile
    assert (profile.depth, profile.depth_from) == (ColourDepth.INDEXED, Source.ENVIRONMENT)
    assert (profile.glyphs, profile.glyphs_from) == (GlyphSet.BLOCK, Source.ASSUMED)
    assert profile.name == ""


def test_a_mute_terminal_knows_colours_from_colorterm():
    profile = found(MUTE, XTERM_256 | {"COLORTERM": "truecolor"}).profile
    assert (profile.depth, profile.answered) == (ColourDepth.TRUECOLOR, False)
    assert profile.sentence().endswith("(assumed).")


def test_only_the_last_answer():
    result = found(ONLY_DA1)
    assert result.profile.answered
    assert result.profile.ambiguous_width is None
    assert result.all_answered


def test_a_terminal_that_is_not_utf8_gets_ascii():
    profile = found(LATIN_1).profile
    assert (profile.utf8, profile.glyphs) == (False, GlyphSet.ASCII)


def test_wide_blocks_make_every_glyph_but_ascii_unfit():
    profile = found(WIDE, XTERM_256 | {"TERM_PROGRAM": "WezTerm"}).profile
    assert (profile.ambiguous_width, profile.glyphs) == (2, GlyphSet.ASCII)


def test_answers_that_come_byte_by_byte():
    assert found(dataclasses.replace(KITTY, byte_by_byte=True)).profile.title == "kitty 0.40.1"


def test_what_was_typed_meanwhile_is_given_back():
    assert found(dataclasses.replace(KITTY, typed=b"m\x1b[Ahello\r")).typed == b"m\x1b[Ahello\r"


def test_what_was_typed_before_is_given_back():
    with fake_terminal(KITTY) as terminal:
        terminal.type(b"first\r")
        typed = detect(environment=XTERM_256, files=terminal.files).typed
        # The line discipline made the key a line end, as for any program.
        assert typed.replace(b"\n", b"\r") == b"first\r"


def test_answers_may_be_late_and_that_is_said():
    partial = Behaviour({b"\x1b[>0q": b"\x1bP>|foot(1.20.0)\x1b\\"})
    result = found(partial)
    assert result.profile.title == "foot 1.20.0"
    assert not result.all_answered


def test_a_mute_terminal_may_only_be_slow():
    assert not found(MUTE).all_answered


def test_nothing_is_asked_of_a_dumb_terminal():
    result = found(KITTY, {"TERM": "dumb"})
    assert not result.profile.answered
    assert result.profile.depth is ColourDepth.MONO


def test_wishes_win():
    profile = found(KITTY).profile.with_choice(LookChoice(GlyphSet.HALF, ColourDepth.ANSI))
    assert (profile.look.glyphs, profile.look.depth) == (GlyphSet.HALF, ColourDepth.ANSI)
    assert profile.depth_from is profile.glyphs_from is Source.CHOSEN
    assert profile.sentence() == "kitty 0.40.1, 16 colours, half glyphs (as you chose)."


SIGNALLED = """
import os, sys, time
from tui.terminal.tty import key_by_key
with key_by_key(0, restore=b"restored", write=1):
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_gives_the_terminal_back(number):
    import pty

    pid, master = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", SIGNALLED])
    try:
        shown = b""
        while b"ready" not in shown:
            shown += os.read(master, 1024)
        assert not termios.tcgetattr(master)[3] & termios.ECHO
        os.kill(pid, number)
        while b"restored" not in shown:
            shown += os.read(master, 1024)
        assert termios.tcgetattr(master)[3] & termios.ECHO
        _, status = os.waitpid(pid, 0)
        if number is signal.SIGINT:
            assert os.waitstatus_to_exitcode(status) == 1 or os.WIFSIGNALED(status)
        else:
            assert os.WTERMSIG(status) == number
    finally:
        os.close(master)
