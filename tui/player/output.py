"""Writes to a terminal without ever waiting for it, and without running ahead of it.

Two things tell that a terminal is behind: it takes no more bytes, and, where buffers lie between
(SSH), it has not answered the question that followed an earlier picture.
"""

from __future__ import annotations

import contextlib
import os
from collections import deque
from typing import Final

from tui.player.key_names import PING

_MUTE_S: Final = 2.0
"""A terminal that never answered is not asked again after this [s]."""
_LOST_S: Final = 30.0
"""One that did answer may be that far behind; later, the answer was lost [s]."""
_MOST: Final = 4
"""Pictures under way at most, however long the way."""


class Output:
    """See the module.

    Args:
        descriptor: The terminal; a description of its own is opened, so that not waiting is
            nobody else's business.
        answers: It is known to answer questions.
    """

    def __init__(self, descriptor: int, *, answers: bool = False) -> None:
        flags = os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK
        self._own = True
        try:
            self.descriptor = os.open(os.ttyname(descriptor), flags)
        except OSError:  # no /dev or no /proc: share it
            self.descriptor, self._own = descriptor, False
            os.set_blocking(descriptor, False)
        self._left = memoryview(b"")
        self._asked: deque[float] = deque()
        self._asks = True
        self._patience_s = _LOST_S if answers else _MUTE_S
        self._shortest_s = float("inf")
        self.written = 0
        """Bytes taken by the terminal."""

    @property
    def busy(self) -> bool:
        """Whether bytes are left to write."""
        return bool(self._left)

    def ready(self, now_s: float, interval_s: float) -> bool:
        """Whether another picture may be sent.

        Args:
            now_s: Monotonic [s].
            interval_s: Between two pictures, when nothing is in the way [s].
        """
        if self._left:
            return False
        if self._asked and now_s - self._asked[0] > self._patience_s:
            self._asks = self._patience_s > _MUTE_S
            self._asked.clear()
        if not self._asks:
            return True
        # As many as fit into the way there and back, else a long way means few pictures.
        fits = 1 + int(min(self.delay_s, 1.0) / interval_s)
        return len(self._asked) < min(fits, _MOST)

    def send(self, data: bytes, now_s: float, *, ask: bool) -> None:
        """Write what the terminal takes now, keep the rest; `ask` for an answer behind it."""
        if ask and self._asks:
            data += PING
            self._asked.append(now_s)
        self._left = memoryview(bytes(self._left) + data)
        self.drain()

    def drain(self) -> None:
        """Write on; call it when the descriptor is writable.

        Raises:
            OSError: The terminal is gone.
        """
        with contextlib.suppress(BlockingIOError):
            while self._left:
                count = os.write(self.descriptor, self._left[:65536])
                self.written += count
                self._left = self._left[count:]

    def answered(self, now_s: float) -> None:
        """The terminal has drawn another picture."""
        self._patience_s = _LOST_S
        if self._asked:
            self._shortest_s = min(self._shortest_s, now_s - self._asked.popleft())

    @property
    def delay_s(self) -> float:
        """The shortest way there and back seen; 0 when unknown [s]."""
        return 0.0 if self._shortest_s == float("inf") else self._shortest_s

    @property
    def open_answers(self) -> int:
        """Questions that are not answered yet."""
        return len(self._asked)

    def close(self) -> None:
        """Leave the descriptor as it was."""
        if self._own:
            os.close(self.descriptor)
        else:
            os.set_blocking(self.descriptor, True)
