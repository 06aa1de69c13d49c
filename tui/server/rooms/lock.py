"""The door of one session: open or locked, and who knocks at it.

While it is locked, whoever was in may come back, moderators may come, and who has a link for many
knocks until a moderator answers. Everybody in the session is told of it in the session's metadata.
The trap is somebody who gave up: a knock that was not asked after for a while is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tui.domain.text import clean_name
from tui.server.access import AccessClaims
from tui.server.sfu.credentials import random_text

ASK_AGAIN_S: Final = 5.0
"""How long one question of somebody who knocks waits for the answer."""
_GONE_AFTER_S: Final = 15.0
_MOST_KNOCKS: Final = 50


@dataclass(slots=True)
class _Knock:
    id: str
    name: str
    answer: asyncio.Future[bool] = field(default_factory=asyncio.Future)
    giving_up: asyncio.TimerHandle | None = None


class Lock:
    """See the module.

    Args:
        changed: Called when it was locked or opened, or other people knock.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._knocks: dict[str, _Knock] = {}
        self._known: set[str] = set()
        """Identities that were in, or were let in."""
        self.locked = False

    def entered(self, identity: str) -> None:
        """Somebody is in, and may come back."""
        self._known.add(identity)

    def keeps_out(self, claims: AccessClaims) -> bool:
        """Whether the holder of these claims can't come in now."""
        return self.locked and not claims.room_admin and claims.identity not in self._known

    def turn(self, *, on: bool) -> None:
        """Lock it, or open it for everybody who knocks, too."""
        if on == self.locked:
            return
        self.locked = on
        if not on:
            for knock in list(self._knocks):
                self.answer(knock, let_in=True)
        self._changed()

    def answer(self, knock_id: str, *, let_in: bool) -> bool:
        """Answer somebody who knocks; False when nobody of that id does."""
        knock = self._knocks.get(knock_id)
        if knock is None or knock.answer.done():
            return False
        knock.answer.set_result(let_in)
        self._changed()
        return True

    def knock(self, knock_id: str, name: str) -> str | None:
        """Knock, or ask again about a knock; answers its id, None when too many knock."""
        knock = self._knocks.get(knock_id)
        if knock is None:
            if len(self._knocks) >= _MOST_KNOCKS:
                return None
            knock = _Knock(random_text(12), clean_name(name) or "Guest")
            self._knocks[knock.id] = knock
            self._changed()
        if knock.giving_up is not None:
            knock.giving_up.cancel()
        loop = asyncio.get_running_loop()
        knock.giving_up = loop.call_later(_GONE_AFTER_S, self._forget, knock.id)
        return knock.id

    def waits(self, knock_id: str) -> bool:
        """Whether somebody knocks who was given this id."""
        return knock_id in self._knocks

    async def answered(self, knock_id: str) -> bool | None:
        """Whether they are let in; None: nobody has answered within `ASK_AGAIN_S`."""
        knock = self._knocks[knock_id]
        await asyncio.wait({knock.answer}, timeout=ASK_AGAIN_S)
        if not knock.answer.done():
            return None
        self._forget(knock_id)
        return knock.answer.result()

    @property
    def told(self) -> dict[str, Any]:
        """What everybody in the session is told; empty while there is nothing to tell."""
        if not self.locked:
            return {}
        waiting = [one for one in self._knocks.values() if not one.answer.done()]
        return {"locked": True, "knocks": [{"id": one.id, "name": one.name} for one in waiting]}

    def _forget(self, knock_id: str) -> None:
        knock = self._knocks.pop(knock_id, None)
        if knock is None:
            return
        if knock.giving_up is not None:
            knock.giving_up.cancel()
        if not knock.answer.done():
            knock.answer.cancel()
            self._changed()
