"""A copy of every event line for a second pane, a braille device or later (spec ux 3.4 rule 10)."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path

from tui.linear.said import Form, Said, as_words


class LineCopy:
    """Appends lines to a file or a FIFO. It never waits, and losing it is no error of the call.

    Args:
        path: The file, made if there is none; a FIFO may have no reader, now or later.
        form: Makes a line of what is said.
        failed: Told why a line is lost that a file should take, once until one fits again.
    """

    def __init__(
        self,
        path: Path,
        form: Form = as_words,
        failed: Callable[[str], object] = lambda _why: None,
    ):
        self._path = path
        self._form = form
        self._failed = failed
        self._told = False
        self._descriptor: int | None = None
        self._cut_off = False
        """The line before fitted only in part."""

    def open(self) -> str:
        """Open it. Returns why it can't be written; empty when it can, or may have a reader yet."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            self._descriptor = os.open(self._path, flags, 0o600)
        except OSError as error:
            no_reader_yet = error.errno == errno.ENXIO
            return "" if no_reader_yet else error.strerror or str(error)
        return ""

    def say(self, said: Said) -> None:
        """One more; lost while nobody reads a FIFO, or while its reader does not keep up."""
        if self._descriptor is None:
            self.open()
        if self._descriptor is None:
            return
        start = "\n" if self._cut_off else ""
        line = f"{start}{self._form(said)}\n".encode()
        try:
            self._cut_off = os.write(self._descriptor, line) < len(line)
            self._told = False
        except BlockingIOError:
            pass  # this line is lost, the next one may fit
        except BrokenPipeError:
            self.close()  # who read it went, and may come back
        except OSError as error:
            self.close()
            if not self._told:
                self._told = True  # before telling: what is told is copied, too
                self._failed(error.strerror or str(error))

    def close(self) -> None:
        """Let go. Idempotent."""
        descriptor, self._descriptor, self._cut_off = self._descriptor, None, False
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)
