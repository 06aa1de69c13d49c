"""A shared terminal: rows for who reads text, and the same rows as pictures for all others."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import Final

from tui.devices.terminal_picture import SIZE, TerminalPicture
from tui.devices.tmux_pane import PaneReader, find_pane, refuse_mirror
from tui.domain.media import PlanarFrame
from tui.domain.terminal_text import NO_SCREEN, TerminalScreen
from tui.ports.devices import DeviceUnavailable

_log = logging.getLogger(__name__)

TICK_S: Final = 0.05
"""Between two looks at the terminal; half of what a reader may wait."""
PICTURE_S: Final = 0.25
"""Between two pictures while something changes."""
STILL_S: Final = 1.0
"""Between two pictures while nothing does."""
_MIRROR_S: Final = 5.0


async def open_terminal(value: str) -> TerminalCamera:
    """See `find_pane`. Raises `DeviceUnavailable`."""
    pane = await find_pane(value)
    return TerminalCamera(await PaneReader.attach(pane))


class TerminalCamera:
    """Implements `Camera` and `TextCamera`.

    Args:
        reader: Of the pane; it is closed with this.
    """

    def __init__(self, reader: PaneReader) -> None:
        self.label = "terminal"
        self.width, self.height = SIZE
        self.fps = 1 / PICTURE_S
        self._reader = reader
        self._screen = NO_SCREEN
        self._read: TerminalScreen | None = None
        self._problem: DeviceUnavailable | None = None
        self._changed = asyncio.Condition()
        self._picture = TerminalPicture()
        self._drawn: TerminalScreen | None = None
        self._last_s = 0.0
        self._watching: asyncio.Task[None] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of its pictures [pixels]."""
        return SIZE

    async def next_screen(self) -> TerminalScreen:
        """What it shows, as soon as that is another than was read last. One reader.

        Raises:
            DeviceUnavailable: It is closed.
        """
        self._begin()
        async with self._changed:
            await self._changed.wait_for(
                lambda: self._problem is not None or self._screen is not self._read
            )
        self._check()
        self._read = self._screen
        return self._screen

    async def next_frame(self) -> PlanarFrame:
        """The next picture; one at least every `STILL_S`. Raises `DeviceUnavailable`."""
        self._begin()
        await asyncio.sleep(max(0.0, self._last_s + PICTURE_S - time.monotonic()))
        still_s = max(0.0, self._last_s + STILL_S - time.monotonic())
        async with self._changed:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if self._drawn is None else still_s):
                    await self._changed.wait_for(
                        lambda: self._problem is not None or self._screen is not self._drawn
                    )
        self._check()
        self._drawn, self._last_s = self._screen, time.monotonic()
        return await asyncio.to_thread(self._picture.draw, self._screen, self._last_s)

    async def close(self) -> None:
        """See `Camera.close`."""
        watching, self._watching = self._watching, None
        if watching is not None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        await self._reader.close()
        await self._end(DeviceUnavailable("The terminal is closed.", ""))

    def _begin(self) -> None:
        if self._watching is None and self._problem is None:
            self._watching = asyncio.create_task(self._watch(), name="shared terminal")

    def _check(self) -> None:
        if self._problem is not None:
            raise DeviceUnavailable(self._problem.problem, self._problem.remedy)

    async def _watch(self) -> None:
        checked_s = time.monotonic()
        try:
            while True:
                screen = await self._reader.screen()
                if screen != self._screen:
                    async with self._changed:
                        self._screen = screen
                        self._changed.notify_all()
                if time.monotonic() - checked_s > _MIRROR_S:
                    checked_s = time.monotonic()
                    await refuse_mirror(self._reader.pane.tty)
                await asyncio.sleep(TICK_S)
        except DeviceUnavailable as problem:
            await self._end(problem)
        except Exception:  # whatever tmux said: a picture that stands still would be no share
            _log.exception("reading the shared terminal failed")
            told = "The terminal can't be read any more, a fault in cellcall; the log says more."
            await self._end(DeviceUnavailable(told, "Share it again."))

    async def _end(self, problem: DeviceUnavailable) -> None:
        async with self._changed:
            self._problem = self._problem or problem
            self._changed.notify_all()
