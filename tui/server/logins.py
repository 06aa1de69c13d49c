"""Sign-ins that ended: the call tokens they made let nobody in any more.

A call token is good for hours and names the sign-in it was made by. Whoever signs out, perhaps
because a machine is not theirs, means those too. Whoever is in a call stays in it, as with a link
that is revoked.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from tui.server.access import CLOCK_LEEWAY_S
from tui.server.store import login_id
from tui.server.store_thread import StoreThread


class Logins:
    """The ends of sign-ins at one server.

    Args:
        store: An open one.
        ended: Their ids (`tui.server.store.login_id`); kept up to date here, and asked by
            `JwtAccess` when a token is shown.
        call_token_ttl_s: How long a call token made by a sign-in is good for [s].
        clock: Unix seconds.
    """

    def __init__(
        self,
        store: StoreThread,
        ended: set[str],
        *,
        call_token_ttl_s: int,
        clock: Callable[[], float] = time.time,
    ):
        self.call_token_ttl_s = call_token_ttl_s
        self._thread = store
        self._ended = ended
        self._until_s: dict[str, int] = {}
        self._clock = clock

    async def load(self) -> None:
        """Read which ended while a token of theirs may still be about."""
        self._until_s = await self._thread.run(self._thread.store.ended_logins, int(self._clock()))
        self._ended.update(self._until_s)

    async def end(self, auth_token: str) -> bool:
        """Sign out; whether there was such a sign-in."""
        now_s = int(self._clock())
        until_s = now_s + self.call_token_ttl_s + CLOCK_LEEWAY_S
        store = self._thread.store
        if not await self._thread.run(store.revoke_auth_token, auth_token, now_s, until_s):
            return False
        ended = login_id(auth_token)
        self._ended.add(ended)
        self._until_s[ended] = until_s
        while self._until_s and (oldest := next(iter(self._until_s.items())))[1] <= now_s:
            self._ended.discard(oldest[0])
            del self._until_s[oldest[0]]
        return True
