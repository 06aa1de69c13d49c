r"""Typing without redisplay: bytes in, lines out, echo byte for byte as the kernel would.

Erasing is `\b \b` and nothing else ever moves the cursor, so a screen reader hears what it hears
at a shell prompt (spec ux 3.4 rule 6). The trap is the Escape key, which sends what the sequences
of other keys begin with: only time tells them apart (`rest`).
"""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Callable
from typing import Final

from tui.domain.frozen import dataclass

_LINE_MOST: Final = 8000
_ERASE: Final = "\x08\x7f"
_KILL: Final = "\x15"
_WORD_ERASE: Final = "\x17"
_INTERRUPT: Final = "\x03"
_END: Final = "\x04"
_ESCAPE: Final = "\x1b"


@dataclass(frozen=True, slots=True)
class Entered:
    """Enter was pressed."""

    text: str


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Control C."""


@dataclass(frozen=True, slots=True)
class EndOfLineInput:
    """Control D on an empty line: a wish to leave."""


@dataclass(frozen=True, slots=True)
class InputClosed:
    """The input is gone: end of a pipe, or a terminal that hung up."""


Typed = Entered | Interrupt | EndOfLineInput | InputClosed


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class LineEditor:
    """One line being typed.

    Args:
        echo: Shows typed text; None for input that is echoed elsewhere or not at all.
    """

    def __init__(self, echo: Callable[[str], None] | None = None):
        self._echo_to = echo
        self._decode = codecs.getincrementaldecoder("utf-8")("replace")
        self._line: list[str] = []
        self._escape = ""
        self._after_return = False
        self.hidden = False
        """Echo nothing of the next characters: a secret is typed."""

    @property
    def empty(self) -> bool:
        """Nothing is typed yet."""
        return not self._line

    @property
    def escaped(self) -> bool:
        """The last that came is an Escape: the key, or a sequence whose rest is on its way."""
        return self._escape == _ESCAPE

    def rest(self) -> None:
        """Nothing came for a while: an Escape was the key, and what comes next is text."""
        if self.escaped:
            self._escape = ""

    def feed(self, data: bytes) -> list[Typed]:
        """What these bytes complete. `data` empty means the input ended."""
        if not data:
            rest = [Entered("".join(self._line))] if self._line else []
            self._line.clear()
            return [*rest, InputClosed()]
        typed: list[Typed] = []
        for character in self._decode.decode(data):
            one = self._key(character)
            if one is not None:
                typed.append(one)
        return typed

    def _key(self, key: str) -> Typed | None:
        after_return, self._after_return = self._after_return, key == "\r"
        if unicodedata.category(key) == "Cc":
            self._escape = ""  # no control character is part of a sequence (ECMA-48 5.4)
        if self._escape or key == _ESCAPE:
            self._escape_key(key)
            return None
        if key in "\r\n":
            return None if after_return and key == "\n" else self._enter()
        if key in _ERASE:
            self._erase(1)
        elif key == _KILL:
            self._erase(len(self._line))
        elif key == _WORD_ERASE:
            self._erase(self._word_length())
        elif key == _INTERRUPT:
            self._line.clear()
            self._echo("^C\n")
            return Interrupt()
        elif key == _END:
            return EndOfLineInput() if not self._line else None
        elif key == "\t":
            self._key(" ")
        elif unicodedata.category(key) != "Cc" and len(self._line) < _LINE_MOST:
            self._line.append(key)
            if not self.hidden:
                self._echo(key)
        return None

    def _enter(self) -> Entered:
        line = Entered("".join(self._line))
        self._line.clear()
        self._echo("\n")
        return line

    def _escape_key(self, key: str) -> None:
        # Arrow and function keys have nothing to do here: swallow `ESC [ ... letter`, `ESC O x`
        # and `ESC x`, so that their tails are not taken for text.
        self._escape += key
        if len(self._escape) == 2 and key in "[O":
            return
        long = self._escape.startswith("\x1b[")
        if len(self._escape) >= 2 and (not long or "@" <= key <= "~" or len(self._escape) > 32):
            self._escape = ""

    def _word_length(self) -> int:
        text = "".join(self._line)
        return len(text) - len(text.rstrip().rstrip("".join(set(text) - set(" "))))

    def _erase(self, count: int) -> None:
        for _ in range(min(count, len(self._line))):
            character = self._line.pop()
            if not self.hidden:
                self._echo("\b \b" * _cells(character))

    def _echo(self, text: str) -> None:
        if self._echo_to is not None and text:
            self._echo_to(text)
