"""Time as an argument: wall clock for what people read, monotonic for durations."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """The two clocks; tests pass their own."""

    unix_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    """Unix milliseconds: time stamps that travel or are shown."""

    monotonic_s: Callable[[], float] = time.monotonic
    """Seconds that never jump: time-outs and durations."""
