"""Lines on the output: the only place of this front end that writes.

The stream is append-only: printable text and line ends, nothing a terminal obeys (spec ux 3.4
rule 1). A half-typed line is never drawn again; whatever must be said meanwhile begins on a
fresh line.
"""

from __future__ import annotations

from typing import Final, TextIO

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


class Printer:
    """Writes lines and the echo of typing.

    Args:
        output: A text stream. What its encoding can't say becomes `?`.
    """

    def __init__(self, output: TextIO):
        self._output = output
        self._encoding = getattr(output, "encoding", None) or "utf-8"
        self._mid_line = False
        self.lost = False
        """Nobody reads any more (closed pipe, hung-up terminal)."""

    def line(self, kind: str, text: str) -> None:
        """Print `kind: text`, on a fresh line."""
        start = "\n" if self._mid_line else ""
        self._write(f"{start}{kind}: {speakable(text)}\n")
        self._mid_line = False

    def echo(self, typed: str) -> None:
        """Show what is being typed, as the kernel would."""
        self._write(typed)
        self._mid_line = not typed.endswith("\n")

    def ring(self) -> None:
        """Ring the bell, if this is a terminal: in a file or a pipe it would be a stray byte."""
        if self._output.isatty():
            self._write("\a")

    def _write(self, text: str) -> None:
        if self.lost:
            return
        try:
            self._output.write(text.encode(self._encoding, "replace").decode(self._encoding))
            self._output.flush()
        except (OSError, ValueError):
            # ValueError: the stream was closed under us.
            self.lost = True
