"""How much the bridge may send us, told once a second (REMB).

A bridge believes what it is told, and stops forwarding below it; so we begin with a call's worth
and give way only to loss, by the loss-based rule of `rtc/send_rate`.
"""

from __future__ import annotations

from typing import Final

from tui.transport.rtc.send_rate import next_share

FULL_BITS_PER_S: Final = 4_000_000
"""Ten tiles of 360 lines, or three of 720."""


class Downlink:
    """What we can take."""

    def __init__(self) -> None:
        self._share = 1.0
        self._before = (0, 0)
        self.lost = 0.0
        """The share of packets lost (0 to 1) in the last second that had any."""

    @property
    def bits_per_s(self) -> int:
        """What to tell the bridge now."""
        return int(FULL_BITS_PER_S * self._share)

    def count(self, packets: int, lost: int) -> None:
        """Take the sums of all streams so far; a stream that ended makes them smaller."""
        came = packets - self._before[0]
        missing = max(0, lost - self._before[1])
        self._before = packets, lost
        if came > 0:
            self.lost = missing / (came + missing)
            self._share = next_share(self._share, self.lost)


def quality_of(lost: float) -> int:
    """Our connection as others show it, 1 to 100, by the share of packets lost."""
    steps = ((0.0, 100), (0.02, 90), (0.04, 70), (0.06, 50), (0.08, 30), (0.12, 10))
    return next((quality for bound, quality in steps if lost <= bound), 1)
