"""How long any transport waits between its attempts to join again."""

from __future__ import annotations

import random
from collections.abc import Callable

from tui.domain.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential back-off with jitter: a restarted server must not meet everybody at once."""

    first_s: float = 0.5
    most_s: float = 15.0
    factor: float = 2.0
    most_unanswered_s: float = 2.0
    """The longest wait while no server answers: it restarts, or the network is away. Nobody is
    burdened by an attempt then, and it should be short when the answer comes."""
    jitter: float = 0.3
    """Part of each wait that is random: 0.3 makes 1 s anything from 0.7 to 1 s."""
    spread: Callable[[], float] = random.random
    """0 to 1; handed in by tests."""

    def wait_s(self, attempt: int, *, unanswered: bool = False) -> float:
        """Seconds to wait before attempt 1, 2, ..."""
        most_s = min(self.most_s, self.most_unanswered_s) if unanswered else self.most_s
        full = min(most_s, self.first_s * self.factor ** min(attempt - 1, 32))
        return full * (1.0 - self.jitter * self.spread())


def connect_within_s(attempt: int) -> float:
    """How long attempt 1, 2, ... to join again may take to reach the server [s]; 0: joining.

    The first ones are short: a connection begun while the network is away is tried again by the
    kernel after 1, 3 and 7 seconds only. Later ones give a slow network its time.
    """
    return min(10.0, 2.5 * 1.5 ** (attempt - 1)) if attempt else 10.0
