"""What a peer brings about at will does not fill the disk."""

from __future__ import annotations

import io
import logging

from tui.domain.log_limit import LINES, WITHIN_S, LogLimit


def test_lines_of_one_kind_are_so_many_a_minute() -> None:
    now_s = 0.0
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(LogLimit(lambda: now_s))
    log = logging.Logger("of a test")
    log.addHandler(handler)

    def lines() -> list[str]:
        return written.getvalue().splitlines()

    for number in range(1000):
        log.warning("a picture of %d pixels is not decoded", number)
    log.warning("another kind")
    assert len(lines()) == LINES + 1
    assert lines()[0] == "a picture of 0 pixels is not decoded"
    last = f"a picture of {LINES - 1} pixels is not decoded (more like this are left out, for 60 s)"
    assert lines()[-2:] == [last, "another kind"]
    now_s += WITHIN_S
    log.warning("a picture of %d pixels is not decoded", 7)
    assert lines()[-1] == "a picture of 7 pixels is not decoded"


def test_no_number_of_kinds_fills_memory() -> None:
    limit = LogLimit(lambda: 0.0)
    log = logging.Logger("of a test")
    for number in range(5000):
        assert limit.filter(log.makeRecord("x", 30, "x.py", 1, f"text {number}", (), None))
    assert len(limit._kinds) <= 1000
