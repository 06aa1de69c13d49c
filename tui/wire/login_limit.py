"""How often somebody may try to log in."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Final

from tui.domain.errors import CallsError
from tui.wire.rules import too_many_logins

WINDOW_S: Final = 60.0
_MAX_KEYS: Final = 10_000


class LoginLimiter:
    """At most `per_minute` attempts for each key within any 60 seconds.

    A key is what the caller makes of it (user ID and address). Memory is bounded: beyond ten
    thousand keys the longest known ones are forgotten.
    """

    def __init__(
        self, per_minute: int = 20, *, refusal: Callable[[int], CallsError] = too_many_logins
    ):
        self._per_minute = per_minute
        self._refusal = refusal
        self._attempts: dict[tuple[str, str], deque[float]] = {}

    def attempt(self, uid: str, address: str, now_s: float) -> None:
        """Count one attempt at monotonic time `now_s` [s].

        Raises:
            CallsError: `ERR_TOO_MANY_LOGINS` or `refusal`; refused attempts are not counted.
        """
        key = (uid[:200], address)
        times = self._attempts.setdefault(key, deque())
        while times and times[0] <= now_s - WINDOW_S:
            times.popleft()
        if len(times) >= self._per_minute:
            raise self._refusal(max(1, math.ceil(times[0] + WINDOW_S - now_s)))
        times.append(now_s)
        while len(self._attempts) > _MAX_KEYS:
            del self._attempts[next(iter(self._attempts))]
