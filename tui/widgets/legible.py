"""Colours of words in a theme that is not ours: kept where they can be read, else the text's own.

Textual's themes mix their readable variants (`$text-warning` and its like) towards black or white,
but not always far enough: on the light ones a warning has a contrast of 2.8.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from textual.color import Color, ColorParseError
from textual.widget import Widget

LEAST: Final = 4.5
"""WCAG 2.2 contrast of text."""
_VARIABLE: Final = re.compile(r"\$(text-[a-z]+|footer-key-foreground)")


def legible(widget: Widget, style: str) -> str:
    """`style` with `$text` for each hue too faint on the widget's background."""
    variables = widget.app.theme_variables
    background = widget.background_colors[1].hex

    def kept(found: re.Match[str]) -> str:
        colour = variables.get(found[1], "")
        return found[0] if _can_be_read(colour, background) else "$text"

    return _VARIABLE.sub(kept, style)


@lru_cache(maxsize=256)
def _can_be_read(colour: str, background: str) -> bool:
    try:
        fore, back = Color.parse(colour), Color.parse(background)
    except ColorParseError:  # `auto`, which picks what can be read
        return True
    if fore.ansi is not None or back.ansi is not None:
        return True  # the terminal's own, which nobody knows
    light, dark = sorted((_luminance(back + fore), _luminance(back)), reverse=True)
    return (light + 0.05) / (dark + 0.05) >= LEAST


def _luminance(colour: Color) -> float:
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour.rgb)
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
