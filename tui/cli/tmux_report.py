"""What `cellcall doctor` says of tmux, without which no terminal is shared as text."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from typing import Final

from tui.cli.findings import Finding, State
from tui.domain.text import clean

NEEDED: Final = (3, 2)
"""Since then a control client can leave the window's size alone (tmux CHANGES, `ignore-size`)."""
_ANSWERS_WITHIN_S: Final = 5.0
_NUMBERS: Final = re.compile(r"(\d+)\.(\d+)")
_NEEDS_IT: Final = "To share a terminal as text (cellcall share, /share %PANE), install tmux 3.2"
_HOW: Final = f"{_NEEDS_IT} or newer: apt install tmux, or brew install tmux."


def tmux_finding(environment: Mapping[str, str] = os.environ) -> Finding:
    """Whether there is a tmux that can share a terminal. It is never a problem: calls go without.

    Args:
        environment: Says whether this terminal is in one.
    """
    program = shutil.which("tmux")
    if program is None:
        return Finding("tmux", State.NOTE, "tmux is not installed.", _HOW)
    version = _version(program)
    if not version:
        return Finding("tmux", State.NOTE, "tmux does not say which version it is.", _HOW)
    # What has no numbers (tmux master) was built from today's sources.
    found = _NUMBERS.search(version)
    if found is not None and (int(found[1]), int(found[2])) < NEEDED:
        return Finding("tmux", State.NOTE, f"{version} is too old to share a terminal.", _HOW)
    pane = clean(environment.get("TMUX_PANE", ""), 20) if environment.get("TMUX") else ""
    here = f"; this terminal is its pane {pane}" if pane else ""
    return Finding("tmux", State.OK, f"{version} can share a terminal as text{here}.")


def _version(program: str) -> str:
    try:
        done = subprocess.run(
            [program, "-V"], capture_output=True, timeout=_ANSWERS_WITHIN_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return clean(done.stdout.decode(errors="replace").strip(), 40)
