"""Who hosts a session: of those entitled whoever came first, and the next when they are gone.

Decided when people come and not when they ask for a call token: somebody may ask and never join,
and a token of yesterday's session must not moderate today's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Protocol

HOST_BACK_S: Final = 30.0
"""How long a host who was lost (and did not leave) stays the only one."""


class Attendee(Protocol):
    """What is asked of a participant."""

    identity: str
    may_host: bool
    """Entitled by its token."""
    hosting: bool

    def host(self) -> None:
        """Be the host from now on, and tell everybody."""


class Hosts:
    """The hosts of one session, for as long as it runs."""

    def __init__(self) -> None:
        self._were: set[str] = set()
        self._lost_at: float | None = None

    def comes(self, identity: str, present: Iterable[Attendee]) -> bool:
        """Whether this one, who may host, does: nobody does now, or they did before."""
        hosts = identity in self._were or not any(attendee.hosting for attendee in present)
        if hosts:
            self._were.add(identity)
        return hosts

    def left(
        self, attendee: Attendee, present: Iterable[Attendee], *, for_good: bool, now: float
    ) -> None:
        """One has left the session [monotonic s]; lost ones have a while to come back."""
        if not attendee.hosting:
            return
        if for_good:
            self._hand_over(present)
        else:
            self._lost_at = now

    def tick(self, present: Iterable[Attendee], now: float) -> None:
        """Call every few seconds."""
        if self._lost_at is not None and now - self._lost_at > HOST_BACK_S:
            self._hand_over(present)

    def _hand_over(self, present: Iterable[Attendee]) -> None:
        self._lost_at = None
        entitled = [attendee for attendee in present if attendee.may_host]
        if entitled and not any(attendee.hosting for attendee in entitled):
            self._were.add(entitled[0].identity)
            entitled[0].host()
