"""The container an engine joins with: stands for whatever panel the front end draws."""

from __future__ import annotations

from tui.domain.snapshot import Snapshot


class FrontEndPanel:
    """A container whose drawing happens elsewhere; it keeps what it was told."""

    def __init__(self) -> None:
        self.session_id = ""
        self.newest: Snapshot | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Unknown here: the front end asks for each picture at its own raster."""
        return (0, 0)

    def attach(self, session_id: str) -> None:
        """A session begins."""
        self.session_id = session_id

    def update(self, snapshot: Snapshot) -> None:
        """Remember the newest."""
        self.newest = snapshot

    def detach(self) -> None:
        """The session is over."""
        self.session_id = ""
