"""The container: the panel a call is drawn in (`join_session`'s third argument).

`cellcall.CallPanel` is the one there is; the SDK names it only by this, so that a program without a
screen loads none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from tui.domain.events import SessionEvent
from tui.ports.handle import Handle


@runtime_checkable
class Container(Protocol):
    """Where a session shows itself."""

    def attach(self, handle: Handle, clock: Callable[[], int]) -> None:
        """Draw what this handle holds from now on, with times by this clock (Unix milliseconds)."""

    def detach(self) -> None:
        """Draw nothing any more. Idempotent."""

    def event_came(self, event: SessionEvent) -> None:
        """A documented event came."""

    def show_panel(self, name: str, *, shown: bool | None) -> None:
        """Show the panel `people` or `devices`, or put it away; None: the other way."""
