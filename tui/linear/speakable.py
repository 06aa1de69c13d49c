"""Text as a screen reader can say it: one line, without drawings."""

from __future__ import annotations

from typing import Final

from tui.domain.text import CHAT_MAX_CHARACTERS, clean

_NOT_READ_ALOUD: Final = frozenset(
    (*range(0x2500, 0x25A0), *range(0x2800, 0x2900), *range(0x200B, 0x2010), 0xFE0E, 0xFE0F)
)
"""Box, block and braille drawings, zero-width marks: readers spell them out (spec ux 3.2)."""

_TRANSLATION: Final[dict[int, str | None]] = dict.fromkeys(_NOT_READ_ALOUD) | {0x2026: "..."}


def speakable(text: str) -> str:
    """`text` as one line a screen reader can say: cleaned, without drawings."""
    return " ".join(clean(text, CHAT_MAX_CHARACTERS + 100).translate(_TRANSLATION).split())


def without_emoji(name: str) -> str:
    """A name without its emoji, if anything is left without them (spec ux 6.9)."""
    kept = "".join(c for c in name if not _is_emoji(ord(c)))
    return " ".join(kept.split()) or name


def _is_emoji(code: int) -> bool:
    return 0x2190 <= code < 0x2C00 or 0x1F000 <= code < 0x1FB00 or code in (0x200D, 0xFE0F)
