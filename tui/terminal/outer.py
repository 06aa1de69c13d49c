"""The terminal outside a multiplexer, which answers all questions itself."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.text import clean
from tui.terminal.profile import Multiplexer

_TMUX_S: Final = 0.5
_FORMAT: Final = "#{client_termname}\t#{client_termtype}\t#{client_termfeatures}\t#{client_utf8}"
_PARENTS: Final = 12


@dataclass(frozen=True, slots=True)
class Outer:
    """The client that shows this tmux pane."""

    term: str = ""
    """Its `TERM`."""
    version: str = ""
    """What it answered to XTVERSION."""
    features: frozenset[str] = frozenset()
    """`RGB`, `256`, `sixel`, `sync`, … as tmux found or was told them."""
    utf8: bool = True


def multiplexer_of(environment: Mapping[str, str]) -> Multiplexer:
    """The innermost one, by variables and `TERM`."""
    term = environment.get("TERM", "")
    if environment.get("ZELLIJ") is not None and not term.startswith(("tmux", "screen")):
        return Multiplexer.ZELLIJ
    if environment.get("STY") and not environment.get("TMUX"):
        return Multiplexer.SCREEN
    if environment.get("TMUX") or term.startswith("tmux"):
        return Multiplexer.TMUX
    if term.startswith("screen"):
        return Multiplexer.SCREEN
    return Multiplexer.NONE


def ask_tmux(environment: Mapping[str, str]) -> Outer | None:
    """What tmux knows of its client; None when it can't be asked."""
    if not environment.get("TMUX"):
        return None
    pane = ["-t", environment["TMUX_PANE"]] if environment.get("TMUX_PANE") else []
    try:
        told = subprocess.run(
            ["tmux", "display-message", "-p", *pane, _FORMAT],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_TMUX_S,
            env=dict(environment),
            check=True,
            stdin=subprocess.DEVNULL,
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    return parse_client(told)


def parse_client(told: str) -> Outer | None:
    """The answer to `_FORMAT`; None without a client (detached), or from a tmux before 3.2."""
    parts = told.strip("\n").split("\t")
    if len(parts) != 4 or not parts[0]:
        return None
    term, version, features, utf8 = parts
    return Outer(
        clean(term, 40),
        clean(version, 60),
        frozenset(features.replace(" ", "").split(",")) - {""},
        utf8 != "0",
    )


def under_mosh(process: int | None = None) -> bool:
    """Whether a mosh server is among our parents; only Linux tells. It sets no variable."""
    number = os.getpid() if process is None else process
    for _ in range(_PARENTS):
        try:
            stat = Path(f"/proc/{number}/stat").read_text()
        except OSError:
            return False
        name = stat[stat.find("(") + 1 : stat.rfind(")")]
        if name == "mosh-server":
            return True
        number = int(stat[stat.rfind(")") + 1 :].split()[1])
        if number <= 1:
            return False
    return False
