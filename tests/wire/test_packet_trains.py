"""Trains of packets over a simulated line: what is concluded, and when an estimate is raised."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tui.wire.packet_trains import PacketTrains, TrainRule

FPS = 15


def stamp(at_s: float) -> int:
    return int(at_s * (1 << 18)) & 0xFFFFFF


class Line:
    """Carries `rate_bps`; the rest waits."""

    def __init__(self, rate_bps: float) -> None:
        self.rate_bps = rate_bps
        self._free_at_s = 0.0

    def came_s(self, sent_s: float, size: int) -> float:
        self._free_at_s = max(sent_s, self._free_at_s) + 8 * size / self.rate_bps
        return self._free_at_s


def pictures(
    line: Line, from_s: float, until_s: float, *, pace_bps: float = 950_000, size: int = 600
) -> Iterator[tuple[int, int, float]]:
    """Stamp, size and arrival of the packets of pictures, four to each."""
    for number in range(round(from_s * FPS), round(until_s * FPS)):
        for piece in range(4):
            sent_s = number / FPS + piece * 8 * size / pace_bps
            yield stamp(sent_s), size, line.came_s(sent_s, size)


@pytest.mark.parametrize(("line_bps", "seen_bps"), [(500_000, 500_000), (5_000_000, 950_000)])
def test_a_train_comes_as_fast_as_the_line_carries_or_as_it_left(
    line_bps: float, seen_bps: float
) -> None:
    trains, came_s = PacketTrains(), 0.0
    for sent_at, size, came_s in pictures(Line(line_bps), 60, 68):  # stamps begin again at 64
        trains.add(sent_at, size, came_s)
    assert trains.rate_bps(came_s) == pytest.approx(seen_bps, rel=0.02)
    assert trains.rate_bps(came_s + 2) is None


def test_a_busy_receiver_does_not_make_a_line_wide() -> None:
    trains, came_s = PacketTrains(), 0.0
    for number, (sent_at, size, arrives_s) in enumerate(pictures(Line(500_000), 0, 3)):
        if number % 4 == 0 or number % 12 >= 4:
            came_s = arrives_s
        trains.add(sent_at, size, came_s)  # a third of the trains came all at once
    assert trains.rate_bps(came_s) == pytest.approx(500_000, rel=0.02)


def test_what_is_sent_again_and_what_is_too_little_says_nothing() -> None:
    trains, came_s = PacketTrains(), 0.0
    for sent_at, size, came_s in pictures(Line(5_000_000), 0, 2, size=100):
        trains.add(sent_at, size, came_s)
    assert trains.rate_bps(came_s) is None
    for sent_at, size, came_s in pictures(Line(5_000_000), 2, 4):
        trains.add(sent_at, size, came_s)
        trains.add(stamp(1.0), 1200, came_s)
    assert trains.rate_bps(came_s) == pytest.approx(950_000, rel=0.02)


def raised(
    rule: TrainRule, line: Line, from_s: float, until_s: float, estimate_bps: float
) -> list[tuple[float, float]]:
    """When the estimate was raised and to what, where nothing queues."""
    found = []
    for sent_at, size, came_s in pictures(line, from_s, until_s):
        one = rule.take(sent_at, size, came_s, estimate_bps=estimate_bps, queued=False)
        if one is not None:
            found.append((came_s, one))
            estimate_bps = one
    return found


def test_an_estimate_is_raised_once_the_line_is_wide_and_not_before() -> None:
    rule, line = TrainRule(), Line(500_000)
    assert raised(rule, line, 0, 15, 380_000) == []
    line.rate_bps = 20_000_000
    ((at_s, to_bps),) = raised(rule, line, 15, 20, 380_000)
    assert at_s < 16
    assert to_bps == pytest.approx(0.85 * 950_000, rel=0.02)


def test_a_raise_that_a_queue_answers_waits_twice_as_long_each_time() -> None:
    rule, line = TrainRule(), Line(20_000_000)  # as a shaper does, that lets a train pass
    tries, at_s = [], 0.0
    while at_s < 60:
        found = raised(rule, line, at_s, at_s + 1, 300_000)
        at_s += 1
        if found:
            tries.append(found[0][0])
            at_s += 1
            rule.take(stamp(at_s), 600, at_s, estimate_bps=800_000, queued=True)
    gaps = [after - before for before, after in itertools.pairwise(tries)]
    assert len(gaps) == 3
    assert all(after > 1.6 * before for before, after in itertools.pairwise(gaps))
    assert gaps[0] > 4


def test_nothing_is_raised_where_nothing_is_estimated() -> None:
    rule = TrainRule()
    for sent_at, size, came_s in pictures(Line(20_000_000), 0, 3):
        assert rule.take(sent_at, size, came_s, estimate_bps=None, queued=False) is None
