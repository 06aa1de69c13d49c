"""The first thing to be seen, before anything is loaded that takes time: name and "starting…".

It is one line on the shell's own screen, and not yet the app's: whatever ends the program while it
loads, there is nothing to give back. The app, or what is told instead of it, takes its place.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import Final

_ERASE: Final = "\r\x1b[K"
_shown: list[str] = []


def show(title: str) -> None:
    """Say at once that the app is on its way, on a terminal that is ours.

    Args:
        title: What is being started.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    with contextlib.suppress(OSError):  # of a terminal that controls no process
        if os.tcgetpgrp(sys.stdin.fileno()) != os.getpgrp():
            return  # in the background, the terminal is not ours
    dots = "…" if "utf" in (sys.stderr.encoding or "").lower() else "..."
    _write(f"{title}   starting{dots}")
    _shown.append(title)


def take_away() -> None:
    """Make room for what comes. Idempotent."""
    if _shown:
        _shown.clear()
        _write(_ERASE)


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
