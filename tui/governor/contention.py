"""How long our own thread waits for a processor: a slow machine, not a slow link.

An answer of the terminal that comes late says that the link is slow, or that somebody on this
machine had no processor: the terminal, tmux, sshd, or the thread that reads the answer. Linux
counts how long the main thread ran and how long it waited to run (`/proc/self/schedstat`, see the
kernel's Documentation/scheduler/sched-stats.rst). The others wait as long, by and large.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import Final

_WINDOW_S: Final = 1.0
_LEAST_NS: Final = 20_000_000
"""Who wanted no more of a processor than this has not noticed whether there was one."""
BUSY: Final = 0.35
"""Waiting for this share of the time it wants to run, a thread is on a machine that is too busy."""
_SCHEDSTAT: Final = Path("/proc/self/schedstat")


def scheduled_ns() -> tuple[int, int]:
    """How long the main thread ran, and waited to run; zeros where no system tells."""
    try:
        ran, waited = _SCHEDSTAT.read_bytes().split()[:2]
        return int(ran), int(waited)
    except (OSError, ValueError):
        return 0, 0


class Contention:
    """The share of the last second's wish to run that was waiting. Pure."""

    def __init__(self) -> None:
        self._noted: deque[tuple[float, int, int]] = deque()
        self.share = 0.0
        """0 to 1; `BUSY` and more is too much."""

    @property
    def busy(self) -> bool:
        """Whether this machine, more than the link, decides when something is answered."""
        return self.share >= BUSY

    def note(self, now_s: float, ran_ns: int, waited_ns: int) -> None:
        """What `scheduled_ns` said at this moment."""
        self._noted.append((now_s, ran_ns, waited_ns))
        while len(self._noted) > 2 and self._noted[1][0] <= now_s - _WINDOW_S:
            self._noted.popleft()
        _, ran, waited = self._noted[0]
        wanted = ran_ns - ran + waited_ns - waited
        self.share = (waited_ns - waited) / wanted if wanted >= _LEAST_NS else 0.0
