"""Transcripts in the store: who asked for each, and what was said, line by line.

Blocks; belongs to the store's thread.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from tui.domain.frozen import dataclass

KEPT_MS: Final = 90 * 24 * 3600 * 1000
"""A transcript is forgotten after 90 days."""


@dataclass(frozen=True, slots=True)
class StoredTranscript:
    """One transcript. Times in Unix milliseconds."""

    number: str
    """Whoever has it may read it: not to be guessed."""
    session_id: str
    started_ms: int
    ended_ms: int | None


class TranscriptTable:
    """The transcripts of an open store."""

    def __init__(self, db: sqlite3.Connection):
        self._db = db

    def tidy(self, now_ms: int) -> None:
        """End what a crash left open, and forget what is old."""
        self._db.execute("UPDATE transcripts SET ended_ms = ? WHERE ended_ms IS NULL", (now_ms,))
        self._db.execute("DELETE FROM transcripts WHERE started_ms < ?", (now_ms - KEPT_MS,))

    def begin(self, session_id: str, number: str, uid: str, at_ms: int) -> None:
        """One begins; nothing where the session is not known."""
        self._db.execute(
            "INSERT INTO transcripts SELECT ?, max(key), ?, ?, NULL FROM sessions "
            "WHERE session_id = ? HAVING max(key) IS NOT NULL",
            (number, uid, at_ms, session_id),
        )

    def say(self, number: str, speaker: str, text: str, at_ms: int) -> None:
        """Somebody said something."""
        self._db.execute(
            "INSERT INTO transcript_lines SELECT number, ?, ?, ? FROM transcripts WHERE number = ?",
            (at_ms, speaker, text, number),
        )

    def end(self, number: str, at_ms: int) -> None:
        """It is over; one in which nothing was said is forgotten."""
        self._db.execute("UPDATE transcripts SET ended_ms = ? WHERE number = ?", (at_ms, number))
        self._db.execute(
            "DELETE FROM transcripts WHERE number = ? AND number NOT IN "
            "(SELECT number FROM transcript_lines)",
            (number,),
        )

    def of_session(
        self, session_id: str, uid: str, *, limit: int, offset: int
    ) -> tuple[int, tuple[StoredTranscript, ...]]:
        """How many there are of sessions of this ID that `uid` was in, and some, newest first."""
        joined = (
            "FROM transcripts JOIN sessions ON session_key = key WHERE session_id = ? AND EXISTS "
            "(SELECT 1 FROM presences WHERE presences.session_key = key AND uid = ?)"
        )
        (total,) = self._db.execute(f"SELECT count(*) {joined}", (session_id, uid)).fetchone()
        rows = self._db.execute(
            "SELECT number, session_id, transcripts.started_ms, transcripts.ended_ms "
            f"{joined} ORDER BY transcripts.started_ms DESC LIMIT ? OFFSET ?",
            (session_id, uid, limit, offset),
        )
        return total, tuple(StoredTranscript(*row) for row in rows)

    def lines(self, number: str) -> list[tuple[int, str, str]] | None:
        """When, who and what [Unix ms, name, words]; None: there is no such transcript."""
        known = self._db.execute("SELECT 1 FROM transcripts WHERE number = ?", (number,))
        if known.fetchone() is None:
            return None
        rows = self._db.execute(
            "SELECT at_ms, speaker, text FROM transcript_lines WHERE number = ? ORDER BY rowid",
            (number,),
        )
        return list(rows.fetchall())

    def delete(self, number: str, uid: str) -> bool:
        """Forget one; only who asked for it may. Whether there was one of theirs."""
        gone = self._db.execute(
            "DELETE FROM transcripts WHERE number = ? AND asked_by = ?", (number, uid)
        )
        return gone.rowcount == 1
