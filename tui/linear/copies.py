"""Where lines are copied to: all of them (`--log`), and captions alone (`--captions-log`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tui.domain.text import clean
from tui.front.start import StartPlan
from tui.linear.line_copy import LineCopy
from tui.linear.said import Form, Said

_SHOWN_MAX = 120


class Copies:
    """Both of them, as far as the plan wants them.

    Args:
        start: Has their paths.
        form: Makes a line of what is said.
        tell: Says what can't be written; each is tried again with its next line.
    """

    def __init__(self, start: StartPlan, form: Form, tell: Callable[[str], object]) -> None:
        self._form = form
        self._tell = tell
        self._open: list[Callable[[], None]] = []
        self._close: list[Callable[[], None]] = []
        self.say = self._copy_into("--log", start.log)
        """Copies a line."""
        self.caption = self._copy_into("--captions-log", start.captions_log)
        """Copies a turn of captions."""

    def _copy_into(self, option: str, path: str) -> Callable[[Said], None]:
        if not path:
            return lambda _said: None

        def failed(why: str) -> None:
            self._tell(f"{option}: {clean(path, _SHOWN_MAX)} can't be written: {why}.")

        copy = LineCopy(Path(path), self._form, failed)

        def open_it() -> None:
            if problem := copy.open():
                failed(problem)

        self._open.append(open_it)
        self._close.append(copy.close)
        return copy.say

    def open(self) -> None:
        """Open them, and say of those that can't be written."""
        for one in self._open:
            one()

    def close(self) -> None:
        """Let go. Idempotent."""
        for one in self._close:
            one()
