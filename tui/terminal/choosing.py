"""What somebody says about glyphs and colours, as words: flags, config file, `/picture`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum
from typing import Final, TypeVar

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.look import ColourDepth, GlyphSet
from tui.domain.text import clean
from tui.terminal.profile import LookChoice

AUTO: Final = "auto"
GLYPH_WORDS: Final = tuple(str(one) for one in GlyphSet)
COLOUR_WORDS: Final = tuple(str(one) for one in ColourDepth)
_SPELLINGS: Final = {
    "true": "truecolor",
    "truecolour": "truecolor",
    "24bit": "truecolor",
    "none": "mono",
    "blocks": "block",
    "sextants": "sextant",
    "octants": "octant",
}
_Chosen = TypeVar("_Chosen", bound=StrEnum)


def glyphs_of(text: str) -> GlyphSet | None:
    """A glyph set by its word; None for `auto`.

    Raises:
        CallsError: `VALIDATION_ERROR`: what came, what is allowed.
    """
    return _one_of(GlyphSet, "glyphs", text)


def colours_of(text: str) -> ColourDepth | None:
    """A colour depth by its word; None for `auto`.

    Raises:
        CallsError: `VALIDATION_ERROR`: what came, what is allowed.
    """
    return _one_of(ColourDepth, "colours", text)


def _one_of(kind: type[_Chosen], field: str, text: str) -> _Chosen | None:
    word = text.strip().lower()
    word = _SPELLINGS.get(word, word)
    if word == AUTO:
        return None
    try:
        return kind(word)
    except ValueError:
        raise _refused(field, text, (*kind, AUTO)) from None


def _refused(field: str, text: str, allowed: Iterable[str]) -> CallsError:
    words = [str(one) for one in allowed]
    near = difflib.get_close_matches(text.strip().lower(), words, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return CallsError(
        ErrorCode.VALIDATION,
        f"{field} came as {clean(text, 40)}; allowed: {', '.join(words)}.{hint}",
        field=field,
    )


def changed(look_choice: LookChoice, argument: str) -> LookChoice:
    """The choice after `glyphs NAME`, `colours NAME` or `auto`; a glyph set's name will do alone.

    Raises:
        CallsError: `VALIDATION_ERROR` for anything else.
    """
    word, _, name = argument.strip().lower().partition(" ")
    match word:
        case "auto" if not name:
            return LookChoice()
        case "glyphs":
            return replace(look_choice, glyphs=glyphs_of(name))
        case "colours" | "colors":
            return replace(look_choice, colours=colours_of(name))
        case _ if not name and word in GLYPH_WORDS:
            return replace(look_choice, glyphs=GlyphSet(word))
        case _ if not name and _SPELLINGS.get(word, word) in COLOUR_WORDS:
            return replace(look_choice, colours=colours_of(word))
    raise CallsError(
        ErrorCode.VALIDATION,
        f"Came as {clean(argument, 40)}; say glyphs and one of {', '.join(GLYPH_WORDS)}; colours "
        f"and one of {', '.join(COLOUR_WORDS)}; or auto.",
    )
