"""The terminal, for `cellcall doctor`: in words, and as JSON."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

from tui.cli.findings import Finding, State
from tui.front.whose_sound import whose_sound
from tui.terminal.advice import advice
from tui.terminal.profile import TerminalProfile

_MIN_COLUMNS: Final = 20
_MIN_ROWS: Final = 6


def terminal_findings(profile: TerminalProfile | None) -> Iterator[Finding]:
    """What it is, what is wrong with it, what could be better.

    Args:
        profile: None where there is no terminal.
    """
    if profile is None:
        yield Finding(
            "terminal", State.NOTE, "This is not a terminal: calls run in plain mode here."
        )
        return
    size = shutil.get_terminal_size()
    yield Finding("terminal", State.OK, f"{size.columns} by {size.lines}, {profile.sentence()}")
    yield Finding("terminal", State.OK, _abilities(profile))
    if size.columns < _MIN_COLUMNS or size.lines < _MIN_ROWS:
        yield Finding(
            "terminal",
            State.PROBLEM,
            f"{size.columns} by {size.lines} is too small for the app.",
            f"Enlarge it to {_MIN_COLUMNS} by {_MIN_ROWS} at least, or use --plain.",
        )
    for item in advice(profile):
        wrong = not profile.utf8 or profile.ambiguous_width == 2
        state = State.PROBLEM if wrong and "ASCII" in item.text else State.NOTE
        yield Finding("terminal", state, item.text, item.remedy)
    if whose := whose_sound(os.environ, socket.gethostname()):
        yield Finding("terminal", State.NOTE, whose)


def _abilities(profile: TerminalProfile) -> str:
    if not profile.answered:
        return f"It answered no question; judged by TERM={profile.term} and the environment."
    words = [
        "synchronized updates" if profile.synchronized else "no synchronized updates",
        "repeats characters" if profile.repeats else "no repeating of characters",
        f"palette of {sum(colour is not None for colour in profile.palette)} colours told"
        if profile.palette
        else "palette not told",
    ]
    pixels = [
        name
        for name, there in (("kitty", profile.kitty_graphics), ("sixel", profile.sixel))
        if there
    ]
    words.append(f"pixels by {' and '.join(pixels)}" if pixels else "no pixel pictures")
    return f"It has {', '.join(words)}."


def profile_document(profile: TerminalProfile | None) -> dict[str, Any] | None:
    """The profile as JSON values."""
    if profile is None:
        return None
    size = shutil.get_terminal_size()
    return {
        "columns": size.columns,
        "rows": size.lines,
        **asdict(profile),
        "advice": [asdict(item) for item in advice(profile)],
    }
