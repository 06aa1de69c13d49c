"""What a line to us carries of pictures, as their senders are told it (REMB)."""

from __future__ import annotations

import time
from collections.abc import Callable

from aiortc.rate import BandwidthUsage, RemoteBitrateEstimator

from tui.wire.packet_trains import TrainRule


class ArrivalEstimate(RemoteBitrateEstimator):
    """aiortc's estimator, which also sees at once that a line is wide again.

    Args:
        clock: Monotonic time [s]; aiortc's own is of whole milliseconds, and may be set back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._trains = TrainRule()

    def add(
        self, arrival_time_ms: int, abs_send_time: int, payload_size: int, ssrc: int
    ) -> tuple[int, list[int]] | None:
        """As `RemoteBitrateEstimator.add`: the estimate [bit/s] and whose, to be told."""
        found = super().add(arrival_time_ms, abs_send_time, payload_size, ssrc)
        control = self.rate_control
        mended_bps = self._trains.take(
            abs_send_time,
            payload_size,
            self._clock(),
            estimate_bps=control.current_bitrate if control.current_bitrate_initialized else None,
            queued=self.detector.state() is BandwidthUsage.OVERUSING,
        )
        if mended_bps is None:
            return found
        control.set_estimate(int(mended_bps), arrival_time_ms)
        self.last_update_ms = arrival_time_ms
        return control.current_bitrate, list(self.ssrcs)
