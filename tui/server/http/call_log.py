"""Stored sessions as the REST bodies of the session list and the call log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from tui.server.store import CallFilter, Presence, StoredSession
from tui.server.store_transcripts import StoredTranscript
from tui.wire.rest import (
    CallData,
    CallPerson,
    ListedTranscript,
    SessionData,
    SessionPerson,
    clock_text,
)
from tui.wire.rules import display_name


def session_data(session: StoredSession) -> SessionData:
    """One running session with who is in it now."""
    return SessionData(
        session_id=session.session_id,
        started_at_ms=session.started_ms,
        participants=tuple(
            SessionPerson(uid=one.uid, name=display_name(one.name, one.uid))
            for one in session.presences
            if one.left_ms is None
        ),
    )


def call_data(session: StoredSession, now_ms: int) -> CallData:
    """One entry of the call log with everybody who was ever in it."""
    lasted_ms = max(0, (session.ended_ms or now_ms) - session.started_ms)
    return CallData(
        session_id=session.session_id,
        status="ongoing" if session.ended_ms is None else "ended",
        initiator=session.initiator,
        initiated_at=session.started_ms // 1000,
        started_at=session.started_ms // 1000,
        ended_at=None if session.ended_ms is None else session.ended_ms // 1000,
        total_duration=clock_text(lasted_ms // 1000),
        total_duration_in_minutes=round(lasted_ms / 60_000, 2),
        total_participants=len(session.presences),
        participants=tuple(_person(one, now_ms) for one in session.presences),
    )


def call_filter(query: Mapping[str, str]) -> CallFilter | None:
    """Which calls a client asks for; None: calls that this server never has.

    Every call here is a meeting with pictures, of no group, that nothing records.
    """
    mode, kind = query.get("mode", ""), query.get("type", "")
    none_here = (
        query.get("hasRecording", "") == "true",
        bool(query.get("guid", "")),
        mode not in ("", "meet"),
        kind not in ("", "video"),
        query.get("status", "") not in ("", "ongoing", "ended"),
        query.get("direction", "") not in ("", "incoming", "outgoing"),
    )
    if any(none_here):
        return None
    return CallFilter(
        running={"ongoing": True, "ended": False}.get(query.get("status", "")),
        begun_by_them={"outgoing": True, "incoming": False}.get(query.get("direction", "")),
        with_uid=query.get("uid") or None,
        transcribed=query.get("hasTranscriptions", "") == "1" or None,
    )


def transcript_data(stored: StoredTranscript, address: str) -> ListedTranscript:
    """One transcript, its text to be had below `address`."""
    return ListedTranscript(
        tid=stored.number,
        room_name=stored.session_id,
        start_time=stored.started_ms // 1000,
        end_time=None if stored.ended_ms is None else stored.ended_ms // 1000,
        transcript_url=f"{address}/{stored.number}",
    )


def transcript_text(lines: Sequence[tuple[int, str, str]]) -> str:
    """One line each, with the time of day in UTC."""
    return "".join(
        f"{datetime.fromtimestamp(at_ms / 1000, tz=UTC):%Y-%m-%d %H:%M:%S} {speaker}: {text}\n"
        for at_ms, speaker, text in lines
    )


def _person(presence: Presence, now_ms: int) -> CallPerson:
    lasted_ms = max(0, (presence.left_ms or now_ms) - presence.joined_ms)
    return CallPerson(
        uid=presence.uid,
        name=display_name(presence.name, presence.uid),
        joined_at=presence.joined_ms // 1000,
        left_at=None if presence.left_ms is None else presence.left_ms // 1000,
        state="ongoing" if presence.left_ms is None else "ended",
        total_duration_in_minutes=round(lasted_ms / 60_000, 2),
    )
