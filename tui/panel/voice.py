"""What announces aloud, for as long as whoever shows the call is there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from textual.dom import DOMNode
from textual.worker import Worker, WorkerError

from tui.domain.announcements import Category
from tui.panel.notices import Notices
from tui.ports.handle import Handle


class Voice:
    """Speaks and rings as wished.

    Args:
        owner: Nothing that speaks outlives it.
        notices: What is told.
        handle: The one of now: a new one may replace the one of the beginning.
    """

    def __init__(self, owner: DOMNode, notices: Notices, handle: Callable[[], Handle]) -> None:
        self._owner = owner
        self._notices = notices
        self._handle = handle
        self._speaking: Worker[None] | None = None

    def begin(self, ring: Callable[[], None]) -> None:
        """Speak from now on; `ring` rings the terminal's bell."""
        announcer = self._notices.announcer
        announcer.ring = ring
        announcer.open(lambda text: self._notices.tell(Category.INFO, text))
        self._speaking = self._owner.run_worker(announcer.run(self._handle), group="speech")

    async def end(self) -> None:
        """Be silent; nothing that speaks is left running."""
        if self._speaking is not None:
            self._speaking.cancel()
            with contextlib.suppress(WorkerError):
                await self._speaking.wait()
