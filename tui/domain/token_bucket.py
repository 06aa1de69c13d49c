"""A token bucket: so much a second on average, and so much at once after a pause."""

from __future__ import annotations

import time
from collections.abc import Callable


class TokenBucket:
    """Full at first.

    Args:
        per_s: What comes back in a second, of whatever is counted.
        burst: The most that is ever there; None: what comes back in a second.
        clock_s: Monotonic time.
    """

    __slots__ = ("_at_s", "_burst", "_clock_s", "_left", "_per_s")

    def __init__(
        self,
        per_s: float,
        burst: float | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_s = per_s
        self._burst = self._left = float(per_s if burst is None else burst)
        self._clock_s = clock_s
        self._at_s = clock_s()

    @property
    def left(self) -> float:
        """What may be spent now; below 0 after `owe`."""
        now_s = self._clock_s()
        self._left = min(self._burst, self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        return self._left

    def spend(self, amount: float = 1) -> bool:
        """Take `amount`; False, and nothing is taken, when less is left."""
        if self.left < amount:
            return False
        self._left -= amount
        return True

    def lacks_s(self, amount: float) -> float:
        """How long until `amount` is there [s]; more than a burst counts as if it could be."""
        return max(0.0, amount - self.left) / self._per_s

    def owe(self, amount: float) -> None:
        """Take `amount`, whether it is there or not."""
        self._left = self.left - amount
