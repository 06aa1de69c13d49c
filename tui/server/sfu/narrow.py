"""Lines that carry less than what is sent over them: noticed by delay, before packets are lost.

Packets that queue before a narrow line come later and later. A receiver sees it in the times they
were sent at (abs-send-time) and says how much would go through (REMB): subscribers say it to us,
and of what publishers send we find it ourselves, with the estimator that aiortc's receivers have.

The trap: nobody can estimate much more than is sent to them, so an estimate is no wish. It counts
only once it is below what flows, and until it is well above that again. How fast the packets of one
picture come tells more, and sooner (`wire/packet_trains`).
"""

from __future__ import annotations

from typing import Final

from aiortc.rate import BandwidthUsage, RemoteBitrateEstimator

from tui.wire.packet_trains import TrainRule

_BELOW: Final = 0.95
_WELL_ABOVE: Final = 1.4
_DRAINING: Final = 0.9
_FREE_AFTER_S: Final = 4.0
_LEAST_FLOW_BPS: Final = 80_000
"""Less says nothing about a line: a still picture, and a burst when it moves."""
LEAST_BPS: Final = 100_000
"""Nobody is asked to send pictures with less; a line that is narrower loses some."""


class NarrowLine:
    """What one line carries, while that is less than is wanted."""

    def __init__(self) -> None:
        self.limit_bps: float | None = None
        """Most bits a second of video; None: as much as there is."""
        self.is_full = False
        """Whether more flows than goes through."""
        self._free_since: float | None = None
        self._asked_at: float | None = None

    def update(self, estimate_bps: float | None, bits: float, now: float) -> float | None:
        """Take an estimate; call regularly. Answers `limit_bps`.

        Args:
            estimate_bps: What would go through; None: nothing new is known.
            bits: What was sent over it since the last call.
            now: Monotonic seconds.
        """
        since, self._asked_at = self._asked_at, now
        if since is not None and estimate_bps is not None and now > since:
            self._take(estimate_bps, bits / (now - since), now)
        return self.limit_bps

    def _take(self, estimate_bps: float, flowing_bps: float, now: float) -> None:
        self.is_full = flowing_bps >= _LEAST_FLOW_BPS and estimate_bps < _BELOW * flowing_bps
        if self.limit_bps is None and not self.is_full:
            return
        # A little less than goes through, for what waits before the line has to go, too.
        self.limit_bps = max(LEAST_BPS, _DRAINING * estimate_bps)
        if estimate_bps < _WELL_ABOVE * flowing_bps:
            self._free_since = None
        elif self._free_since is None:
            self._free_since = now
        elif now - self._free_since >= _FREE_AFTER_S:
            self.limit_bps = None


class ArrivalEstimate:
    """What a line carries, by when packets left and came."""

    def __init__(self) -> None:
        self._estimator = RemoteBitrateEstimator()
        self._trains = TrainRule()
        self._newest_bps: float | None = None

    def add(self, sent_at: int, size: int, ssrc: int, now: float) -> None:
        """A packet of video came.

        Args:
            sent_at: Its abs-send-time: 24 bits, 18 of them of a second.
            size: In bytes.
            ssrc: Its source.
            now: Monotonic seconds.
        """
        estimator, now_ms = self._estimator, int(now * 1000)
        found = estimator.add(now_ms, sent_at, size, ssrc)
        if found is not None:
            self._newest_bps = found[0]
        control = estimator.rate_control
        mended_bps = self._trains.take(
            sent_at,
            size,
            now,
            estimate_bps=control.current_bitrate if control.current_bitrate_initialized else None,
            queued=estimator.detector.state() is BandwidthUsage.OVERUSING,
        )
        if mended_bps is not None:
            control.set_estimate(int(mended_bps), now_ms)
            self._newest_bps = mended_bps

    def take(self) -> float | None:
        """The estimate [bit/s], for `NarrowLine`; None: nothing new."""
        newest, self._newest_bps = self._newest_bps, None
        return newest
