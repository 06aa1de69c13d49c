"""A theme in 256 colours: each of its colours is the nearest one there is.

Left to itself, Rich takes for grey only what has hardly any hue. A dark grey with a little blue in
it came out as navy or black: labels, fields and cards looked like those of another program.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

import numpy as np
from textual.theme import Theme

from tui.domain.look import ColourDepth
from tui.video.palette import palette_of

_HEX: Final = re.compile(r"#([0-9A-Fa-f]{6})\b")
_CUBE_FIRST: Final = 16
_GREY_FIRST: Final = 232
"""Numbers of the palette: 216 colours from here, greys from there."""
_FIELDS: Final = (
    *("primary", "secondary", "accent", "warning", "error", "success"),
    *("foreground", "background", "surface", "panel"),
)


def in_256(theme: Theme) -> Theme:
    """The same theme for a terminal with 256 colours."""
    colours: dict[str, Any] = {name: _snapped(str(getattr(theme, name))) for name in _FIELDS}
    if colours["panel"] == colours["surface"] != colours["background"]:
        colours["panel"] = _next_grey(colours["panel"], darker=not theme.dark)
    variables = {name: _snapped(value) for name, value in theme.variables.items()}
    return replace(theme, variables=variables, **colours)


def _snapped(value: str) -> str:
    """A value of a theme, such as `outer #7C8896`, with the nearest colours."""
    return _HEX.sub(lambda found: _nearest(bytes.fromhex(found[1])), value)


def _nearest(colour: bytes) -> str:
    """What Rich makes the nearest colour of."""
    palette = palette_of(ColourDepth.INDEXED)
    assert palette is not None
    off = ((palette.rgb[_CUBE_FIRST:].astype(np.int32) - np.frombuffer(colour, np.uint8)) ** 2).sum(
        1
    )
    number = _CUBE_FIRST + int(off.argmin())
    if number < _GREY_FIRST:
        return f"#{bytes(palette.rgb[number]).hex()}"
    # Rich counts greys from black in 25 even steps, which those of the palette are not.
    return f"#{bytes([round((number - _GREY_FIRST + 1) * 255 / 25)] * 3).hex()}"


def _next_grey(colour: str, *, darker: bool) -> str:
    level = sum(bytes.fromhex(colour[1:])) // 3 + (-18 if darker else 8)
    return _nearest(bytes([level] * 3))
