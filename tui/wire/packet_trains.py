"""What a line carries at the least, by how fast packets came that were sent together.

A sender that is held back by an estimate never shows that more would go through: the estimate of
what arrives grows by some kbit/s a second (draft-ietf-rmcat-gcc-02, 5.5), and a line that was
narrow for a while is used in full again after half a minute. But pictures leave in *trains*: a few
packets close together, and then nothing until the next picture. A narrow line pulls a train
apart, a wide one does not (packet train dispersion, Jain and Dovrolis 2003; libwebrtc finds the
same in clusters of padding that it sends for it). So nothing is sent to find out, and a line's
queue never holds more than one picture for it.

The trap: one train says little. Whoever receives it may have been busy, and takes its packets all
at once; a shaper may let a train pass that it holds back when many follow. So the median of a
second counts; a raise stays below it; and one that a queue answers is not tried again for a time
that doubles.
"""

from __future__ import annotations

from collections import deque
from statistics import median
from typing import Final

_CLOCK: Final = 1 << 24
_TICKS_PER_S: Final = 1 << 18
"""abs-send-time is 24 bits, 18 of them of a second."""
_GAP_S: Final = 0.015
"""Packets of one train follow one another in this; pictures are 33 ms apart or more."""
_LEAST_PACKETS: Final = 2
_LEAST_BITS: Final = 3_000
"""After the first packet of a train: 6 ms of a line of 500 kbit/s; less drowns in clocks."""
_SHORTEST_S: Final = 0.001
_WINDOW_S: Final = 1.0
_LEAST_TRAINS: Final = 6
_MARGIN: Final = 0.85
"""As AIMD takes of what arrives when there is a queue (draft-ietf-rmcat-gcc-02, 5.5)."""
_WORTH: Final = 1.6
"""Less more is left to the usual growth."""
_NEAR: Final = 1.2
"""An estimate that is so near to what trains show, or lower, grows no further than that: it would
until packets queue. One far above it is of a line that scatters packets, not of a narrow one."""
_FAILS_WITHIN_S: Final = 4.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 4.0, 64.0


class PacketTrains:
    """The rate at which the trains of the last second came."""

    def __init__(self) -> None:
        self._trains: deque[tuple[float, float]] = deque(maxlen=64)
        """When each came [s], and how fast [bit/s]."""
        self._sent_at: int | None = None
        self._ticks = self._packets = self._bits = 0
        self._began_s = self._ended_s = 0.0

    def add(self, sent_at: int, size: int, now_s: float) -> None:
        """A packet came.

        Args:
            sent_at: Its abs-send-time.
            size: In bytes.
            now_s: Monotonic seconds.
        """
        if self._sent_at is not None:
            later = (sent_at - self._sent_at) % _CLOCK
            if later >= _CLOCK // 2:  # sent again, or overtaken
                return
            if later <= _GAP_S * _TICKS_PER_S:
                self._ticks += later
                self._packets += 1
                self._bits += 8 * size
                self._ended_s = now_s
                self._sent_at = sent_at
                return
            self._end()
        self._sent_at, self._began_s, self._ended_s = sent_at, now_s, now_s
        self._packets, self._ticks, self._bits = 1, 0, 0

    def _end(self) -> None:
        if self._packets >= _LEAST_PACKETS and self._bits >= _LEAST_BITS:
            # A receiver that was busy takes a train faster than it was sent: that is no line.
            took_s = max(self._ended_s - self._began_s, self._ticks / _TICKS_PER_S, _SHORTEST_S)
            self._trains.append((self._ended_s, self._bits / took_s))

    def forget(self) -> None:
        """What came so far says nothing of the line as it is now."""
        self._trains.clear()

    def rate_bps(self, now_s: float) -> float | None:
        """Median of the last second [bit/s]; None: too few of them."""
        while self._trains and self._trains[0][0] < now_s - _WINDOW_S:
            self._trains.popleft()
        if len(self._trains) < _LEAST_TRAINS:
            return None
        return median(rate for _, rate in self._trains)


class TrainRule:
    """How an estimate of a line is mended by what trains show of it."""

    def __init__(self) -> None:
        self._trains = PacketTrains()
        self._before_bps: float | None = None
        self._raised_at_s: float | None = None
        self._not_before_s = float("-inf")
        self._wait_s = _FIRST_WAIT_S

    def take(
        self, sent_at: int, size: int, now_s: float, *, estimate_bps: float | None, queued: bool
    ) -> float | None:
        """A packet came. Answers the estimate from now on [bit/s], if it is another one.

        Args:
            sent_at: Its abs-send-time.
            size: In bytes.
            now_s: Monotonic seconds.
            estimate_bps: What is estimated now; None: nothing is.
            queued: Packets come later and later.
        """
        self._trains.add(sent_at, size, now_s)
        if queued:
            self._queued(now_s)
        elif self._raised_at_s is not None and now_s - self._raised_at_s >= _FAILS_WITHIN_S:
            self._raised_at_s, self._wait_s = None, _FIRST_WAIT_S
        before_bps, self._before_bps = self._before_bps, estimate_bps
        if estimate_bps is None or before_bps is None or queued:
            return None
        rate_bps = self._trains.rate_bps(now_s)
        if rate_bps is None:
            return None
        carried_bps, mended_bps = _MARGIN * rate_bps, None
        if carried_bps >= _WORTH * estimate_bps:
            if now_s >= self._not_before_s:
                self._raised_at_s, mended_bps = now_s, carried_bps
                self._trains.forget()
        elif max(before_bps, carried_bps) < estimate_bps < rate_bps * _NEAR:
            mended_bps = max(before_bps, carried_bps)
        if mended_bps is not None:
            self._before_bps = mended_bps
        return mended_bps

    def _queued(self, now_s: float) -> None:
        self._trains.forget()
        if self._raised_at_s is not None and now_s - self._raised_at_s < _FAILS_WITHIN_S:
            self._not_before_s = now_s + self._wait_s
            self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)
        self._raised_at_s = None
