"""Times of the past in words, for plain mode."""

from __future__ import annotations

import time
from typing import Final

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def day_and_time(at_ms: int, now_ms: int) -> str:
    """`today 09:30`, `yesterday 09:30`, `Monday 14:00`, `2026-03-03 14:00`, in local time.

    Args:
        at_ms: The moment, Unix milliseconds.
        now_ms: Now, Unix milliseconds.
    """
    then, now = time.localtime(at_ms / 1000), time.localtime(now_ms / 1000)
    clock = f"{then.tm_hour:02}:{then.tm_min:02}"
    days = _day_number(now) - _day_number(then)
    if days == 0:
        return f"today {clock}"
    if days == 1:
        return f"yesterday {clock}"
    if 1 < days < 7:
        return f"{_DAYS[then.tm_wday]} {clock}"
    return f"{then.tm_year}-{then.tm_mon:02}-{then.tm_mday:02} {clock}"


def _day_number(moment: time.struct_time) -> int:
    # Midday of the calendar day, so that daylight saving can't move it to another one.
    noon = (moment.tm_year, moment.tm_mon, moment.tm_mday, 12, 0, 0, 0, 0, -1)
    return round(time.mktime(noon)) // 86_400
