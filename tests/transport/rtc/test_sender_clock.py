from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.transport.rtc.sender_clock import SenderClock


def test_before_a_report_nothing_is_known():
    clock = SenderClock(48_000)
    assert clock.at_s(5) == 0.0
    clock.report(100 << 32, 0)
    assert clock.at_s(48_000) == pytest.approx(101)
    clock.forget()
    assert clock.at_s(48_000) == 0.0


@given(st.integers(0, 2**32 - 1), st.integers(-(2**30), 2**30))
def test_time_stamps_may_wrap_around(known, ahead):
    clock = SenderClock(90_000)
    clock.report(3_900_000_000 << 32, known)
    at_s = clock.at_s((known + ahead) & 0xFFFFFFFF)
    assert at_s - 3_900_000_000 == pytest.approx(ahead / 90_000, abs=1e-4)
