"""Join links in the store: personal ones, and those for many.

Codes are kept as they are, so that a link can be printed again after a restart: the signing secret
in the same folder opens as much. Blocks; belongs to the store's thread.
"""

from __future__ import annotations

import sqlite3

from tui.domain.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLink:
    """One link."""

    id: str
    """What people name it by; not a secret."""
    session_id: str
    code: str
    """What a link for many lets in with; empty: a personal link, which holds a token."""
    name: str
    """Whom a personal link is for."""
    expires_s: int
    """Unix seconds."""
    guests: int = 0
    """How many a link for many has let in."""
    suspended: bool = False
    """It lets nobody new in: one who came by it was removed from the call."""
    revoked: bool = False
    """It lets nobody in any more, also those it once let in."""

    @property
    def for_many(self) -> bool:
        """Whether each who opens it is somebody of their own."""
        return bool(self.code)


_COLUMNS = "id, session_id, code, name, expires_s, guests, suspended, revoked"


class LinkTable:
    """The links of an open store."""

    def __init__(self, db: sqlite3.Connection):
        self._db = db

    def forget_expired(self, now_s: int) -> None:
        """Forget what lets nobody in any more by its time alone."""
        self._db.execute("DELETE FROM links WHERE expires_s <= ?", (now_s,))

    def add(self, link: StoredLink) -> None:
        """Keep a new link."""
        self._db.execute(
            f"INSERT INTO links ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                link.id,
                link.session_id,
                link.code,
                link.name,
                link.expires_s,
                link.guests,
                link.suspended,
                link.revoked,
            ),
        )

    def all(self) -> tuple[StoredLink, ...]:
        """Every link, those that end last first."""
        return self._found("ORDER BY expires_s DESC, id")

    def by_id(self, link_id: str) -> StoredLink | None:
        """The link of this ID."""
        return next(iter(self._found("WHERE id = ?", link_id)), None)

    def by_code(self, code: str, session_id: str | None = None) -> StoredLink | None:
        """The link for many with this code; of this session, if one is named."""
        found = self._found(
            "WHERE code = ? AND session_id = coalesce(?, session_id)", code, session_id
        )
        return found[0] if code and found else None

    def open_for_many(self, session_id: str, until_s: int) -> StoredLink | None:
        """A link for many of this session that is open, and at `until_s` still will be."""
        found = self._found(
            "WHERE session_id = ? AND code <> '' AND NOT revoked AND NOT suspended "
            "AND expires_s >= ? ORDER BY expires_s DESC LIMIT 1",
            session_id,
            until_s,
        )
        return found[0] if found else None

    def count_guest(self, link_id: str) -> None:
        """One more came in by it."""
        self._db.execute("UPDATE links SET guests = guests + 1 WHERE id = ?", (link_id,))

    def suspend(self, link_id: str, *, suspended: bool) -> bool:
        """Let nobody new in, or let them in again; whether there is such a link for many."""
        changed = self._db.execute(
            "UPDATE links SET suspended = ? WHERE id = ? AND code <> ''", (suspended, link_id)
        )
        return changed.rowcount == 1

    def revoke(self, link_id: str) -> bool:
        """Let nobody in by it any more; whether there is such a link."""
        changed = self._db.execute("UPDATE links SET revoked = 1 WHERE id = ?", (link_id,))
        return changed.rowcount == 1

    def _found(self, rest: str, *values: str | int | None) -> tuple[StoredLink, ...]:
        rows = self._db.execute(f"SELECT {_COLUMNS} FROM links {rest}", values).fetchall()
        return tuple(
            StoredLink(
                id=row[0],
                session_id=row[1],
                code=row[2],
                name=row[3],
                expires_s=row[4],
                guests=row[5],
                suspended=bool(row[6]),
                revoked=bool(row[7]),
            )
            for row in rows
        )
