"""What `cellcall doctor` says of tmux: none, an old one, one that is new enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.cli.findings import State
from tui.cli.tmux_report import tmux_finding


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    program = folder / "tmux"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


@pytest.mark.parametrize(
    ("says", "state", "told"),
    [
        ("tmux 3.3a", State.OK, "tmux 3.3a can share a terminal as text."),
        ("tmux 3.2", State.OK, "tmux 3.2 can share a terminal as text."),
        ("tmux next-3.6", State.OK, "tmux next-3.6 can share a terminal as text."),
        ("tmux master", State.OK, "tmux master can share a terminal as text."),
        ("tmux 3.1c", State.NOTE, "tmux 3.1c is too old to share a terminal."),
        ("tmux 2.9", State.NOTE, "tmux 2.9 is too old to share a terminal."),
        ("", State.NOTE, "tmux does not say which version it is."),
    ],
)
def test_its_version_decides(
    says: str, state: State, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, f"echo {says}")
    found = tmux_finding({})
    assert (found.state, found.text) == (state, told)
    assert bool(found.remedy) is (state is State.NOTE)


def test_what_fails_or_is_not_there_is_no_problem_of_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = tmux_finding({})
    assert (found.state, found.text) == (State.NOTE, "tmux is not installed.")
    assert "/share %PANE" in found.remedy
    install(tmp_path, monkeypatch, "exit 1")
    assert tmux_finding({}).state is State.NOTE


def test_the_pane_one_sits_in_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, "echo tmux 3.3a")
    inside = {"TMUX": "/tmp/tmux-0/default,1,0", "TMUX_PANE": "%3"}
    assert tmux_finding(inside).text.endswith("as text; this terminal is its pane %3.")
