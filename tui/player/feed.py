"""Decodes a clip ahead of time in a thread, with a bound, and keeps what is due."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from tui.ports.clips import Clip, ClipPicture
from tui.ports.devices import DeviceUnavailable

AHEAD: Final = 4
"""Pictures decoded before they are due."""
_END_S: Final = 2.0


class Feed:
    """See the module.

    Args:
        clip: Only the feed's thread uses it from now on; `close` closes it.
        wake: Called from that thread when there is something new.
    """

    def __init__(self, clip: Clip, wake: Callable[[], None]) -> None:
        self._clip = clip
        self._wake = wake
        self._changed = threading.Condition()
        self._ready: deque[ClipPicture] = deque()
        self._size = (0, 0)
        self._round = 0
        """Pictures of an earlier round (before a seek, of another size) are thrown away."""
        self._seek_s: float | None = None
        self._not_before_s = 0.0
        self._ended = self._closing = False
        self.problem: DeviceUnavailable | None = None
        """Why the clip ended too soon."""
        self._thread = threading.Thread(target=self._run, name="player-feed", daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Everything was decoded and taken."""
        with self._changed:
            return self._ended and not self._ready and self._seek_s is None

    def want(self, width: int, height: int) -> None:
        """Pictures of this size from now on [pixels]."""
        with self._changed:
            if self._size != (width, height):
                self._size = (width, height)
                self._start_round()

    def seek(self, to_s: float) -> None:
        """Go on at `to_s` [s]."""
        with self._changed:
            self._seek_s = self._not_before_s = to_s
            self._start_round()

    def _start_round(self) -> None:
        self._round += 1
        self._ready.clear()
        self._ended = False if self._seek_s is not None else self._ended
        self._changed.notify()

    def take(self, now_s: float) -> tuple[ClipPicture | None, int]:
        """The newest picture due at `now_s`, and how many older ones nobody saw."""
        with self._changed:
            due: ClipPicture | None = None
            passed = -1
            while self._ready and self._ready[0].at_s <= now_s:
                due = self._ready.popleft()
                passed += 1
            self._not_before_s = now_s
            self._changed.notify()
            return due, max(0, passed)

    def first(self) -> ClipPicture | None:
        """The next picture, due or not: for a single step, or the first after a seek."""
        with self._changed:
            picture = self._ready.popleft() if self._ready else None
            self._changed.notify()
            return picture

    def next_at_s(self) -> float | None:
        """When the next picture is due [s]; None when none is ready."""
        with self._changed:
            return self._ready[0].at_s if self._ready else None

    def close(self) -> None:
        """End the thread and the clip. Idempotent."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(_END_S)

    # ---- the thread
    def _run(self) -> None:
        try:
            while self._work():
                pass
        finally:
            self._clip.close()

    def _idle(self) -> bool:
        waits = self._ended or len(self._ready) >= AHEAD
        return not self._closing and (self._size == (0, 0) or (self._seek_s is None and waits))

    def _work(self) -> bool:
        with self._changed:
            while self._idle():
                self._changed.wait()
            if self._closing:
                return False
            of_round, size = self._round, self._size
            seek_s, self._seek_s = self._seek_s, None
            not_before_s = self._not_before_s
        picture: ClipPicture | None = None
        try:
            if seek_s is not None:
                self._clip.seek(seek_s)
            picture = self._clip.next_picture(*size, not_before_s=not_before_s)
        except DeviceUnavailable as error:
            self.problem = error
        with self._changed:
            if of_round == self._round:
                if picture is None:
                    self._ended = True
                else:
                    self._ready.append(picture)
            elif self._seek_s is None and self._clip.still:
                self._seek_s = 0.0  # its one picture was of another size
        self._wake()
        return True
