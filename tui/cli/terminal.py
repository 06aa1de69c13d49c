"""What flags, environment and config file say about the terminal, and what it says itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.cli.report import CommandError
from tui.domain.errors import CallsError
from tui.terminal.choosing import colours_of, glyphs_of
from tui.terminal.profile import LookChoice


def look_choice_of(choices: Mapping[str, Any]) -> LookChoice:
    """How pictures are to be drawn.

    Raises:
        CommandError: A word that means nothing.
    """
    try:
        return LookChoice(
            glyphs_of(str(choices.get("glyphs") or "auto")),
            colours_of(str(choices.get("colours") or "auto")),
        )
    except CallsError as error:
        raise CommandError(
            error.description,
            f"Correct --{error.field}, CELLCALL_{str(error.field).upper()} or the config file.",
        ) from error
