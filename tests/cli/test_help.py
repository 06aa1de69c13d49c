"""Help answers at once, tells everything, and imports nothing heavy."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest

from tests.audio.sound import encoded, sine
from tests.fakes.people import person, voice
from tui.audio.mixer import Mixer
from tui.audio.processing import VoiceProcessing
from tui.cli.root import cellcall
from tui.domain.actions import ACTIONS
from tui.domain.settings import settings_table
from tui.domain.snapshot import Phase, User
from tui.session.figures import CallFigures
from tui.session.stats import participant_stats

COMMANDS = ("join", "demo", "serve", "doctor", "keys", "settings")
HEAVY = ("textual", "rich", "aiortc", "av", "numpy", "httpx", "pydantic", "uvicorn", "PIL")


def python(*arguments, **options):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, timeout=60, **options
    )


@pytest.mark.parametrize("command", [(), *((command,) for command in COMMANDS)])
def test_help_names_every_option(run, command):
    ran = run(*command, "--help")
    assert ran.code == 0
    found = cellcall.commands[command[0]] if command else cellcall
    for option in found.params:
        if not getattr(option, "hidden", False) and option.opts[0].startswith("--"):
            assert option.opts[0] in ran.out
            assert option.help
    assert "engine" not in ran.out
    assert "\\b" not in ran.out, "a paragraph was not kept as it is"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_lists_every_command(run, command):
    assert f"  {command}" in run("--help").out


def test_what_a_command_is_for_is_not_cut_off(run):
    _, _, commands = run("--help").out.partition("Commands:\n")
    assert commands
    assert [line for line in commands.splitlines() if line.endswith("...")] == []


def test_help_imports_nothing_heavy_and_is_quick():
    code = f"""
import resource, sys, json
sys.argv = ["cellcall", "--help"]
from tui.cli import main
try:
    main()
except SystemExit as done:
    assert done.code == 0
print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, file=sys.stderr)
"""
    ran = python("-c", code)
    imported, cpu_s = ran.stderr.splitlines()
    assert json.loads(imported) == []
    # 0.14 s on an idle core; a busy machine's other threads slow caches, not this count, much.
    assert float(cpu_s) < 0.4


def test_help_works_on_a_terminal_that_can_do_nothing():
    ran = python("-m", "tui", "--help", env={"TERM": "nonsense", "LC_ALL": "C", "PATH": ""})
    assert ran.returncode == 0
    assert ran.stderr == ""


def test_an_unknown_option_is_2_and_no_traceback(run):
    ran = run("join", "x", "--fish")
    assert ran.code == 2
    assert "No such option" in ran.err


def test_a_reader_that_goes_away_is_no_error():
    ran = subprocess.run(
        f"{sys.executable} -m tui keys | head -1",
        shell=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.stdout.startswith("Key")
    assert ran.stderr == ""


def test_keys_lists_every_row(run):
    text = run("keys").out
    for action in ACTIONS:
        assert action.help in text
    assert "m ^D    ^T        /mic [on|off|close]" in text
    assert "1-9               /pin NAME|N" in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_keys_as_markdown(run):
    lines = run("keys", "--markdown").out.splitlines()
    assert lines[:3] == [
        "| Key | Anywhere | Command | What it does |",
        "|---|---|---|---|",
        "| `m` `^D` | `^T` | `/mic [on\\|off\\|close]` | Turn your microphone on or off. |",
    ]
    assert len(lines) == len(ACTIONS) + 2


def test_figures_lists_what_a_stats_file_holds(run):
    """Beside a document of somebody who was heard."""
    mixer = Mixer()
    mixer.packet(voice("ana"), encoded(sine(400, 0.02))[0])
    figures = participant_stats(person("ana", "Ana"), video={}, sound=mixer.figures, network={})
    mixer.close()
    ended = SimpleNamespace(phase=Phase.ENDED, joined_at_ms=0, duration_s=0.0, ended=None)
    call = CallFigures(
        User("ana", "Ana"),
        roster=SimpleNamespace(local=None, participants=()),
        received=None,
        media=SimpleNamespace(own_figures=dict),
        transport=None,
        life=ended,
    ).stats("standup")
    own = VoiceProcessing().figures()
    listed = {line.split()[0] for line in run("figures").out.splitlines() if line}
    names = {f"participants.ID.{name}" for name in figures}
    names |= call.keys() - {"own_sound", "participants"}  # their own figures are listed
    names |= {f"own_sound.{name}" for name in own}
    assert names <= listed


def test_version(run):
    assert run("--version").out.startswith("cellcall ")


def test_settings_lists_every_field_and_which_do_nothing_here(run):
    ran = run("settings")
    assert ran.code == 0
    lines = {line.split()[0]: line for line in ran.out.splitlines() if line}
    assert {camel for _, camel, *_ in settings_table()} <= lines.keys()
    assert "TILE, SIDEBAR, SPOTLIGHT" in lines["layout"]
    assert lines["streamUrl"].endswith("accepted, without effect here")
    assert "without effect" not in lines["startAudioMuted"]
