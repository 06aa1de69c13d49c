from __future__ import annotations

from tui.devices.keeping_up import Pace


def called_for(pace: Pace, seconds: float, share: float, start_s: float = 0.0) -> float:
    """Blocks of 10 ms, `share` of what the clock says; when it ended."""
    now_s = start_s
    for _ in range(round(seconds * 100 * share)):
        now_s += 0.01 / share
        pace.called(480, now_s)
    return now_s


def test_a_device_in_time_is_not_behind():
    pace = Pace(0.0)
    called_for(pace, 30, 1.0)
    assert not pace.behind


def test_over_a_network_one_hole_is_not_behind_but_three_slow_seconds_are():
    pace = Pace(0.0, far=True)
    now_s = called_for(pace, 3, 1.0)
    now_s = called_for(pace, 6, 1.0, now_s + 0.3)
    assert not pace.behind
    called_for(pace, 4, 0.9, now_s)
    assert pace.behind


def test_a_busy_machine_is_given_more_time():
    pace = Pace(0.0)
    now_s = called_for(pace, 20, 0.95)
    assert not pace.behind
    called_for(pace, 10, 0.8, now_s)
    assert pace.behind


def test_callbacks_in_bursts_are_in_time():
    pace, now_s = Pace(0.0), 0.0
    for _ in range(200):
        now_s += 0.04
        for _ in range(4):
            pace.called(480, now_s)
    assert not pace.behind
