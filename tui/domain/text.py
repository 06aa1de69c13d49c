"""Cleaning of text that came from outside, before anything shows, logs or measures it.

Names, chat, titles, device names, server errors: none of it is trusted (spec ux 6.9). A terminal
obeys control characters and Textual obeys markup, so both front ends and the engine pass every
foreign string through `clean` once, at the edge, and never parse it as markup afterwards.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

NAME_MAX_CHARACTERS = 64
CHAT_MAX_CHARACTERS = 4000
LINE_MAX_CHARACTERS = 400
SOMEBODY: Final = "Somebody"
"""Who wrote a message and is not in the list of people: not yet, or not any more."""

SPOKEN_MAX_CHARACTERS: Final = 700
LINES_MAX: Final = 100
LINE_BREAK: Final = "\N{RETURN SYMBOL}"
"""Stands for the end of a line in a field of one line."""
_INDENT_MAX: Final = 24
_SYNTHESIZER_ORDER: Final = re.compile(r"\[\[+|\]\]+")

_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
_SHOWN_FORMATS: Final = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
"""Of category Cf, yet drawn: signs that stand before Arabic, Syriac and Kaithi numbers."""
_INVISIBLE: Final = {
    *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0),
    *range(0x180B, 0x1810),
    *range(0xFE00, 0xFE0E),
    *range(0xE0100, 0xE01F0),
}
"""Default_Ignorable_Code_Point (UAX 44) besides category Cf: fillers and variation selectors."""
_NEVER_SHOWN: Final = ("Cc", "Cs", "Cn", "Co")
"""Categories: control, surrogate, unassigned, private use."""
_PRESENTATION: Final = "\ufe0e\ufe0f"
"""Say whether the character before them is drawn as text or as emoji."""
_BRAILLE_BLANK: Final = "\u2800"
_ZERO_WIDTH_JOINER = "\u200d"
_MAX_COMBINING_RUN = 3


def clean(text: str, max_characters: int = LINE_MAX_CHARACTERS) -> str:
    """`text` safe to print on one terminal line.

    NFC; controls (C0, C1, DEL), bidirectional marks and all else that is invisible, unassigned and
    surrogate code points dropped; line breaks, tabs and odd spaces become spaces; at most three
    combining marks in a run; a zero-width joiner stays only between two symbols (emoji
    sequences). Cut to `max_characters` code points with an ellipsis.
    """
    kept: list[str] = []
    combining = 0
    # A huge string is cut before the work, with room for what cleaning drops.
    for character in unicodedata.normalize("NFC", text[: max_characters * 8 + 64]):
        code = ord(character)
        if character in "\n\r\t\u2028\u2029\x0b\x0c\x85":
            character = " "
        elif code in _BIDI or code in _INVISIBLE:
            continue
        elif character == _ZERO_WIDTH_JOINER:
            if not kept or unicodedata.category(kept[-1]) not in ("So", "Sk", "Mn"):
                continue
        elif (category := unicodedata.category(character)) in _NEVER_SHOWN or (
            category == "Cf" and code not in _SHOWN_FORMATS
        ):
            continue
        elif category == "Zs" or character == _BRAILLE_BLANK:
            character = " "
        elif character in _PRESENTATION and (not kept or kept[-1] == " "):
            continue
        if unicodedata.combining(character):
            combining += 1
            if combining > _MAX_COMBINING_RUN:
                continue
        else:
            combining = 0
        kept.append(character)
    cleaned = "".join(kept).rstrip(_ZERO_WIDTH_JOINER).strip()
    if len(cleaned) > max_characters:
        return cleaned[: max_characters - 1].rstrip() + "…"
    return cleaned


def clean_lines(text: str, max_characters: int = LINE_MAX_CHARACTERS) -> tuple[str, ...]:
    """The lines of `text`, each as `clean` leaves it but for its indentation.

    Empty ones at the ends go. Cut to `max_characters` in all and `LINES_MAX` lines.
    """
    lines: list[str] = []
    left = max_characters
    for line in text[: max_characters * 8 + 64].expandtabs(4).splitlines():
        cleaned = clean(line, max(left, 1))
        indented = min(len(line) - len(line.lstrip(" ")), _INDENT_MAX) if cleaned else 0
        left -= len(cleaned)
        if left < 0 or len(lines) == LINES_MAX:
            lines.append("…")
            break
        if cleaned or lines:
            lines.append(" " * indented + cleaned)
    while lines and not lines[-1]:
        lines.pop()
    return tuple(lines)


def speakable(text: str) -> str:
    """Cleaned, and without what synthesizers take for orders (`[[...]]`); never empty."""
    cleaned = clean(text, SPOKEN_MAX_CHARACTERS)
    return _SYNTHESIZER_ORDER.sub(lambda run: run[0][0], cleaned) or "."


def clean_name(text: str) -> str:
    """A participant's name, never empty: `(no name)` when nothing printable is left."""
    return clean(text, NAME_MAX_CHARACTERS) or "(no name)"


def either(words: Sequence[str]) -> str:
    """`us, eu or in`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
