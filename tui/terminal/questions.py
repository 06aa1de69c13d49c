"""The questions put to a terminal, all at once, with one last that every terminal answers.

Nothing of it stays on the screen: test glyphs are printed concealed between a saved and a restored
cursor, and erased. Where a terminal is known to print a sequence instead of ignoring it, it is not
asked that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SAVE, RESTORE, ERASE_RIGHT = b"\x1b7", b"\x1b8", b"\x1b[K"
ASK_CURSOR: Final = b"\x1b[6n"
ASK_DA1: Final = b"\x1b[c"
ASK_DA2: Final = b"\x1b[>c"
ASK_VERSION: Final = b"\x1b[>0q"
ASK_SYNC: Final = b"\x1b[?2026$p"
ASK_SGR: Final = b"\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[0m"
"""A 24-bit background, and what the terminal made of it (DECRQSS)."""
ASK_RGB: Final = b"\x1bP+q524742;5463\x1b\\"
"""XTGETTCAP for `RGB` and `Tc`."""
ASK_COLOURS: Final = b"\x1b]10;?\x1b\\\x1b]11;?\x1b\\"
ASK_PALETTE: Final = b"".join(b"\x1b]4;%d;?\x1b\\" % number for number in range(16))
ASK_KITTY: Final = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"

WIDTHS: Final = 5
"""Cursor reports the width test asks for."""
_GLYPHS: Final = (
    SAVE
    + b"\x1b[8m"
    + ASK_CURSOR
    + "▀".encode()
    + ASK_CURSOR
    + "▀".encode()
    + b"\x1b[b"  # tmux repeats only what came directly before
    + ASK_CURSOR
    + "\N{BLOCK SEXTANT-1}".encode()
    + ASK_CURSOR
    + chr(0x1CD00).encode()  # BLOCK OCTANT-3, Unicode 16
    + ASK_CURSOR
    + b"\x1b[0m"
    + RESTORE
    + ERASE_RIGHT
)
_PRIMITIVE: Final = ("linux", "vt", "cons", "ansi", "eterm", "bsdos", "wsvt", "sun")
"""Beginnings of `TERM` of terminals that may print what they do not understand."""


def questions(environment: Mapping[str, str]) -> bytes:
    """What to write; empty when this terminal had better not be asked anything."""
    term = environment.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        return b""
    if term.startswith(_PRIMITIVE):
        return _GLYPHS + ASK_DA1
    asked = _GLYPHS + ASK_DA2 + ASK_COLOURS + ASK_PALETTE
    if environment.get("TERM_PROGRAM") != "Apple_Terminal":  # it prints the p of ASK_SYNC
        asked += ASK_VERSION + ASK_SYNC
        if "STY" not in environment:  # screen hands control strings to the terminal outside
            asked += ASK_SGR + ASK_RGB + ASK_KITTY
    return asked + ASK_DA1
