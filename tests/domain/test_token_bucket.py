from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.token_bucket import TokenBucket


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_burst_goes_at_once_and_the_rest_as_it_comes_back() -> None:
    clock = Clock()
    bucket = TokenBucket(2, 5, clock)
    assert [bucket.spend() for _ in range(6)] == [True] * 5 + [False]
    clock.now_s += 0.5
    assert (bucket.spend(), bucket.spend()) == (True, False)
    clock.now_s += 60
    assert bucket.left == 5


def test_what_is_refused_takes_nothing() -> None:
    bucket = TokenBucket(1, 10, Clock())
    assert not bucket.spend(11)
    assert bucket.left == 10


def test_who_waits_for_what_lacks_may_take_it() -> None:
    clock = Clock()
    bucket = TokenBucket(100, 50, clock)
    for amount, lacks_s in ((30, 0.0), (30, 0.1), (80, 0.8)):
        assert bucket.lacks_s(amount) == pytest.approx(lacks_s)
        clock.now_s += lacks_s
        bucket.owe(amount)
    assert bucket.left == pytest.approx(-30), "a message larger than a burst is paid for later"


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 20)), max_size=60))
def test_never_more_than_a_burst_and_the_rate(asked: list[tuple[float, int]]) -> None:
    clock = Clock()
    bucket, spent = TokenBucket(4, 12, clock), 0
    for after_s, amount in asked:
        clock.now_s += after_s
        spent += amount * bucket.spend(amount)
    assert spent <= 12 + 4 * (clock.now_s - 100) + 1e-6
