"""What everything that people say, write and show in one call needs."""

from __future__ import annotations

from collections.abc import Callable

from tui.domain.frozen import dataclass
from tui.domain.rights import Rights
from tui.ports.transport import Transport
from tui.session.clock import Clock
from tui.session.outlet import Happened
from tui.session.roster import Roster


@dataclass(frozen=True, slots=True, eq=False)
class CallContext:
    """One call's, for its whole life."""

    transport: Transport
    """Carries it to the others."""
    roster: Roster
    """Who is there, we among them."""
    happened: Happened
    """Is told what happened."""
    clock: Clock
    rights: Callable[[], Rights]
    """What we may do now."""
    title: Callable[[], str]
    """What the call is called by now."""
