"""The engine's shared slots: one file per stream and raster, for all front ends that ask for it."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

from tui.domain.ids import StreamId
from tui.engine.slots import SlotWriter, bounded

_Raster = tuple[int, int]


class SharedPictures:
    """Slots in a private folder. A slot lasts for as long as one front end asks for its raster.

    Args:
        folder: Private to the user, rights 0700.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._slots: dict[StreamId, dict[_Raster, SlotWriter]] = {}
        self._wishes: dict[Hashable, dict[StreamId, _Raster]] = {}
        self._made = 0

    def want(self, who: Hashable, stream: StreamId, width: int, height: int) -> str:
        """A front end asks for this raster instead of its last one; 0x0 ends it.

        Returns:
            The path of the slot; empty when there is none.
        """
        raster = bounded(width, height)
        wishes = self._wishes.setdefault(who, {})
        wishes.pop(stream, None)
        if all(raster):
            wishes[stream] = raster
        self._close_unwanted(stream)
        slots = self._slots.get(stream, {})
        if not all(raster):
            return ""
        if raster not in slots:
            self._made += 1
            # A participant's id is foreign text: it never becomes part of a path.
            slots[raster] = SlotWriter(self._folder / f"slot-{self._made}", *raster)
            self._slots[stream] = slots
        return str(slots[raster].path)

    def forget(self, who: Hashable) -> None:
        """A front end is gone, and asks for nothing any more."""
        for stream in self._wishes.pop(who, {}):
            self._close_unwanted(stream)

    def _close_unwanted(self, stream: StreamId) -> None:
        wanted = {wishes[stream] for wishes in self._wishes.values() if stream in wishes}
        slots = self._slots.get(stream, {})
        for raster in set(slots) - wanted:
            slots.pop(raster).close()
        if not slots:
            self._slots.pop(stream, None)

    def wanted(self, stream: StreamId) -> tuple[_Raster, ...]:
        """The rasters asked for."""
        return tuple(self._slots.get(stream, ()))

    def put(self, stream: StreamId, width: int, height: int, rgb: bytes) -> None:
        """The newest picture at one of them."""
        slot = self._slots.get(stream, {}).get((width, height))
        if slot is not None:
            slot.put(rgb)

    def remove(self, stream: StreamId) -> None:
        """No picture any more; the slots stay for the next one."""
        for slot in self._slots.get(stream, {}).values():
            slot.clear()

    def close(self) -> None:
        """Remove every slot."""
        for slots in self._slots.values():
            for slot in slots.values():
                slot.close()
        self._slots.clear()
