"""Text for a terminal that is not UTF-8: what its character set lacks, drawn with what it has.

A character keeps its columns, so that nothing on the row moves.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

_LIKE: Final = {
    **dict.fromkeys("─━╌╍┄┅┈┉═▀▄▔", "-"),
    **dict.fromkeys("│┃╎╏┆┇┊┋║▌▐▍▎▏▕▋▊▉", "|"),
    **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┣┫┳┻╋╔╗╚╝╠╣╦╩╬", "+"),
    **dict.fromkeys("▁", "_"),
    # Ends of the bar of a scrollbar: its colours show it.
    **dict.fromkeys("▂▃▅▆▇█░▒▓", " "),
    **dict.fromkeys("←◀◂‹", "<"),
    **dict.fromkeys("→▶▸›", ">"),
    **dict.fromkeys("↑▲▴", "^"),
    **dict.fromkeys("↓▼▾✓✔", "v"),
    **dict.fromkeys("•●◉★⭘", "*"),
    **dict.fromkeys("○◌", "o"),
    **dict.fromkeys("✗✘×", "x"),
    **dict.fromkeys("‐‑‒–—", "-"),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("…·", "."),
}
_known: dict[str, Mapping[int, str]] = {}


class _Characters(dict[int, str]):
    """What becomes of each character, found when it is met for the first time."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    def __missing__(self, code: int) -> str:
        self[code] = made = self._made(chr(code))
        return made

    def _made(self, character: str) -> str:
        if self._has(character):
            return character
        if unicodedata.combining(character) or unicodedata.category(character) in (
            "Cf",
            "Mn",
            "Me",
        ):
            return ""
        base = _LIKE.get(character) or unicodedata.normalize("NFKD", character)[:1]
        columns = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        return base if columns == 1 and self._has(base) else "?" * columns

    def _has(self, character: str) -> bool:
        try:
            character.encode(self._encoding)
        except UnicodeEncodeError:
            return False
        return True


def writable(text: str, encoding: str) -> str:
    """`text` in characters that `encoding` has; escape sequences, which are ASCII, stay."""
    if text.isascii():
        return text
    return text.translate(_known.setdefault(encoding, _Characters(encoding)))
