"""The server's SQLite file: made, checked, brought to today's version; why it can't be used.

The trap is a file that is not what it should be. Nothing is put in the place of one that is there,
and nothing is written to it before it was checked.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tui.domain.text import clean
from tui.server.secret import StoreUnavailable, unusable

FILE_NAME: Final = "cellcall.sqlite3"
_MIGRATIONS: Final = (
    """
CREATE TABLE users (
    uid TEXT PRIMARY KEY, name TEXT NOT NULL, avatar TEXT NOT NULL, created_s INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE auth_tokens (
    sha256 BLOB PRIMARY KEY, uid TEXT NOT NULL REFERENCES users(uid) ON DELETE CASCADE,
    serial INTEGER NOT NULL, created_s INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX auth_tokens_by_user ON auth_tokens (uid, serial);
CREATE TABLE sessions (
    key INTEGER PRIMARY KEY, session_id TEXT NOT NULL, initiator TEXT NOT NULL DEFAULT '',
    started_ms INTEGER NOT NULL, ended_ms INTEGER
);
CREATE INDEX sessions_by_id ON sessions (session_id);
CREATE INDEX running_sessions ON sessions (session_id) WHERE ended_ms IS NULL;
CREATE TABLE presences (
    session_key INTEGER NOT NULL REFERENCES sessions(key) ON DELETE CASCADE,
    uid TEXT NOT NULL, name TEXT NOT NULL, joined_ms INTEGER NOT NULL, left_ms INTEGER,
    PRIMARY KEY (session_key, uid)
);
CREATE INDEX presences_by_user ON presences (uid, session_key);
CREATE TABLE moderators (
    session_id TEXT PRIMARY KEY, uid TEXT NOT NULL, asked_s INTEGER NOT NULL
) WITHOUT ROWID;
""",
    "DROP TABLE moderators;",  # who hosts is decided in the session
    """
CREATE TABLE links (
    id TEXT PRIMARY KEY, session_id TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL,
    expires_s INTEGER NOT NULL, guests INTEGER NOT NULL, suspended INTEGER NOT NULL,
    revoked INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX links_by_code ON links (code);
""",
    """
CREATE TABLE transcripts (
    number TEXT PRIMARY KEY, session_key INTEGER NOT NULL REFERENCES sessions(key)
    ON DELETE CASCADE, asked_by TEXT NOT NULL, started_ms INTEGER NOT NULL, ended_ms INTEGER
) WITHOUT ROWID;
CREATE INDEX transcripts_by_session ON transcripts (session_key);
CREATE TABLE transcript_lines (
    number TEXT NOT NULL REFERENCES transcripts(number) ON DELETE CASCADE,
    at_ms INTEGER NOT NULL, speaker TEXT NOT NULL, text TEXT NOT NULL
);
CREATE INDEX transcript_lines_by_number ON transcript_lines (number);
""",
    "CREATE TABLE ended_logins (id TEXT PRIMARY KEY, until_s INTEGER NOT NULL) WITHOUT ROWID;",
)
"""Statements that turn a file of version N into one of N + 1; the first one begins with nothing.

Never change statements that were released: there are files of their version.
"""
SCHEMA_VERSION: Final = len(_MIGRATIONS)
_DAMAGED: Final = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def open_file(path: Path | None) -> sqlite3.Connection:
    """The file, made when there is none and ready for use; in memory without a path.

    Raises:
        StoreUnavailable: It is damaged or of a newer version.
        OSError, sqlite3.Error: It can't be used; see `explained`.
    """
    if path is not None:
        _check_or_create(path)
    db = _connect(path)
    try:
        _prepare(db, path)
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def explained(path: Path | None) -> Iterator[None]:
    """Say what is wrong with the file, and what to do, as `StoreUnavailable`."""
    try:
        yield
    except OSError as error:
        raise unusable(path or Path(":memory:"), error) from error
    except sqlite3.Error as error:
        raise _refused(path, error) from error


class Transaction:
    """All of a `with` block or nothing of it."""

    def __init__(self, db: sqlite3.Connection):
        self._db = db

    def __enter__(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._db.execute("COMMIT" if kind is None else "ROLLBACK")


def _prepare(db: sqlite3.Connection, path: Path | None) -> None:
    # Ours alone: a second server on this file would end the sessions of the first.
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise StoreUnavailable(
            f"{path} was written by a newer cellcall (data version {version}, this one knows "
            f"{SCHEMA_VERSION}).",
            "Upgrade cellcall, or choose another folder with --state.",
        )
    if path is not None:
        (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if version == 0 or found != "ok":
            raise _damaged(path, "it has no version" if version == 0 else clean(found, 120))
        if lost := _tables_of(version) - _tables(db):
            raise _damaged(path, f"it lacks {', '.join(sorted(lost))}")
    # Nothing is written before this line: the file may be somebody else's.
    db.execute("PRAGMA journal_mode = WAL")
    # With a write-ahead log, a power cut may lose the last commits but never breaks the file.
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA foreign_keys = ON")
    _migrate(db, version)


def _connect(path: Path | None) -> sqlite3.Connection:
    return sqlite3.connect(
        ":memory:" if path is None else path,
        isolation_level=None,
        check_same_thread=False,
        timeout=0.5,  # nobody but a second server could hold it
    )


def _check_or_create(path: Path) -> None:
    """Make a new file when there is none; never put one in the place of what is there.

    The file is made whole under another name first. So an empty file is never a new one: it has
    lost what it held, and is refused.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        fresh = path.with_name(f".{FILE_NAME}.{secrets.token_hex(8)}")
        try:
            os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
            db = _connect(fresh)
            try:
                _migrate(db, 0)
            finally:
                db.close()
            os.link(fresh, path)
        except FileExistsError:
            return  # another server was quicker
        finally:
            fresh.unlink(missing_ok=True)
        return
    if not stat.S_ISREG(found.st_mode):
        raise _damaged(path, "it is not a plain file")
    if found.st_size == 0:
        raise _damaged(path, "it is empty")


def _tables(db: sqlite3.Connection) -> set[str]:
    return {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def _tables_of(version: int) -> set[str]:
    """What a file of this version has."""
    with contextlib.closing(_connect(None)) as made:
        _migrate(made, 0, version)
        return _tables(made)


def _migrate(db: sqlite3.Connection, version: int, to: int = SCHEMA_VERSION) -> None:
    for number, statements in enumerate(_MIGRATIONS[version:to], version + 1):
        db.executescript(f"BEGIN IMMEDIATE; {statements} PRAGMA user_version = {number}; COMMIT;")


def _damaged(path: Path, what: str) -> StoreUnavailable:
    return StoreUnavailable(
        f"The server's data file {path}, with its users and call log, is damaged: {what}.",
        "Put a copy of it back; or move it away, and a new one without users is made at the next "
        "start.",
    )


def _refused(path: Path | None, error: sqlite3.Error) -> StoreUnavailable:
    """What SQLite said about `path`, and what to do."""
    # The low byte is the kind; what is above it says more than anybody can act upon.
    kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if path is not None and kind in _DAMAGED:
        return _damaged(path, clean(str(error), 120))
    problem = f"The server's data file {path} can't be used: {clean(str(error), 120)}."
    if kind == sqlite3.SQLITE_BUSY:
        return StoreUnavailable(
            problem, "Stop another server that uses it, or choose another folder with --state."
        )
    if kind == sqlite3.SQLITE_FULL:
        return StoreUnavailable(problem, "Free some disk space.")
    return StoreUnavailable(
        problem,
        "Correct the permissions of the file and its folder, or choose another with --state.",
    )
