"""`cellcall share`: what it refuses, which call it takes, and the tmux it runs a command in."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tui.cli import share as module
from tui.cli.report import CommandError
from tui.domain.ids import ParticipantId
from tui.domain.participant import Participant
from tui.domain.snapshot import Phase, Snapshot
from tui.engine.running import RunningCall


def call(title: str, name: str = "Ana") -> RunningCall:
    ana = Participant(ParticipantId("p1"), name, is_local=True)
    snapshot = Snapshot(phase=Phase.LIVE, title=title, participants=(ana,))
    return RunningCall(Path("/nowhere"), "", snapshot, 1)


@pytest.fixture
def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> list[RunningCall]:
    """A terminal, and the calls that run."""
    calls: list[RunningCall] = []

    async def running() -> list[RunningCall]:
        return calls

    terminal = SimpleNamespace(isatty=lambda: True)
    monkeypatch.setattr(module, "sys", SimpleNamespace(stdin=terminal, stdout=terminal))
    monkeypatch.setattr(module, "running", running)
    return calls


def shared(*command: str, **options: Any) -> int:
    return module.share(command, **{"which": None, "link": None, "name": None, **options})


def test_a_pipe_is_no_terminal() -> None:
    with pytest.raises(CommandError) as refused:
        shared()
    assert "this is not one" in refused.value.problem


def test_without_a_call_it_says_how_to_begin_one(at_a_terminal: list[RunningCall]) -> None:
    with pytest.raises(CommandError) as refused:
        shared()
    assert "No call of yours is running" in refused.value.problem


@pytest.mark.parametrize(("answer", "title"), [("2", "Retro"), ("1", "Standup")])
def test_several_calls_are_asked_about(
    answer: str, title: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.click, "prompt", lambda *_, **__: int(answer))
    assert module._asked([call("Standup"), call("Retro")], None).snapshot.title == title
    assert module._asked([call("Standup"), call("Retro")], "retro").snapshot.title == "Retro"
    with pytest.raises(CommandError) as refused:
        module._asked([call("Standup"), call("Retro")], "lunch")
    assert "No call of yours is called lunch" in refused.value.problem


def test_calls_of_one_title_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module.click, "prompt", lambda *_, **__: 1)
    module._asked([call("Standup"), call("Retro"), call("Standup", "Bo")], None)
    listed = [line.partition(",")[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == ["1. Standup as Ana", "2. Retro", "3. Standup as Bo"]


def test_there_is_no_such_command() -> None:
    with pytest.raises(CommandError) as refused:
        module.PrivateTmux(["no-such-command-anywhere"])
    assert "no command no-such-command-anywhere" in refused.value.problem


def test_without_tmux_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CommandError) as refused:
        module.PrivateTmux([])
    assert "needs tmux" in refused.value.problem


@pytest.mark.terminals
def test_a_command_runs_in_a_tmux_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMUX", "/somebody/elses,1,0")
    tmux = module.PrivateTmux(["sh", "-c", "echo $((6*7)); cat"])
    folder = tmux.socket.parent
    try:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert tmux.share == f"pane:{tmux.socket}:%0"
        asked = ["tmux", "-S", str(tmux.socket), "show", "-gv", "prefix"]
        done = subprocess.run(asked, capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "None"
    finally:
        tmux.close()
    assert not folder.exists()
    tmux.close()
