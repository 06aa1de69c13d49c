"""When something of a track is in a recording: RTP time stamps, placed by when they came.

Within a stream its sender's clock says how far things are apart, so that pauses are kept and a
jumping network is not heard; when it begins, its arrival does. The trap is a time stamp that is no
continuation: after a reconnect a sender may count from anywhere, one that stalls may leave the time
out, and two clocks are never alike. So whatever comes too late for seconds is moved to where it is.
"""

from __future__ import annotations

from typing import Final

_MOST_APART_S: Final = 5.0
"""No network keeps a packet for longer: the sender counts anew."""
_WATCHED_S: Final = 2.0
"""The packet that was delayed least within so long tells the delay of the sender's clock."""
_MOST_OFF_S: Final = 0.2


class TrackTimes:
    """Of one stream.

    Args:
        rate_hz: Of its RTP clock.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._newest: int | None = None
        self._at = 0
        """Of the newest time stamp [ticks since the recording began]."""
        self._since_s = 0.0
        self._least = 0
        """How much later than placed packets came since then, at least [ticks]."""

    def at(self, timestamp: int, arrived_s: float) -> int:
        """Where it belongs [ticks since the recording began].

        Args:
            timestamp: Of RTP, modulo 2**32.
            arrived_s: When it came [s since the recording began].
        """
        arrived = round(arrived_s * self._rate_hz)
        after = 0 if self._newest is None else _signed(timestamp - self._newest)
        at = self._at + after
        if self._newest is None or abs(at - arrived) > _MOST_APART_S * self._rate_hz:
            at, after = arrived, 1
            self._watch_from(arrived_s)
        if after > 0:
            at = self._corrected(at, arrived, arrived_s)
            self._newest, self._at = timestamp, at
        return at

    def _corrected(self, at: int, arrived: int, arrived_s: float) -> int:
        self._least = min(self._least, arrived - at)
        if arrived_s - self._since_s < _WATCHED_S:
            return at
        off, most = self._least, _MOST_OFF_S * self._rate_hz
        self._watch_from(arrived_s)
        return at + off if abs(off) > most else at

    def _watch_from(self, now_s: float) -> None:
        self._since_s, self._least = now_s, 1 << 62


def _signed(difference: int) -> int:
    """The difference of two RTP time stamps, which wrap around (RFC 3550 5.1)."""
    return ((difference + 0x80000000) & 0xFFFFFFFF) - 0x80000000
