"""How loud something is, for people: a word, or a few cells (spec ux 6.3)."""

from __future__ import annotations

from typing import Final

_FLOOR_DBOV: Final = -60.0
_WORDS: Final = ((-70.0, "silent"), (-45.0, "low"), (-3.0, "good"))


def level_word(dbov: float) -> str:
    """`silent`, `low`, `good` or `loud`, of the loudest moment of speech [dBov]."""
    return next((word for least, word in _WORDS if dbov < least), "loud")


def meter(dbov: float, cells: int = 5) -> str:
    """Always `cells` characters of ASCII: a bar from -60 dBov to clipping."""
    part = (max(dbov, _FLOOR_DBOV) - _FLOOR_DBOV) / -_FLOOR_DBOV
    full = min(cells, round(part * cells))
    return "|" * full + " " * (cells - full)
