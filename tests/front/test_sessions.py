"""The list of sessions to choose from: sessions, not calls."""

from __future__ import annotations

from tui.domain.call_log import LoggedCall
from tui.domain.snapshot import RunningSession
from tui.front.sessions import recent_sessions


def test_a_session_called_twice_is_one_row_with_its_newest_call_first() -> None:
    calls = [
        LoggedCall("standup", 100, 200),
        LoggedCall("retro", 500, 600),
        LoggedCall("standup", 900, 950),
        LoggedCall("planning", 700, 800),
        LoggedCall("planning", 100, 120),
    ]
    running = [RunningSession("planning", 700)]
    found = recent_sessions(calls, running, most=9)
    assert [(one.session_id, one.started_at_ms) for one in found] == [
        ("standup", 900),
        ("retro", 500),
    ]
    assert recent_sessions(calls, [], most=1) == [calls[2]]
