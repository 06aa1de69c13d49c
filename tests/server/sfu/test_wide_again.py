"""The way up over a line that is narrow for a while, on a clock of its own: nothing here waits."""

from __future__ import annotations

import heapq

import numpy as np
import pytest

from tui.server.sfu.narrow import ArrivalEstimate, NarrowLine
from tui.transport.rtc import vp8_encoder
from tui.transport.rtc.pacer import Pacer
from tui.transport.rtc.send_rate import full_rate
from tui.transport.rtc.vp8_encoder import CeiledVp8Encoder

FPS = 15
FULL_BPS = full_rate((480, 360))
NARROW_BPS = 500_000
VOICE_BPS = 60_000
KEY_PICTURE = 4.5
ON_TOP = 50
"""Bytes of headers and SRTP."""


class WayUp:
    """A publisher's encoder and pacer, a line that it shares with a voice, the server's estimate.

    Args:
        jitter_s: Each packet is noticed so much later at the most, in order.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, jitter_s: float) -> None:
        self.now_s = 0.0
        monkeypatch.setattr(vp8_encoder.time, "monotonic", lambda: self.now_s)
        self.encoder = CeiledVp8Encoder()
        self.encoder.ceiling_bits_per_s = self.encoder.full_bits_per_s = FULL_BPS
        self.encoder.target_bitrate = 3_000_000
        self.pacer = Pacer(lambda: self.encoder.pace_bits_per_s, lambda: 0.0, lambda: self.now_s)
        self.arrivals, self.line = ArrivalEstimate(), NarrowLine()
        self.line_bps = 20_000_000.0
        self.free_at_s = 0.0
        self.lateness_s: list[tuple[float, float]] = []
        """When packets came to the line, and how long each waited before it."""
        self.sent: list[tuple[float, float]] = []
        """When each picture was made, and at what rate."""
        self._on_its_way: list[tuple[float, int, int]] = []
        self._number, self._rate = 0, 0
        self._ticks_s, self._flowing = 0.0, 0
        self._chance, self._jitter_s = np.random.default_rng(3), jitter_s

    def run(self, until_s: float) -> None:
        """Pictures until then."""
        while self._number / FPS < until_s:
            self.now_s = max(self.now_s, self._number / FPS)
            self._tick()
            self._picture()
            # The sender sends the newest picture there is when it has sent one.
            self._number = max(self._number + 1, int(self.now_s * FPS))

    def _picture(self) -> None:
        rate, made_s = self.encoder.target_bitrate, self.now_s
        share = KEY_PICTURE if rate != self._rate else 1.0
        self._rate = rate
        self.sent.append((made_s, rate))
        for payload in self.encoder._packetize(bytes(int(share * rate / FPS / 8)), 1):
            size = len(payload) + ON_TOP
            packet = bytes(2) + (len(self.lateness_s) & 0xFFFF).to_bytes(2) + bytes(size - 4)
            self.now_s += self.pacer.wait_s(packet) or 0.0
            waits_s = max(0.0, self.free_at_s - self.now_s)
            self.lateness_s.append((self.now_s, waits_s))
            if waits_s > 0.3:
                continue
            # The voice takes its share of the line all the time.
            self.free_at_s = self.now_s + waits_s + 8 * size / (self.line_bps - VOICE_BPS)
            noticed_s = self.free_at_s + self._chance.random() * self._jitter_s
            heapq.heappush(self._on_its_way, (noticed_s, int(self.now_s * (1 << 18)), size))

    def _tick(self) -> None:
        while self._ticks_s + 0.5 <= self.now_s:
            self._ticks_s += 0.5
            while self._on_its_way and self._on_its_way[0][0] <= self._ticks_s:
                came_s, sent_at, size = heapq.heappop(self._on_its_way)
                self.arrivals.add(sent_at & 0xFFFFFF, size, 1, came_s)
                self._flowing += 8 * size
            limit = self.line.update(self.arrivals.take(), self._flowing, self._ticks_s)
            self._flowing = 0
            self.encoder.target_bitrate = 3_000_000 if limit is None else int(limit)


@pytest.mark.parametrize(
    ("narrow_bps", "jitter_s"), [(500_000, 0), (500_000, 0.004), (250_000, 0), (250_000, 0.004)]
)
def test_pictures_fall_and_rise_with_the_line(
    monkeypatch: pytest.MonkeyPatch, narrow_bps: float, jitter_s: float
) -> None:
    way = WayUp(monkeypatch, jitter_s)
    way.run(9)
    assert way.sent[-1][1] == FULL_BPS
    way.line_bps = narrow_bps
    way.run(25)
    narrow = [rate for at_s, rate in way.sent if 12 < at_s < 25]
    assert max(narrow) < narrow_bps - VOICE_BPS
    assert np.median(narrow) > 0.5 * narrow_bps
    waits_s = [waits_s for at_s, waits_s in way.lateness_s if 12 < at_s < 25]
    assert np.percentile(waits_s, 95) < 0.1  # the voice behind them comes in time
    way.line_bps = 20_000_000
    way.run(30)
    assert min(at_s for at_s, rate in way.sent if at_s > 25 and rate > 0.9 * FULL_BPS) < 28


def test_on_a_line_that_stays_narrow_the_full_rate_is_not_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    way = WayUp(monkeypatch, 0.004)
    way.line_bps = NARROW_BPS
    way.run(120)
    assert max(rate for at_s, rate in way.sent if at_s > 8) < NARROW_BPS
