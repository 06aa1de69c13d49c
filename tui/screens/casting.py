"""The screen as an asciicast beside a recording: as long as the call is recorded, and no longer.

Whoever is on the screen is told by the recording that they are recorded, and its file has the
sound.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from textual.app import App

from tui.domain.text import clean
from tui.terminal.cast import CastFile


class Casting:
    """Follows whether the call is recorded.

    Args:
        app: Whose screen.
        path: Of the file; empty: none is wanted.
        tell: Says what went wrong.
        redraw: Draws all of the screen anew, whatever the terminal shows.
    """

    def __init__(
        self,
        app: App[Any],
        path: str,
        tell: Callable[[str], None],
        redraw: Callable[[], object],
    ) -> None:
        self._app = app
        self._path = path
        self._tell = tell
        self._redraw = redraw
        self._file: CastFile | None = None

    def follow(self, title: str, *, recorded: bool) -> None:
        """Begin or end with the recording."""
        if recorded and self._path and self._file is None:
            self._begin(title)
        elif not recorded and self._file is not None:
            self.end()

    def _begin(self, title: str) -> None:
        path, self._path = self._path, ""  # one recording, one cast
        driver: Any = self._app._driver
        if not hasattr(driver, "written"):
            return
        try:
            self._file = CastFile(path, lambda: self._app.size, f"cellcall: {title}")
        except (OSError, ValueError) as error:
            self._failed(error)
            return
        driver.written = self._written
        self._redraw()

    def _written(self, data: str) -> None:
        file = self._file
        if file is not None:
            try:
                file.write(data)
            except OSError as error:
                self._let_go()
                with contextlib.suppress(OSError):
                    file.close()
                self._failed(error)

    def _failed(self, error: Exception) -> None:
        why = (getattr(error, "strerror", None) or "this is not a path").lower()
        self._tell(clean(f"The screen is not kept: {why}."))

    def end(self) -> None:
        """Close the file. Idempotent."""
        file = self._let_go()
        if file is not None:
            try:
                file.close()
            except OSError as error:
                self._failed(error)

    def _let_go(self) -> CastFile | None:
        file, self._file = self._file, None
        driver: Any = self._app._driver
        if file is not None:
            driver.written = None
        return file
