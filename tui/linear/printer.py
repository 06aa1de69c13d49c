"""Lines on the output: the only place of this front end that writes.

The stream is append-only: printable text and line ends, nothing a terminal obeys (spec ux 3.4
rule 1). A half-typed line is never drawn again; whatever must be said meanwhile begins on a
fresh line.
"""

from __future__ import annotations

from typing import TextIO

from tui.linear.said import Form, Said, as_words


class Printer:
    """Writes lines and the echo of typing.

    Args:
        output: A text stream. What its encoding can't say becomes `?`.
        form: Makes a line of what is said.
    """

    def __init__(self, output: TextIO, form: Form = as_words):
        self._output = output
        self._form = form
        self._encoding = getattr(output, "encoding", None) or "utf-8"
        self._mid_line = False
        self.lost = False
        """Nobody reads any more (closed pipe, hung-up terminal)."""

    def line(self, kind: str, text: str) -> None:
        """Print `kind: text`."""
        self.say(Said(kind, text))

    def say(self, said: Said) -> None:
        """Print it, on a fresh line."""
        start = "\n" if self._mid_line else ""
        self._write(f"{start}{self._form(said)}\n")
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
