"""Picture slots, in plain memory or shared between two processes.

Shared: one file per slot in a private folder (memory-backed where the system has one), mapped by
both sides. Two buffers and a serial number: the writer fills the buffer that is not announced,
then announces it, so that neither side ever waits and a stalled reader costs nothing. The serial
number is written and read as one aligned word: `struct.pack_into` clears and then fills byte by
byte, and a reader between two bytes saw pictures of no height.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Final

from tui.domain.ids import StreamId
from tui.ports.handle import Picture

_HEADER_BYTES: Final = 16
"""Serial of the newest picture (64 bits, 0: none yet), width, height (32 bits each)."""

MAX_PIXELS: Final = 2560 * 1440
"""Largest raster a slot takes; a terminal of 640x180 cells at 4x8 pixels a cell."""


class MemoryPictures:
    """Slots for a front end in this process."""

    def __init__(self) -> None:
        self._wanted: dict[StreamId, tuple[int, int]] = {}
        self._newest: dict[StreamId, Picture] = {}
        self._serial = 0

    def want(self, stream: StreamId, width: int, height: int) -> None:
        """The front end asks for this raster; 0x0 ends it."""
        self._wanted[stream] = bounded(width, height)

    def wanted(self, stream: StreamId) -> tuple[tuple[int, int], ...]:
        """The raster asked for, if any."""
        raster = self._wanted.get(stream, (0, 0))
        return (raster,) if all(raster) else ()

    def put(self, stream: StreamId, width: int, height: int, rgb: bytes) -> None:
        """The newest picture."""
        self._serial += 1
        self._newest[stream] = Picture(self._serial, width, height, rgb)

    def remove(self, stream: StreamId) -> None:
        """No picture any more."""
        self._newest.pop(stream, None)

    def newest(self, stream: StreamId) -> Picture | None:
        """What `put` left, or None."""
        return self._newest.get(stream)


def bounded(width: int, height: int) -> tuple[int, int]:
    """A raster no larger than a slot takes; (0, 0) for anything else."""
    if width <= 0 or height <= 0 or width * height > MAX_PIXELS:
        return (0, 0)
    return (width, height)


class SlotWriter:
    """The engine's side of one shared slot.

    Args:
        path: File to make, rights 0600; its folder is private.
        width: Raster width [pixels].
        height: Raster height [pixels].
    """

    def __init__(self, path: Path, width: int, height: int):
        self.path = path
        self.width, self.height = width, height
        self._bytes = width * height * 3
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.ftruncate(descriptor, _HEADER_BYTES + 2 * self._bytes)
            self._map = mmap.mmap(descriptor, _HEADER_BYTES + 2 * self._bytes)
        finally:
            os.close(descriptor)
        self._serial = 0
        self._announced = memoryview(self._map)[:8].cast("Q")
        with memoryview(self._map)[8:_HEADER_BYTES].cast("I") as size:
            size[0], size[1] = width, height

    def put(self, rgb: bytes) -> None:
        """Write the newest picture, `height * width * 3` bytes."""
        serial = self._serial + 1
        start = _HEADER_BYTES + (serial & 1) * self._bytes
        self._map[start : start + self._bytes] = rgb
        self._serial = serial
        self._announced[0] = serial

    def clear(self) -> None:
        """There is no picture any more; the next one keeps counting."""
        self._announced[0] = 0

    def close(self) -> None:
        """Unmap and remove the file; readers keep what they mapped. Idempotent."""
        self._announced.release()
        self._map.close()
        self.path.unlink(missing_ok=True)


class SlotReader:
    """The front end's side of one shared slot."""

    def __init__(self, path: Path):
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        self._announced = memoryview(self._map)[:8].cast("Q")
        self._size = memoryview(self._map)[8:_HEADER_BYTES].cast("I")
        self._newest: Picture | None = None

    def newest(self) -> Picture | None:
        """The newest whole picture; the same object as long as nothing new came."""
        for _ in range(3):
            serial, width, height = self._announced[0], self._size[0], self._size[1]
            if serial == 0:
                self._newest = None
                return None
            if self._newest is not None and self._newest.serial == serial:
                return self._newest
            size = width * height * 3
            start = _HEADER_BYTES + (serial & 1) * size
            rgb = self._map[start : start + size]
            # The writer fills this buffer again for serial + 2, and begins once serial + 1 is out.
            if self._announced[0] == serial:
                self._newest = Picture(serial, width, height, rgb)
                return self._newest
        return self._newest

    def close(self) -> None:
        """Unmap. Idempotent."""
        self._announced.release()
        self._size.release()
        self._map.close()
