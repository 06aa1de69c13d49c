"""What an app of ours gives the call it shows; in somebody else's app there is none of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from tui.domain.frozen import dataclass
from tui.panel.acts import Do
from tui.panel.notices import Notices
from tui.panel.ui import Over


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an app of ours gives the call it shows."""

    notices: Notices
    """The event log, and what is told of it, from call to call."""
    over: Over
    """Where cards and toasts lie."""
    deeds: Mapping[str, Do] = field(default_factory=dict)
    """What the app does itself, by action ID."""
    cancel: Callable[[], object] | None = None
    """Stops connecting."""
