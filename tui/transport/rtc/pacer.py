"""When the packets of our pictures may leave, so that they do not stand before the voice.

A key picture put on a narrow line at once fills its queue for a quarter of a second, and what is
said meanwhile comes late or is lost with it. So pictures leave a packet at a time, a little faster
than they are made; the packets of the voice, which wait for nothing, go between them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

_AT_ONCE_S: Final = 0.002
"""A shorter wait is no wait: the clock of the event loop is not finer."""
_LONGEST_S: Final = 0.3
"""No packet waits longer, however large the picture is."""


class Pacer:
    """The pace of one stream.

    Args:
        rate: What may leave now [bit/s].
        clock: Monotonic time [s].
    """

    def __init__(
        self, rate: Callable[[], float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._free_at_s = 0.0
        self._newest: int | None = None

    def wait_s(self, packet: bytes) -> float:
        """How long to keep an RTP packet; one that is sent again goes at once."""
        number = int.from_bytes(packet[2:4])
        again = self._newest is not None and (number - self._newest - 1) & 0xFFFF >= 0x8000
        if again:
            return 0.0
        self._newest = number
        now_s = self._clock()
        waits_s = min(max(0.0, self._free_at_s - now_s), _LONGEST_S)
        self._free_at_s = now_s + waits_s + len(packet) * 8 / self._rate()
        return waits_s if waits_s > _AT_ONCE_S else 0.0
