"""The limiter: counts within a minute, forgets after it, and does not grow for ever."""

from __future__ import annotations

import pytest

from tui.domain.errors import CallsError
from tui.wire import login_limit
from tui.wire.login_limit import LoginLimiter


def test_attempts_come_back_after_a_minute() -> None:
    limiter = LoginLimiter(2)
    limiter.attempt("ana", "::1", 0)
    limiter.attempt("ana", "::1", 10)
    with pytest.raises(CallsError, match="Wait 40 seconds"):
        limiter.attempt("ana", "::1", 20)
    limiter.attempt("ana", "::1", 60)
    with pytest.raises(CallsError):
        limiter.attempt("ana", "::1", 61)


def test_addresses_and_users_count_apart() -> None:
    limiter = LoginLimiter(1)
    for uid, address in (("ana", "a"), ("ana", "b"), ("bob", "a")):
        limiter.attempt(uid, address, 0)
    with pytest.raises(CallsError):
        limiter.attempt("bob", "a", 1)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login_limit, "_MAX_KEYS", 3)
    limiter = LoginLimiter(1)
    for number in range(10):
        limiter.attempt(f"user{number}", "a", 0)
    assert len(limiter._attempts) == 3
