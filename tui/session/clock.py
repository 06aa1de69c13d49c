"""Time as an argument: wall clock for what people read, monotonic for durations."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from tui.domain.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """Both of them; a scripted call has its own, which stands still until it is moved."""

    unix_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    """Unix milliseconds: time stamps that travel or are shown."""

    monotonic_s: Callable[[], float] = time.monotonic
    """Seconds that never jump: time-outs and durations."""

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Waits for so long [s] by this clock."""
