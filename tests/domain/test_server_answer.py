"""How the server of a call answers, in words that stand in a row, a line and an ear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.domain.network import NoAnswer
from tui.domain.server_answer import SLOW_FROM_MS, ServerAnswer


@pytest.mark.parametrize(
    ("round_trip_ms", "words"),
    [
        (0.0, "ok, under 1 ms"),
        (0.94, "ok, under 1 ms"),
        (1.2, "ok, 1 ms"),
        (45.4, "ok, 45 ms"),
        (299.4, "ok, 299 ms"),
        (300.0, "slow, 300 ms"),
        (420.0, "slow, 420 ms"),
        (2345.6, "slow, 2346 ms"),
    ],
)
def test_a_round_trip_in_words(round_trip_ms: float, words: str) -> None:
    answer = ServerAnswer(round_trip_ms=round_trip_ms)
    assert answer.words == words
    assert answer.is_good is words.startswith("ok") is (not answer.advice)
    assert answer.sentence.startswith(f"Network: {words}.")


@given(st.floats(0, 1e5))
def test_only_what_is_slow_is_called_so(round_trip_ms: float) -> None:
    answer = ServerAnswer(round_trip_ms=round_trip_ms)
    assert answer.words.startswith("slow") is (round_trip_ms >= SLOW_FROM_MS)
    assert len(answer.words) <= 28, "the row of 40 columns has this much"


@pytest.mark.parametrize("failure", NoAnswer)
def test_each_failure_says_why_and_what_to_do(failure: NoAnswer) -> None:
    answer = ServerAnswer(failure=failure)
    assert not answer.is_good
    assert answer.words == f"no answer: {failure}" and len(failure) <= 32
    assert answer.advice.endswith(".") and len(answer.advice) <= 76, "one line of 80 columns"
    assert answer.sentence == f"Network: no answer: {failure}. {answer.advice}"
