"""Join links: who gets in by which, and what ends that.

A personal link holds a call token and is one identity. A link for many holds a code, which each who
opens it changes for a call token of their own (`become_guest`). Every such token names its link, so
that a revoked link lets nobody in again, whatever tokens came of it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Final, TypeVar

from tui.domain.errors import CallsError
from tui.domain.snapshot import User
from tui.server.access import AccessClaims, JwtAccess
from tui.server.store import Store
from tui.server.store_links import StoredLink
from tui.server.store_thread import StoreThread
from tui.wire.codes import ServerCode
from tui.wire.rest import LinkData
from tui.wire.rules import check_session_id, display_name, link_revoked

T = TypeVar("T")

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that are read wrong: codes are read out and typed."""
CODE_CHARACTERS: Final = 12
"""59 bits, of which an address may try some thirty a minute."""
ID_CHARACTERS: Final = 6
GUESTS_PER_LINK: Final = 500
"""Most that one link for many lets in, in all its time."""
_MOST_LINKS: Final = 2000


class Links:
    """The links of one server.

    Args:
        store: An open one.
        access: Makes the tokens; it asks `revoked` when one is shown.
        revoked: Ids of links that let nobody in any more; kept up to date here.
        lifetime_s: How long a link lets people in [s].
        clock: Unix seconds.
    """

    def __init__(
        self,
        store: StoreThread,
        access: JwtAccess,
        revoked: set[str],
        *,
        lifetime_s: int,
        clock: Callable[[], float] = time.time,
    ):
        self._thread = store
        self._access = access
        self._revoked = revoked
        self._lifetime_s = lifetime_s
        self._clock = clock

    async def load(self) -> None:
        """Read which are revoked, and forget those whose time is over."""
        await self._run(lambda store: store.links.forget_expired(int(self._clock())))
        self._revoked.update(link.id for link in await self.all() if link.revoked)

    async def all(self) -> tuple[StoredLink, ...]:
        """Every link, those that end last first."""
        return await self._run(lambda store: store.links.all())

    async def find(self, link_id: str) -> StoredLink | None:
        """The link of this ID."""
        return await self._run(lambda store: store.links.by_id(link_id))

    async def personal(
        self,
        user: User,
        session_id: str,
        *,
        moderator: bool = False,
        lifetime_s: float | None = None,
    ) -> str:
        """The call token of a new link for one person.

        Raises:
            CallsError: `ERR_SESSION_ID_INVALID`, `ERR_TOO_MANY_LINKS`.
        """
        seconds = self._lifetime_s if lifetime_s is None else lifetime_s
        link = await self._add(session_id, user.name, code="", seconds=seconds)
        claims = _claims(user, link, moderator=moderator)
        return self._access.issue(claims, lifetime_s=seconds, token_id=link.id)

    async def for_many(self, session_id: str) -> StoredLink:
        """An open link for many into a session: the one there is, or a new one.

        Raises:
            CallsError: `ERR_SESSION_ID_INVALID`, `ERR_TOO_MANY_LINKS`.
        """
        session_id = check_session_id(session_id)
        # One that ends soon is no help to whoever gets it now.
        until_s = int(self._clock()) + self._lifetime_s // 2
        found = await self._run(lambda store: store.links.open_for_many(session_id, until_s))
        return found or await self._add(
            session_id, "", code=_random(CODE_CHARACTERS), seconds=self._lifetime_s
        )

    async def become_guest(self, session_id: str, code: str, name: str) -> str:
        """A call token for a new guest. Raises as `open_for_guests`."""
        link = await self.open_for_guests(session_id, code)
        await self._run(lambda store: store.links.count_guest(link.id))
        uid = f"guest-{_random(8)}"
        user = User(uid, display_name(name, "Guest"))
        left_s = link.expires_s - self._clock()
        return self._access.issue(_claims(user, link), lifetime_s=left_s, token_id=_random(16))

    async def open_for_guests(self, session_id: str, code: str) -> StoredLink:
        """The link for many with this code, which lets in one more.

        Raises:
            CallsError: `ERR_LINK_UNKNOWN`, `ERR_LINK_REVOKED`, `ERR_LINK_SUSPENDED`,
                `ERR_LINK_EXPIRED`, `ERR_LINK_USED_UP`.
        """
        return await self._open(code, check_session_id(session_id))

    async def open_by_code(self, code: str) -> StoredLink:
        """The same by the code alone, as somebody types it. Raises as `open_for_guests`."""
        return await self._open(code.replace("-", ""), None)

    async def _open(self, code: str, session_id: str | None) -> StoredLink:
        typed = code.strip().lower()
        link = await self._run(lambda store: store.links.by_code(typed, session_id))
        if link is None:
            raise _refused(ServerCode.LINK_UNKNOWN, "This link is not known here.")
        left_s = link.expires_s - self._clock()
        if link.revoked:
            raise link_revoked()
        if left_s <= 0:
            raise _refused(ServerCode.LINK_EXPIRED, "This link has expired.")
        if link.suspended:
            raise _refused(
                ServerCode.LINK_SUSPENDED,
                "This link is closed: somebody who came by it was removed from the call.",
            )
        if link.guests >= GUESTS_PER_LINK:
            raise _refused(
                ServerCode.LINK_USED_UP, f"This link has let in {link.guests} people, and no more."
            )
        return link

    async def revoke(self, link_id: str) -> None:
        """Let nobody in by it any more. Whoever is in a call stays in it.

        Raises:
            CallsError: `ERR_LINK_UNKNOWN`.
        """
        if not await self._run(lambda store: store.links.revoke(link_id)):
            raise _no_such_link(link_id)
        self._revoked.add(link_id)

    async def reopen(self, link_id: str) -> None:
        """Let a suspended link for many let people in again.

        Raises:
            CallsError: `ERR_LINK_UNKNOWN`.
        """
        if not await self._run(lambda store: store.links.suspend(link_id, suspended=False)):
            raise _no_such_link(link_id)

    async def _add(self, session_id: str, name: str, *, code: str, seconds: float) -> StoredLink:
        link = StoredLink(
            id=_random(ID_CHARACTERS),
            session_id=check_session_id(session_id),
            code=code,
            name=name,
            expires_s=int(self._clock() + seconds),
        )
        if not await self._run(lambda store: _add_bounded(store, link)):
            raise CallsError(
                ServerCode.TOO_MANY_LINKS,
                f"There are {_MOST_LINKS} links already. Revoking one makes no room; wait until "
                "some have expired.",
            )
        return link

    async def _run(self, ask: Callable[[Store], T]) -> T:
        return await self._thread.run(lambda: ask(self._thread.store))


def _add_bounded(store: Store, link: StoredLink) -> bool:
    if len(store.links.all()) >= _MOST_LINKS:
        return False
    store.links.add(link)
    return True


def _claims(user: User, link: StoredLink, *, moderator: bool = False) -> AccessClaims:
    return AccessClaims(
        identity=user.uid,
        name=user.name,
        room=link.session_id,
        room_join=True,
        room_admin=moderator,
        can_update_own_metadata=True,
        link=link.id,
    )


def looks_like_code(text: str) -> bool:
    """Whether somebody may have typed the code of a link for many."""
    typed = text.replace("-", "").lower()
    return len(typed) == CODE_CHARACTERS and all(one in _LETTERS for one in typed)


def shown_code(code: str) -> str:
    """A code in groups of four, to be read out and typed.

    >>> shown_code("abcdefghjkmn")
    'abcd-efgh-jkmn'
    """
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def link_data(link: StoredLink) -> LinkData:
    """`link` as it is told to whoever serves."""
    return LinkData(
        id=link.id,
        session_id=link.session_id,
        invitation=link.code,
        name=link.name,
        expires_at=link.expires_s,
        guests=link.guests,
        suspended=link.suspended,
        revoked=link.revoked,
    )


def _random(characters: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(characters))


def _refused(code: ServerCode, why: str) -> CallsError:
    return CallsError(code, f"{why} Ask whoever sent it for a new one.")


def _no_such_link(link_id: str) -> CallsError:
    return CallsError(
        ServerCode.LINK_UNKNOWN,
        f'There is no such link "{link_id[:20]}". `cellcall links list` shows those there are.',
    )
