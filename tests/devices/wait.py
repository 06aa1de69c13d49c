"""Waiting for a thing, with a limit."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(done: Callable[[], bool], seconds: float = 5.0, what: str = "it") -> None:
    limit_s = time.monotonic() + seconds
    while not done():
        if time.monotonic() > limit_s:
            raise AssertionError(f"{what} did not happen within {seconds} s")
        time.sleep(0.005)
