"""Asking for lost packets again: until they come, and not for those that are only late."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from tui.transport.rtc.repeat_requests import RepeatRequests

SOURCES = st.sampled_from([1, 2])


class Stream:
    """Packets of one stream on their way in."""

    def __init__(self, trial_every: int = 1000) -> None:
        self.now_s = 0.0
        self.requests = RepeatRequests(clock=lambda: self.now_s, trial_every=trial_every)

    def comes(self, number: int, *, at_s: float, ssrc: int = 1) -> set[int]:
        """What is asked for when this packet comes."""
        self.now_s = at_s
        packet = SimpleNamespace(sequence_number=number & 0xFFFF, ssrc=ssrc)
        return set(self.requests.missing) if self.requests.add(packet) else set()


def test_a_lost_packet_is_asked_for_until_it_is_given_up() -> None:
    stream = Stream()
    stream.comes(0, at_s=0)
    assert stream.comes(2, at_s=0.02) == {1}
    asked = [at for at in range(3, 60) if stream.comes(at, at_s=at * 0.02)]
    times = [0.02, *(at * 0.02 for at in asked)]
    assert len(times) == 3
    first, second = (later - sooner for sooner, later in itertools.pairwise(times))
    assert second > 1.5 * first
    assert times[-1] < 0.6


def test_what_came_is_not_asked_for() -> None:
    stream = Stream()
    stream.comes(0xFFFE, at_s=0)
    assert stream.comes(1, at_s=0.02) == {0xFFFF, 0}
    assert stream.comes(0xFFFF, at_s=0.05) == set()
    assert stream.comes(2, at_s=0.4) == {0}


def test_it_asks_sooner_again_where_answers_come_soon() -> None:
    near, far = Stream(), Stream()
    for stream, answer_s in ((near, 0.01), (far, 0.15)):
        for step in range(12):
            first, at_s = 2 * step, 2.0 * step
            stream.comes(first, at_s=at_s)
            assert first + 1 in stream.comes(first + 2, at_s=at_s + 0.02)
            stream.comes(first + 1, at_s=at_s + 0.02 + answer_s)
    for stream, again_s in ((near, 0.05), (far, 0.23)):
        stream.comes(100, at_s=100)
        stream.comes(102, at_s=100)
        soon = {at: 101 in stream.comes(103 + at, at_s=100 + at / 100) for at in range(1, 30)}
        assert min(at for at, asked in soon.items() if asked) / 100 <= again_s + 0.02


def test_late_packets_are_waited_for() -> None:
    stream = Stream(trial_every=4)
    for first in range(0, 200, 2):
        at_s = first * 0.02
        stream.comes(first + 1, at_s=at_s)  # each second one overtakes the one before
        asked = stream.comes(first, at_s=at_s + 0.015)
    assert asked == set()
    assert stream.comes(201, at_s=5.0) == set()
    assert 200 in stream.comes(202, at_s=5.11)


def test_another_sender_is_another_count() -> None:
    stream = Stream()
    stream.comes(0, at_s=0)
    assert stream.comes(5, at_s=0.1, ssrc=2) == set()
    assert stream.comes(30_000, at_s=0.2, ssrc=2) == set()


@given(st.lists(st.tuples(st.integers(0, 0xFFFF) | st.integers(0, 40), st.floats(0, 1), SOURCES)))
def test_whatever_comes_what_is_asked_for_is_bounded(came: list[tuple[int, float, int]]) -> None:
    stream = Stream()
    at_s = 0.0
    for number, pause_s, ssrc in came:
        at_s += pause_s
        asked = stream.comes(number, at_s=at_s, ssrc=ssrc)
        assert number not in asked
        assert len(asked) <= 64
