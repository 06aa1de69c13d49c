"""Tells Textual how many colours the terminal has, where it would guess from `TERM` alone."""

from __future__ import annotations

import os
from typing import Final

from textual import constants

from tui.domain.look import ColourDepth

_SYSTEMS: Final = {
    ColourDepth.TRUECOLOR: "truecolor",
    ColourDepth.INDEXED: "256",
    ColourDepth.ANSI: "standard",
}


def tell_textual(depth: ColourDepth) -> None:
    """Call this before the app is made; `TEXTUAL_COLOR_SYSTEM` still wins."""
    if depth is ColourDepth.MONO:
        os.environ["NO_COLOR"] = "1"
        return
    # A person who asked for colours gets them in spite of it.
    os.environ.pop("NO_COLOR", None)
    if not os.environ.get("TEXTUAL_COLOR_SYSTEM"):
        # Read when the console is made, not when Textual is imported, so this is in time.
        constants.COLOR_SYSTEM = _SYSTEMS[depth]  # type: ignore[misc]
