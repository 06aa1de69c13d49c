"""What a receiver of ours tells of its line (REMB), on a clock of its own."""

from __future__ import annotations

from tui.transport.rtc.arrival_estimate import ArrivalEstimate

FPS = 15
SSRC = 11


def test_a_line_that_is_wide_again_is_told_at_once() -> None:
    now_s, free_at_s, line_bps = 0.0, 0.0, 20_000_000
    estimate = ArrivalEstimate(lambda: now_s)
    told: list[tuple[float, int]] = []
    size = 600
    for number in range(25 * FPS):
        made_s = number / FPS
        line_bps = 20_000_000 if made_s < 4 or made_s >= 20 else 400_000
        # 720 kbit/s until the line is narrow, and then what it carries.
        for piece in range(10 if made_s < 5 else 4):
            sent_s = made_s + piece * 8 * size / 950_000
            free_at_s = now_s = max(sent_s, free_at_s) + 8 * size / line_bps
            stamp = int(sent_s * (1 << 18)) & 0xFFFFFF
            found = estimate.add(int(now_s * 1000), stamp, size, SSRC)
            if found is not None:
                told.append((now_s, found[0]))
                assert found[1] == [SSRC]
    narrow = [bps for at_s, bps in told if 6 < at_s < 20]
    assert narrow
    assert max(narrow) < 400_000
    assert max(bps for at_s, bps in told if 20 < at_s < 21.5) > 700_000
