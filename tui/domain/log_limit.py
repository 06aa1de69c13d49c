"""A log that others can't fill: of lines of one kind, so many a minute.

What is logged about a peer, a damaged picture or a message that is none, comes as often as the peer
likes. A line's kind is its text before anything is put into it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

LINES: Final = 20
WITHIN_S: Final = 60.0
_KINDS_MOST: Final = 1000


class LogLimit(logging.Filter):
    """To be added to a handler.

    Args:
        clock_s: Monotonic time.
    """

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock_s = clock_s
        self._kinds: dict[tuple[str, str], tuple[float, int]] = {}
        """Of each, when its minute began, and how many came in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is written; the last one that is says so."""
        now_s, kind = self._clock_s(), (record.name, str(record.msg))
        began_s, count = self._kinds.pop(kind, (now_s, 0))
        if now_s >= began_s + WITHIN_S:
            began_s, count = now_s, 0
        self._kinds[kind] = began_s, count + 1
        if len(self._kinds) > _KINDS_MOST:
            del self._kinds[next(iter(self._kinds))]
        if count == LINES - 1:
            record.msg = f"{record.msg} (more like this are left out, for {WITHIN_S:.0f} s)"
        return count < LINES
