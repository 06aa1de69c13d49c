"""A thread that does something every 10 ms by the monotonic clock, as a sound card would."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from tui.domain.media import BLOCK_MS

_log = logging.getLogger(__name__)

_PERIOD_S: Final = BLOCK_MS / 1000
_CATCH_UP_S: Final = 0.1
"""After a stall at most this much is made up for; the rest is lost, as on a sound card."""


class PacedThread:
    """Calls `step` 100 times a second without drift.

    Args:
        name: Of the thread, for logs.
        step: Called in the thread; an exception ends it and sets `failed`.
    """

    def __init__(self, name: str, step: Callable[[], None]):
        self._step = step
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self.failed = False
        """`step` raised; the thread has ended."""

    def start(self) -> None:
        """Begin, once."""
        self._thread.start()

    def stop(self) -> None:
        """End; `step` is not called after this returns. Idempotent."""
        self._ending.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._ending.is_set():
            try:
                self._step()
            except Exception:
                # A thread has nobody above it: the owner sees `failed` and acts.
                _log.exception("%s stopped", self._thread.name)
                self.failed = True
                return
            due_s += _PERIOD_S
            now_s = time.monotonic()
            if now_s - due_s > _CATCH_UP_S:
                due_s = now_s - _CATCH_UP_S
            if due_s > now_s:
                self._ending.wait(due_s - now_s)
