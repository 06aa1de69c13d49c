"""A terminal as a file, whose loss is told once (see `tui.screens.terminal`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from textual.message import Message


class TerminalGone(Message):
    """Nothing written arrives any more."""


class LosableFile:
    """A terminal as a file; after the first failure it takes everything and does nothing.

    Args:
        file: The terminal.
        on_lost: Called once, from the writing thread.
    """

    def __init__(self, file: TextIO, on_lost: Callable[[], object]) -> None:
        self._file = file
        self._on_lost = on_lost
        self.lost = False

    def write(self, text: str) -> None:
        """Write, or do nothing."""
        self._try(lambda: self._file.write(text))

    def flush(self) -> None:
        """Flush, or do nothing."""
        self._try(self._file.flush)

    def fileno(self) -> int:
        """The terminal's descriptor."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Whether it is one."""
        return self._file.isatty()

    def _try(self, deed: Callable[[], object]) -> None:
        if self.lost:
            return
        try:
            deed()
        except (OSError, ValueError):  # EIO after a hang-up; ValueError when closed
            self.lost = True
            self._on_lost()
