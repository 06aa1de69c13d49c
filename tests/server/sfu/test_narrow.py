"""A line that carries less than is sent: what is concluded of it, and for how long."""

from __future__ import annotations

import pytest

from tui.server.sfu import rtcp
from tui.server.sfu.adaptation import LayerCeiling
from tui.server.sfu.narrow import LEAST_BPS, ArrivalEstimate, NarrowLine


def test_an_estimate_counts_from_below_what_flows_until_well_above() -> None:
    line = NarrowLine()
    line.update(None, 0, -1)
    assert line.update(1_400_000, 980_000, 0) is None
    assert line.update(400_000, 980_000, 1) == 360_000
    assert line.is_full
    assert line.update(440_000, 380_000, 2) == 396_000
    assert not line.is_full
    for second in range(3, 20):
        line.update(660_000, 440_000, second)
    assert line.limit_bps is None


def test_a_still_picture_says_nothing_of_a_line() -> None:
    line = NarrowLine()
    line.update(None, 0, -1)
    assert line.update(20_000, 30_000, 0) is None
    assert line.update(20_000, 200_000, 1) == LEAST_BPS


def test_the_estimate_falls_within_a_second_of_a_queue() -> None:
    arrivals, line = ArrivalEstimate(), NarrowLine()
    queued_until_s, flowing = 0.0, 0
    narrow_at_s = None
    for number in range(600):  # 1,000 bytes every 10 ms: 800 kbit/s
        sent_s = number / 100
        rate = 400_000 if sent_s >= 4 else 10_000_000
        queued_until_s = max(sent_s, queued_until_s) + 8000 / rate
        sent_at = int(sent_s * (1 << 18)) & 0xFFFFFF
        arrivals.add(sent_at, 1000, 1, queued_until_s)
        flowing += 8000
        if number % 100 == 99:
            line.update(arrivals.take(), flowing, queued_until_s)
            flowing = 0
            if line.limit_bps is not None and narrow_at_s is None:
                narrow_at_s = sent_s
    assert narrow_at_s is not None
    assert 4 <= narrow_at_s < 5.5
    assert line.limit_bps is not None
    assert line.limit_bps < 500_000


def test_what_is_estimated_is_read_as_it_was_written() -> None:
    for bps in (0, 1, 300_000, 262_143, 2_500_000_000):
        found = rtcp.parse_remb(rtcp.remb(bps, (7, 9)))
        assert found is not None
        assert found[0] == pytest.approx(bps, rel=1e-5)
        assert found[1] == (7, 9)
    assert rtcp.parse_remb(rtcp.pli(7)) is None
    with pytest.raises(rtcp.RtcpError):
        rtcp.parse_remb(rtcp.remb(1, (7, 9))[:-4])


def test_a_narrow_line_lowers_the_layer_without_loss() -> None:
    ceiling = LayerCeiling()
    assert ceiling.update(0.0, 2, 10.0, narrow=True)
    assert ceiling.index == 1
