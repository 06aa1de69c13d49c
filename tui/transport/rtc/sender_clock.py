"""A sender's own time: RTCP sender reports tie RTP time stamps of sound and picture together.

A report says which RTP time stamp belongs to which moment of the sender's clock (RFC 3550 6.4.1);
with one for each of its streams, what was said and what was seen at the same moment can be told.
"""

from __future__ import annotations


class SenderClock:
    """Of one stream.

    Args:
        clock_hz: Of its RTP time stamps.
    """

    def __init__(self, clock_hz: int):
        self._clock_hz = clock_hz
        self._report: tuple[float, int] | None = None

    def report(self, ntp: int, timestamp: int) -> None:
        """A sender report: 64-bit NTP time, and the RTP time stamp of that moment."""
        self._report = ntp / 2**32, timestamp & 0xFFFFFFFF

    def at_s(self, timestamp: int) -> float:
        """The sender's time of an RTP time stamp [s since 1900]; 0.0 before any report."""
        if self._report is None:
            return 0.0
        moment_s, known = self._report
        ahead = (timestamp - known) & 0xFFFFFFFF
        if ahead >= 1 << 31:
            ahead -= 1 << 32
        return moment_s + ahead / self._clock_hz

    def forget(self) -> None:
        """Another stream comes instead."""
        self._report = None
