"""A token bucket: so many per second, with a burst of one second's worth."""

from __future__ import annotations

import time


class Budget:
    """Spends at most `per_second` on average.

    Args:
        per_second: Refill rate and size.
    """

    __slots__ = ("_left", "_per_second", "_refilled_at")

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._left = float(per_second)
        self._refilled_at = time.monotonic()

    def spend(self, amount: int = 1) -> bool:
        """Take `amount`; False when less is left."""
        now = time.monotonic()
        self._left = min(
            self._per_second, self._left + (now - self._refilled_at) * self._per_second
        )
        self._refilled_at = now
        if self._left < amount:
            return False
        self._left -= amount
        return True
