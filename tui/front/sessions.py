"""Sessions to choose from, as both front ends list them."""

from __future__ import annotations

from collections.abc import Sequence

from tui.domain.call_log import LoggedCall
from tui.domain.snapshot import RunningSession


def recent_sessions(
    calls: Sequence[LoggedCall], running: Sequence[RunningSession], most: int
) -> list[LoggedCall]:
    """Each session of the call log once, by its newest call, that is not running; newest first."""
    known = {session.session_id for session in running}
    found: list[LoggedCall] = []
    for call in sorted(calls, key=lambda call: call.started_at_ms, reverse=True):
        if call.session_id not in known:
            known.add(call.session_id)
            found.append(call)
    return found[:most]
