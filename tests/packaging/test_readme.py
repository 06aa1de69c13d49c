"""The README says what is so: its picture, commands, options, keys and links are real."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
RUN: Final = "python3 -m pip install -q uv && uv run cellcall demo"
TEST: Final = "python3 -m pip install -q uv && uv run pytest"


def _cellcall(*words: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "tui", *words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return run.stdout


def test_a_picture_comes_first_and_the_command_soon() -> None:
    lines = README.splitlines()
    (picture,) = re.findall(r"!\[.+\]\((.+)\)", "\n".join(lines[:10]))
    assert (ROOT / picture).is_file()
    assert lines.index(RUN) < 15


def test_the_test_command_is_the_one_ci_runs() -> None:
    assert TEST in README
    assert f"bash -c '{TEST}'" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def test_the_table_of_keys_is_the_generated_one() -> None:
    _, _, rest = README.partition("<!-- keys: cellcall keys --markdown -->\n")
    table, end, _ = rest.partition("<!-- /keys -->")
    assert end
    assert table.strip() == _cellcall("keys", "--markdown").strip()


def test_long_tables_stay_in_their_commands() -> None:
    for command in ("figures", "settings", "sdk"):
        assert f"`cellcall {command}`" in README
    before, _, rest = README.partition("<!-- keys:")
    assert len((before + rest.partition("<!-- /keys -->")[2]).splitlines()) < 470


def _used() -> list[tuple[str, set[str]]]:
    """Sub-command and options of every `cellcall` line in a code block."""
    blocks = "\n".join(re.findall(r"```bash\n(.*?)```", README, re.DOTALL)).replace("\\\n", " ")
    lines = re.findall(r"\bcellcall\b[ ]?([^\n#]*)", blocks)
    return [
        (match.group() if (match := re.match(r"[a-z]+", line)) else "", set(_options(line)))
        for line in lines
    ]


def _options(text: str) -> list[str]:
    return re.findall(r"(?<![\w-])--[a-z][a-z-]*", text)


@pytest.mark.parametrize(("command", "options"), _used())
def test_shown_commands_and_options_exist(command: str, options: set[str]) -> None:
    words = [command, "--help"] if command else ["--help"]
    assert options <= set(_options(_cellcall(*words)))


def test_every_option_named_anywhere_is_one_of_ours() -> None:
    commands = ("attach", "demo", "doctor", "join", "keys", "picture", "serve")
    known = {option for command in commands for option in _options(_cellcall(command, "--help"))}
    assert set(_options(README)) <= known


def test_links_to_files_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []
