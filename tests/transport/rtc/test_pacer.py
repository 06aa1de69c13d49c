"""Pictures leave a packet at a time; what is sent again waits for nothing."""

from __future__ import annotations

import pytest

from tui.transport.rtc.pacer import Pacer


def packet(number: int) -> bytes:
    return bytes((0x80, 96)) + (number & 0xFFFF).to_bytes(2) + bytes(996)


def test_a_large_picture_leaves_at_the_rate_and_the_next_one_after_it() -> None:
    now_s = 10.0
    pacer = Pacer(lambda: 400_000, lambda: 100_000, lambda: now_s)
    waits = []
    for number in range(65_530, 65_540):  # as the sender does: the next one is asked for after it
        waits_s = pacer.wait_s(packet(number))
        assert waits_s is not None
        waits.append(waits_s)
        now_s += waits_s
    assert waits == [0, *[pytest.approx(0.02)] * 9]
    now_s += 0.005
    assert pacer.wait_s(packet(65_540)) == pytest.approx(0.015)
    now_s += 1.0
    assert pacer.wait_s(packet(65_541)) == 0


def test_what_is_sent_again_goes_at_once_and_nothing_waits_long() -> None:
    pacer = Pacer(lambda: 400_000, lambda: 100_000, lambda: 1.0)
    for number in range(30):
        waits_s = pacer.wait_s(packet(number))
        assert waits_s is not None
        assert waits_s <= 0.3
    assert pacer.wait_s(packet(3)) == 0
    assert pacer.wait_s(packet(30)) == pytest.approx(0.3)


def test_no_more_is_sent_again_than_the_line_can_take() -> None:
    now_s = 5.0
    pacer = Pacer(lambda: 400_000, lambda: 100_000, lambda: now_s)
    pacer.wait_s(packet(500))

    def sent(since_s: float, until_s: float) -> int:
        nonlocal now_s
        found = 0
        for number in range(200):  # everything is asked for, again and again
            now_s = since_s + number / 200 * (until_s - since_s)
            found += pacer.wait_s(packet(number), again=number % 2 == 0) is not None
        return 8 * 1000 * found

    assert sent(5, 6) <= 100_000 * 1.25 + 8_000
    assert sent(6, 10) == pytest.approx(400_000, rel=0.05)
    assert pacer.wait_s(packet(501)) == 0  # what is new goes on
