"""Picture slots, in plain memory or shared between two processes.

Shared: one file per slot in a private folder (memory-backed where the system has one), mapped by
both sides. Two buffers and a serial number: the writer fills the buffer that is not announced,
then announces it, so that neither side ever waits and a stalled reader costs nothing.
"""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path
from typing import Final

from tui.ports.handle import Picture

_HEADER: Final = struct.Struct("=QII")
"""Serial of the newest picture (0: none yet), width, height."""

MAX_PIXELS: Final = 2560 * 1440
"""Largest raster a slot takes; a terminal of 640x180 cells at 4x8 pixels a cell."""


class MemoryPictures:
    """Slots for a front end in this process."""

    def __init__(self) -> None:
        self._wanted: dict[str, tuple[int, int]] = {}
        self._newest: dict[str, Picture] = {}
        self._serial = 0

    def want(self, uid: str, width: int, height: int) -> None:
        """The front end asks for this raster; 0x0 ends it."""
        self._wanted[uid] = bounded(width, height)

    def wanted(self, uid: str) -> tuple[int, int]:
        """The raster asked for."""
        return self._wanted.get(uid, (0, 0))

    def put(self, uid: str, width: int, height: int, rgb: bytes) -> None:
        """The newest picture."""
        self._serial += 1
        self._newest[uid] = Picture(self._serial, width, height, rgb)

    def remove(self, uid: str) -> None:
        """No picture any more."""
        self._newest.pop(uid, None)

    def newest(self, uid: str) -> Picture | None:
        """What `put` left, or None."""
        return self._newest.get(uid)


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
            os.ftruncate(descriptor, _HEADER.size + 2 * self._bytes)
            self._map = mmap.mmap(descriptor, _HEADER.size + 2 * self._bytes)
        finally:
            os.close(descriptor)
        self._serial = 0
        _HEADER.pack_into(self._map, 0, 0, width, height)

    def put(self, rgb: bytes) -> None:
        """Write the newest picture, `height * width * 3` bytes."""
        serial = self._serial + 1
        start = _HEADER.size + (serial & 1) * self._bytes
        self._map[start : start + self._bytes] = rgb
        self._serial = serial
        _HEADER.pack_into(self._map, 0, serial, self.width, self.height)

    def clear(self) -> None:
        """There is no picture any more; the next one keeps counting."""
        _HEADER.pack_into(self._map, 0, 0, self.width, self.height)

    def close(self) -> None:
        """Unmap and remove the file; readers keep what they mapped."""
        self._map.close()
        self.path.unlink(missing_ok=True)


class SlotReader:
    """The front end's side of one shared slot."""

    def __init__(self, path: Path):
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        self._newest: Picture | None = None

    def newest(self) -> Picture | None:
        """The newest whole picture; the same object as long as nothing new came."""
        for _ in range(3):
            serial, width, height = _HEADER.unpack_from(self._map, 0)
            if serial == 0:
                self._newest = None
                return None
            if self._newest is not None and self._newest.serial == serial:
                return self._newest
            size = width * height * 3
            start = _HEADER.size + (serial & 1) * size
            rgb = self._map[start : start + size]
            after = _HEADER.unpack_from(self._map, 0)[0]
            if after - serial <= 1 and len(rgb) == size:
                # The writer touches this buffer again only for serial + 2.
                self._newest = Picture(serial, width, height, rgb)
                return self._newest
        return self._newest

    def close(self) -> None:
        """Unmap."""
        self._map.close()
