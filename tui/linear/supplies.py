"""What plain mode is given from outside."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import field

from tui.domain.frozen import dataclass
from tui.front.announcer import Announcer
from tui.ports.memory import Forgetful, Memory


def _unix_ms() -> int:
    return int(time.time() * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinearSupplies:
    """What plain mode is given from outside."""

    clock: Callable[[], float] = time.monotonic
    """Seconds, for what falls due."""
    now_ms: Callable[[], int] = _unix_ms
    """Unix milliseconds, for everything that shows a time."""
    whose_sound: str = ""
    """Whose devices these are, when that is not obvious (`tui.front.whose_sound`)."""
    memory: Memory = field(default_factory=Forgetful)
    """Keeps how the call was joined, and what `/announce` chose."""
    announcer: Announcer = field(default_factory=Announcer)
    """Speech, bell and quiet time."""
    keeps: bool = False
    """A terminal that goes away leaves the call running."""
