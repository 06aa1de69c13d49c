"""The part of one picture that is looked at closely: cut out before anything is scaled.

The trap is a shared screen on which nothing moves: no picture comes when the part moves, so that a
copy of the newest one is kept, but only while somebody looks closely.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.domain.ids import StreamId
from tui.domain.media import PlanarFrame
from tui.domain.zoom import Size, Zoom
from tui.video.raster import raster

_RASTER_PER_DOT: Final = 2
"""A raster has 4 x 8 pixels a cell, whose glyphs have 2 x 4 dots."""
_BLOCK: Final = 16
_CHANGED: Final = 6.0
"""Mean difference of a block's brightness that no codec's noise makes."""
_EVERYWHERE: Final = 0.5
"""More than this share of the blocks changed: it is another page, and nothing to go to."""


class Zooming:
    """Cuts out what is looked at."""

    def __init__(self) -> None:
        self.zoom: Zoom | None = None
        """None: everything is shown whole."""
        self.newest: PlanarFrame | None = None
        """Of the stream that is looked at, its own copy."""
        self._seen: tuple[float, float] = (0.5, 0.5)
        """How large the part was, as shares of the picture."""
        self._blocks: NDArray[np.float32] | None = None

    def look(self, zoom: Zoom | None) -> None:
        """Look at this part from now on."""
        before, self.zoom = self.zoom, zoom
        if zoom is None or before is None or before.stream != zoom.stream:
            self.newest = self._blocks = None

    def move(self, across: int, down: int) -> None:
        """By half of what is seen, in each direction: -1, 0 or 1."""
        if self.zoom is not None:
            width, height = self._seen
            self.zoom = self.zoom.moved(across * width / 2, down * height / 2)

    def came(self, stream: StreamId, frame: PlanarFrame) -> None:
        """A picture came; kept, and followed where that is wanted."""
        zoom = self.zoom
        if zoom is None or zoom.stream != stream:
            return
        if zoom.follows:
            self._follow(zoom, frame)
        self.newest = replace(frame, y=bytes(frame.y), u=bytes(frame.u), v=bytes(frame.v))

    def drawn(self, stream: StreamId, frame: PlanarFrame, size: Size) -> bytes | None:
        """The raster of this size of what is looked at, RGB; None: it is not looked at closely."""
        zoom = self.zoom
        dots = size[0] // _RASTER_PER_DOT, size[1] // _RASTER_PER_DOT
        if zoom is None or zoom.stream != stream or not all(dots) or _is_tiny(frame):
            return None
        rgb = raster(self._part(zoom, frame, dots), *dots, whole=True)
        pixels = np.frombuffer(rgb, np.uint8).reshape(dots[1], dots[0], 3)
        large = pixels.repeat(_RASTER_PER_DOT, 0).repeat(_RASTER_PER_DOT, 1)
        missing = (0, size[1] - len(large)), (0, size[0] - large.shape[1]), (0, 0)
        return np.pad(large, missing).tobytes()

    def _part(self, zoom: Zoom, frame: PlanarFrame, drawn: Size) -> PlanarFrame:
        left, top, width, height = zoom.part((frame.width, frame.height), drawn)
        self._seen = width / frame.width, height / frame.height
        luma_at = top * frame.y_stride + left
        colour_at = top // 2 * frame.uv_stride + left // 2
        return replace(
            frame,
            width=width,
            height=height,
            y=_from(frame.y, luma_at, height * frame.y_stride),
            u=_from(frame.u, colour_at, height // 2 * frame.uv_stride),
            v=_from(frame.v, colour_at, height // 2 * frame.uv_stride),
        )

    def _follow(self, zoom: Zoom, frame: PlanarFrame) -> None:
        rows, columns = frame.height // _BLOCK, frame.width // _BLOCK
        if not rows or not columns:
            return
        luma = np.frombuffer(frame.y, np.uint8)[: frame.y_stride * frame.height]
        luma = luma.reshape(frame.height, frame.y_stride)[: rows * _BLOCK, : columns * _BLOCK]
        blocks = luma.reshape(rows, _BLOCK, columns, _BLOCK).mean((1, 3), dtype=np.float32)
        before, self._blocks = self._blocks, blocks
        if before is None or before.shape != blocks.shape:
            return
        changed = np.abs(blocks - before) > _CHANGED
        if not 0 < changed.sum() < changed.size * _EVERYWHERE:
            return
        down, across = np.nonzero(changed)
        x, y = (float(across.mean()) + 0.5) / columns, (float(down.mean()) + 0.5) / rows
        self.zoom = replace(zoom, x=x, y=y)


def _is_tiny(frame: PlanarFrame) -> bool:
    """There is nothing to cut out, and colours have fewer pixels still."""
    return min(frame.width, frame.height) < 4


def _from(plane: bytes | memoryview, at: int, length: int) -> bytes | memoryview:
    """Rows of a plane from some pixel on; its last one is filled up, as whole rows are read."""
    rest = memoryview(plane)[at : at + length]
    return rest if len(rest) == length else bytes(rest).ljust(length, b"\0")
