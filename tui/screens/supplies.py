"""What an app of ours is given from outside."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import field

from tui.domain.frozen import dataclass
from tui.front.announcer import Announcer
from tui.front.start import new_session_id
from tui.panel.ui import unix_ms
from tui.ports.handle import Handle
from tui.ports.memory import Forgetful, Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplies:
    """What an app of ours is given from outside."""

    clock: Callable[[], int] = unix_ms
    """Unix milliseconds, for everything that shows a time."""
    new_session_id: Callable[[], str] = new_session_id
    """Makes the ID of a session started here."""
    memory: Memory = field(default_factory=Forgetful)
    """Keeps what the green room decided."""
    announcer: Announcer = field(default_factory=Announcer)
    """Speech, bell and quiet time."""
    renew: Callable[[], Awaitable[Handle]] | None = None
    """Makes a new handle when the engine is gone; None: no rejoin is offered then."""
    keeps: bool = False
    """A terminal that goes away leaves the call running."""
    remote: bool = False
    """The person sits elsewhere (SSH): keys come late, and how they repeat tells nothing."""
    may_copy: bool = True
    """The clipboard of the terminal may be written."""
    whose_sound: str = ""
    """Whose devices these are, when that is not obvious (`tui.front.whose_sound`)."""
