"""What `cellcall doctor` says of terminals."""

import json

from tests.terminal.fake_terminals import KITTY, fake_terminal
from tui.cli import doctor
from tui.cli.findings import State
from tui.cli.terminal_report import profile_document, terminal_findings
from tui.domain.look import ColourDepth, GlyphSet
from tui.terminal.profile import Multiplexer, Source, TerminalProfile

TMUX = TerminalProfile(
    name="foot",
    version="1.16.2",
    term="tmux-256color",
    answered=True,
    depth=ColourDepth.INDEXED,
    depth_from=Source.ANSWERED,
    glyphs=GlyphSet.SEXTANT,
    glyphs_from=Source.ANSWERED,
    multiplexer=Multiplexer.TMUX,
    passes_truecolor=False,
)


def told(profile):
    return [(found.state, found.text, found.remedy) for found in terminal_findings(profile)]


def test_tmux_without_true_colour():
    lines = told(TMUX)
    assert lines[0][1].endswith("foot 1.16.2 in tmux, 256 colours, sextant glyphs (detected).")
    assert any("terminal-features ',*:RGB'" in remedy for _, _, remedy in lines)
    assert {state for state, _, _ in lines} == {State.OK, State.NOTE}


def test_a_terminal_of_another_encoding_is_a_problem():
    lines = told(TerminalProfile(term="xterm", utf8=False, glyphs=GlyphSet.ASCII))
    assert any(state is State.PROBLEM and "LC_ALL" in remedy for state, _, remedy in lines)


def test_the_profile_for_machines():
    document = json.loads(json.dumps(profile_document(TMUX)))
    assert document["name"] == "foot"
    assert document["depth"] == "256"
    assert document["multiplexer"] == "tmux"
    assert document["advice"][0]["remedy"]
    assert profile_document(None) is None


def test_doctor_asks_the_terminal_it_is_on(run, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    for name in ("COLORTERM", "TMUX", "STY", "NO_COLOR", "TERM_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    with fake_terminal(KITTY) as terminal:
        monkeypatch.setattr(doctor, "terminal_files", lambda: terminal.files)
        report = json.loads(run("doctor", "--json", "--glyphs", "half").out)
    assert report["terminal"]["name"] == "kitty"
    assert report["terminal"]["glyphs"] == "half"
    assert report["terminal"]["palette"][1] == [17, 238, 7]
