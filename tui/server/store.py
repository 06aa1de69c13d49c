"""What the server remembers: users, logins, sessions and who was in them, in one SQLite file.

Everything here blocks and belongs to one thread (`tui.server.store_thread`): a commit is short
(write-ahead log, no fsync) but a checkpoint waits for the disk, and media is forwarded on the
event loop. Auth tokens are stored as SHA-256: they are random, so nothing slower is needed, and a
stolen file logs nobody in.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import Final

from tui.domain.frozen import dataclass
from tui.domain.snapshot import User
from tui.server.secret import open_state_folder
from tui.server.store_file import FILE_NAME, Transaction, explained, open_file
from tui.server.store_links import LinkTable
from tui.server.store_transcripts import TranscriptTable

AUTH_TOKENS_PER_USER: Final = 50
"""The oldest logins of a user end when there are more."""
SESSIONS_KEPT: Final = 20_000
"""The call log forgets older ones when the server starts."""


@dataclass(frozen=True, slots=True)
class Presence:
    """One participant of a session, in it or gone."""

    uid: str
    name: str
    joined_ms: int
    left_ms: int | None


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls of a user; None takes all."""

    session_id: str | None = None
    running: bool | None = None
    begun_by_them: bool | None = None
    with_uid: str | None = None
    """Somebody else who was in it."""
    transcribed: bool | None = None


@dataclass(frozen=True, slots=True)
class StoredSession:
    """One session, running or over. Times in Unix milliseconds."""

    session_id: str
    initiator: str
    started_ms: int
    ended_ms: int | None
    presences: tuple[Presence, ...]
    """In the order they first joined."""


class Store:
    """The file, or memory when `folder` is None. Use from one thread at a time.

    Args:
        folder: Where the file is; created for its owner only.
        now_ms: Unix milliseconds, given to sessions that a crash left running.

    Raises:
        StoreUnavailable: The folder or file can't be used, is damaged or of a newer version.
    """

    def __init__(self, folder: Path | None, *, now_ms: int):
        path = None
        if folder is not None:
            open_state_folder(folder)
            path = folder / FILE_NAME
        with explained(path):
            self._db = open_file(path)
            self.links = LinkTable(self._db)
            """Who gets in without an account."""
            self.transcripts = TranscriptTable(self._db)
            """What was said, where somebody asked for it."""
            try:
                self._end_all(now_ms)
            except BaseException:
                self._db.close()
                raise

    def _end_all(self, now_ms: int) -> None:
        with self._transaction():
            self.transcripts.tidy(now_ms)
            self._db.execute(
                "UPDATE presences SET left_ms = ? WHERE left_ms IS NULL AND session_key IN "
                "(SELECT key FROM sessions WHERE ended_ms IS NULL)",
                (now_ms,),
            )
            self._db.execute("UPDATE sessions SET ended_ms = ? WHERE ended_ms IS NULL", (now_ms,))
            self._db.execute(
                "DELETE FROM sessions WHERE key <= (SELECT max(key) FROM sessions) - ?",
                (SESSIONS_KEPT,),
            )

    def _transaction(self) -> Transaction:
        return Transaction(self._db)

    def close(self) -> None:
        """Close the file. Idempotent."""
        self._db.close()

    def add_user(self, user: User, now_s: int) -> bool:
        """Whether the user was added; False when the uid is taken."""
        added = self._db.execute(
            "INSERT OR IGNORE INTO users VALUES (?, ?, ?, ?)",
            (user.uid, user.name, user.avatar, now_s),
        )
        return added.rowcount == 1

    def user(self, uid: str) -> User | None:
        """The user with this uid."""
        row = self._db.execute(
            "SELECT uid, name, avatar FROM users WHERE uid = ?", (uid,)
        ).fetchone()
        return None if row is None else User(*row)

    def new_auth_token(self, uid: str, now_s: int) -> str | None:
        """A fresh auth token; None when there is no such user."""
        token = secrets.token_urlsafe(32)
        with self._transaction():
            if self.user(uid) is None:
                return None
            (last,) = self._db.execute(
                "SELECT coalesce(max(serial), 0) FROM auth_tokens WHERE uid = ?", (uid,)
            ).fetchone()
            self._db.execute(
                "INSERT INTO auth_tokens VALUES (?, ?, ?, ?)",
                (_sha256(token), uid, last + 1, now_s),
            )
            self._db.execute(
                "DELETE FROM auth_tokens WHERE uid = ? AND serial <= ?",
                (uid, last + 1 - AUTH_TOKENS_PER_USER),
            )
        return token

    def user_of_auth_token(self, auth_token: str) -> User | None:
        """Who the token belongs to."""
        row = self._db.execute(
            "SELECT users.uid, name, avatar FROM auth_tokens JOIN users USING (uid) "
            "WHERE sha256 = ?",
            (_sha256(auth_token),),
        ).fetchone()
        return None if row is None else User(*row)

    def revoke_auth_token(self, auth_token: str, now_s: int, until_s: int) -> bool:
        """Whether the token was there; it is remembered as ended until then [Unix s]."""
        with self._transaction():
            gone = self._db.execute(
                "DELETE FROM auth_tokens WHERE sha256 = ?", (_sha256(auth_token),)
            )
            if gone.rowcount != 1:
                return False
            self._db.execute("DELETE FROM ended_logins WHERE until_s <= ?", (now_s,))
            self._db.execute(
                "INSERT OR REPLACE INTO ended_logins VALUES (?, ?)", (login_id(auth_token), until_s)
            )
        return True

    def ended_logins(self, now_s: int) -> dict[str, int]:
        """Until when each of them is remembered [Unix s]; the others are forgotten."""
        self._db.execute("DELETE FROM ended_logins WHERE until_s <= ?", (now_s,))
        return dict(
            self._db.execute("SELECT id, until_s FROM ended_logins ORDER BY until_s").fetchall()
        )

    def session_started(self, session_id: str, at_ms: int) -> None:
        """A session begins; one of the same ID that was never ended is ended first."""
        with self._transaction():
            self._end(session_id, at_ms)
            self._db.execute(
                "INSERT INTO sessions (session_id, started_ms) VALUES (?, ?)", (session_id, at_ms)
            )

    def participant_joined(self, session_id: str, uid: str, name: str, at_ms: int) -> None:
        """Somebody joined, perhaps again."""
        with self._transaction():
            key = self._running_key(session_id)
            if key is None:
                return
            self._db.execute(
                "INSERT INTO presences VALUES (?, ?, ?, ?, NULL) ON CONFLICT DO UPDATE "
                "SET name = excluded.name, left_ms = NULL",
                (key, uid, name, at_ms),
            )
            self._db.execute(
                "UPDATE sessions SET initiator = ? WHERE key = ? AND initiator = ''", (uid, key)
            )

    def participant_left(self, session_id: str, uid: str, at_ms: int) -> None:
        """Somebody left."""
        with self._transaction():
            self._db.execute(
                "UPDATE presences SET left_ms = ? WHERE session_key = ? AND uid = ?",
                (at_ms, self._running_key(session_id), uid),
            )

    def session_ended(self, session_id: str, at_ms: int) -> None:
        """A session is over."""
        with self._transaction():
            self._end(session_id, at_ms)

    def running_sessions(self, limit: int = 1000) -> tuple[StoredSession, ...]:
        """Those somebody is in, newest first."""
        rows = self._db.execute(
            "SELECT key, session_id, initiator, started_ms, ended_ms FROM sessions "
            "WHERE ended_ms IS NULL ORDER BY key DESC LIMIT ?",
            (limit,),
        ).fetchall()
        return tuple(self._session(row) for row in rows)

    def calls_of(
        self, uid: str, wanted: CallFilter, *, limit: int, offset: int
    ) -> tuple[int, tuple[StoredSession, ...]]:
        """How many of these sessions `uid` was in, and some of them, newest first."""
        conditions: dict[str, str | int] = {"uid = ?": uid}
        if wanted.session_id is not None:
            conditions["session_id = ?"] = wanted.session_id
        if wanted.running is not None:
            conditions["(ended_ms IS NULL) = ?"] = int(wanted.running)
        if wanted.begun_by_them is not None:
            conditions["initiator = ?" if wanted.begun_by_them else "initiator <> ?"] = uid
        if wanted.transcribed:
            conditions["EXISTS (SELECT 1 FROM transcripts WHERE session_key = key) = ?"] = 1
        if wanted.with_uid is not None:
            conditions[
                "EXISTS (SELECT 1 FROM presences AS other WHERE other.session_key = key "
                "AND other.uid = ?)"
            ] = wanted.with_uid
        condition, values = " AND ".join(conditions), tuple(conditions.values())
        joined = "sessions JOIN presences ON session_key = key"
        (total,) = self._db.execute(
            f"SELECT count(*) FROM {joined} WHERE {condition}", values
        ).fetchone()
        rows = self._db.execute(
            f"SELECT key, session_id, initiator, started_ms, ended_ms FROM {joined} "
            f"WHERE {condition} ORDER BY key DESC LIMIT ? OFFSET ?",
            (*values, limit, offset),
        ).fetchall()
        return total, tuple(self._session(row) for row in rows)

    def _session(self, row: tuple[int, str, str, int, int | None]) -> StoredSession:
        key, session_id, initiator, started_ms, ended_ms = row
        presences = self._db.execute(
            "SELECT uid, name, joined_ms, left_ms FROM presences WHERE session_key = ? "
            "ORDER BY joined_ms, rowid",
            (key,),
        )
        return StoredSession(
            session_id, initiator, started_ms, ended_ms, tuple(Presence(*one) for one in presences)
        )

    def _running_key(self, session_id: str) -> int | None:
        row = self._db.execute(
            "SELECT key FROM sessions WHERE session_id = ? AND ended_ms IS NULL", (session_id,)
        ).fetchone()
        return None if row is None else int(row[0])

    def _end(self, session_id: str, at_ms: int) -> None:
        key = self._running_key(session_id)
        self._db.execute(
            "UPDATE presences SET left_ms = ? WHERE session_key = ? AND left_ms IS NULL",
            (at_ms, key),
        )
        self._db.execute("UPDATE sessions SET ended_ms = ? WHERE key = ?", (at_ms, key))


def login_id(auth_token: str) -> str:
    """What a sign-in is named by where its auth token must not stand."""
    return _sha256(auth_token).hex()[:16]


def _sha256(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
