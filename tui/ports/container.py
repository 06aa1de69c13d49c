"""The container: the panel a call is drawn in (`join_session`'s third argument).

A call can't be joined without one, as in the Calls SDK. The engine's own container stands for the
front end's panel; `--headless` uses one that records nothing.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from tui.domain.snapshot import Snapshot


@runtime_checkable
class Container(Protocol):
    """Where a session shows itself."""

    def attach(self, session_id: str) -> None:
        """A session begins to use this container."""

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of cells; (0, 0) when nothing is drawn."""

    def update(self, snapshot: Snapshot) -> None:
        """Something changed; returns at once."""

    def detach(self) -> None:
        """The session is over."""
