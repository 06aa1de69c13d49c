"""Picture slots: where the engine leaves each stream's newest picture for a front end.

One slot per stream and raster, newest wins, nothing queues: a front end that stalls costs nothing.
Implementations: `tui.engine.slots` (shared memory between processes, or plain memory).
"""

from __future__ import annotations

from typing import Protocol

from tui.domain.ids import StreamId


class PictureSlots(Protocol):
    """The engine's side of the slots."""

    def wanted(self, stream: StreamId) -> tuple[tuple[int, int], ...]:
        """The rasters (width, height) [pixels] front ends ask for, each once."""

    def put(self, stream: StreamId, width: int, height: int, rgb: bytes) -> None:
        """The newest picture at one of them: `height * width * 3` bytes, rows from the top."""

    def remove(self, stream: StreamId) -> None:
        """There is no picture any more (camera off, left)."""
