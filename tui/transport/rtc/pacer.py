"""When the packets of our pictures may leave, so that they do not stand before the voice.

A key picture put on a narrow line at once fills its queue for a quarter of a second, and what is
said meanwhile comes late or is lost with it. So pictures leave a packet at a time, a little faster
than they are made; the packets of the voice, which wait for nothing, go between them.

What is asked for again goes at once, but not without end: of a line that became narrow everything
is, several times, and twice the rate that did not go through would fill it for seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_AT_ONCE_S: Final = 0.002
"""A shorter wait is no wait: the clock of the event loop is not finer."""
_LONGEST_S: Final = 0.3
"""No packet waits longer, however large the picture is."""
_SAVED_S: Final = 0.25
"""So much of the rate of repeats may go at once."""


class Pacer:
    """The pace of one stream.

    Args:
        rate: What may leave now [bit/s].
        again_rate: What may be sent again [bit/s].
        clock: Monotonic time [s].
    """

    def __init__(
        self,
        rate: Callable[[], float],
        again_rate: Callable[[], float],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate, self._again_rate = rate, again_rate
        self._clock = clock
        self._free_at_s = 0.0
        self._newest: int | None = None
        self._again_from_s = 0.0

    def wait_s(self, packet: bytes, *, again: bool = False) -> float | None:
        """How long to keep an RTP packet; one that is sent again goes at once, or not (None).

        Args:
            packet: One with an older number than others is sent again, too.
            again: It is, in a stream of its own (RFC 4588).
        """
        number = int.from_bytes(packet[2:4])
        now_s = self._clock()
        if again or (self._newest is not None and (number - self._newest - 1) & 0xFFFF >= 0x8000):
            return 0.0 if self._may_repeat(8 * len(packet), now_s) else None
        self._newest = number
        waits_s = min(max(0.0, self._free_at_s - now_s), _LONGEST_S)
        self._free_at_s = now_s + waits_s + len(packet) * 8 / self._rate()
        return waits_s if waits_s > _AT_ONCE_S else 0.0

    def _may_repeat(self, bits: int, now_s: float) -> bool:
        if self._again_from_s > now_s:
            return False
        self._again_from_s = max(self._again_from_s, now_s - _SAVED_S) + bits / self._again_rate()
        return True
