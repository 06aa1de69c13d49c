"""What flags, environment and config file say about the terminal, and what it says itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tui.cli.config import keys_of
from tui.cli.options import THEMES
from tui.cli.report import CommandError
from tui.domain.errors import CallsError
from tui.domain.text import clean
from tui.front.taste import Taste
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


def taste_of(choices: Mapping[str, Any]) -> Taste:
    """How the app is to look and move.

    Raises:
        CommandError: The config file names a theme there is not.
    """
    theme = choices.get("theme")
    if theme is not None and theme not in THEMES:
        raise CommandError(
            f"theme came as {clean(str(theme), 40)}; allowed: {', '.join(THEMES)}.",
            "Correct it in the config file.",
        )
    return Taste(
        accessible=bool(choices.get("a11y")),
        reduced_motion=bool(choices.get("reduced_motion")),
        large_targets=bool(choices.get("large_targets")),
        theme=theme,
        fps=float(choices.get("fps") or Taste().fps),
        cast=str(choices.get("cast") or ""),
        mouse=not (choices.get("no_mouse") or choices.get("a11y")),
        keys=keys_of(choices),
        captions=str(choices.get("captions") or "off") != "off",
        look_choice=look_choice_of(choices),
    )
