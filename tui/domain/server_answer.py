"""How the server of a call answers before anybody joins.

Sentences here are for both front ends: the state first, in one word, then what to do about it.
"""

from __future__ import annotations

from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.network import NoAnswer

SLOW_FROM_MS: Final = 300.0
"""A round trip of this long is 150 ms one way, from where on people notice in a conversation
(ITU-T G.114); what devices and the others' own way add comes on top."""

_SLOW: Final = "You will hear one another late. Another network or a cable may help."


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAnswer:
    """How the server of a call answers before anybody joins."""

    round_trip_ms: float = 0.0
    """There and back, without connecting; the median of a few."""
    failure: NoAnswer | None = None
    """Why there is no round trip; None: it answers."""

    @property
    def is_good(self) -> bool:
        """It answers, and fast enough to talk."""
        return self.failure is None and self.round_trip_ms < SLOW_FROM_MS

    @property
    def words(self) -> str:
        """`ok, 45 ms`, `slow, 420 ms`, or `no answer: connection refused`; without a full stop."""
        if self.failure is not None:
            return f"no answer: {self.failure}"
        took = "under 1 ms" if self.round_trip_ms < 1 else f"{self.round_trip_ms:.0f} ms"
        return f"ok, {took}" if self.is_good else f"slow, {took}"

    @property
    def advice(self) -> str:
        """What to do about it, in sentences; empty when all is well."""
        if self.failure is not None:
            return self.failure.advice
        return "" if self.is_good else _SLOW

    @property
    def sentence(self) -> str:
        """Both, as `Network: ok, 45 ms.`, to be printed and spoken."""
        return f"Network: {self.words}. {self.advice}".rstrip()
