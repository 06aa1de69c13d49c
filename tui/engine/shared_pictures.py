"""The engine's shared slots: one file per stream and raster, announced to the front end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tui.domain.ids import StreamId
from tui.engine.pictures import SlotWriter, bounded

Announce = Callable[[StreamId, str], None]
"""Called with (stream, path) when a slot is made, and (stream, "") when it is gone."""


class SharedPictures:
    """Slots in a private folder. With two front ends the one that asked last decides the raster.

    Args:
        folder: Private to the user, rights 0700.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._slots: dict[StreamId, SlotWriter] = {}
        self._made = 0
        self.announce: Announce = lambda _uid, _path: None

    def want(self, stream: StreamId, width: int, height: int) -> None:
        """A front end asks for this raster; 0x0 ends it."""
        width, height = bounded(width, height)
        slot = self._slots.get(stream)
        if slot is not None and (slot.width, slot.height) == (width, height):
            self.announce(stream, str(slot.path))
            return
        if slot is not None:
            del self._slots[stream]
            slot.close()
        if not width:
            self.announce(stream, "")
            return
        self._made += 1
        # A participant's id is foreign text: it never becomes part of a path.
        slot = SlotWriter(self._folder / f"slot-{self._made}", width, height)
        self._slots[stream] = slot
        self.announce(stream, str(slot.path))

    def wanted(self, stream: StreamId) -> tuple[int, int]:
        """The raster asked for."""
        slot = self._slots.get(stream)
        return (slot.width, slot.height) if slot is not None else (0, 0)

    def put(self, stream: StreamId, width: int, height: int, rgb: bytes) -> None:
        """The newest picture."""
        slot = self._slots.get(stream)
        if slot is not None and (slot.width, slot.height) == (width, height):
            slot.put(rgb)

    def remove(self, stream: StreamId) -> None:
        """No picture any more; the slot stays for the next one."""
        slot = self._slots.get(stream)
        if slot is not None:
            slot.clear()

    def close(self) -> None:
        """Remove every slot."""
        for slot in self._slots.values():
            slot.close()
        self._slots.clear()
