"""Synthetic cameras: pictures made straight as Y, U, V planes, the same ones every time.

Picture number N depends on nothing but N, so that a test knows what it sees, and two sides can
compare.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from tui.domain.media import PlanarFrame
from tui.ports.transport import EndOfMedia

WIDTH: Final = 320
HEIGHT: Final = 240
FPS: Final = 15.0
Plane = NDArray[np.uint8]

_BARS: Final = (
    (180, 128, 128),  # grey
    (162, 44, 142),  # yellow
    (131, 156, 44),  # cyan
    (112, 72, 58),  # green
    (84, 184, 198),  # magenta
    (65, 100, 212),  # red
    (35, 212, 114),  # blue
)
"""75 % colour bars in limited-range BT.601, as (Y, U, V)."""
_WHITE_Y: Final = 235
_BLACK_Y: Final = 16
_LAP_S: Final = 4.0
"""The moving mark crosses the picture in this time."""
_COUNTER_BITS: Final = 16


def yuv_of(red: int, green: int, blue: int) -> tuple[int, int, int]:
    """Limited-range BT.601 of an sRGB colour, each 0 to 255."""
    y = 16 + (65.738 * red + 129.057 * green + 25.064 * blue) / 256
    u = 128 + (-37.945 * red - 74.494 * green + 112.439 * blue) / 256
    v = 128 + (112.439 * red - 94.154 * green - 18.285 * blue) / 256
    return round(y), round(u), round(v)


class Painter(Protocol):
    """What computes a synthetic camera's pictures."""

    def planes(self, number: int, at_s: float) -> tuple[Plane, bytes, bytes]:
        """Y, U, V of picture `number`, which belongs to the moment `at_s` [s]."""


class Bars:
    """Colour bars; a white block wanders along, and the lowest strip counts pictures in binary."""

    def __init__(self, width: int, height: int):
        columns = np.minimum(np.arange(width) * len(_BARS) // width, len(_BARS) - 1)
        half = columns[::2]
        table = np.array(_BARS, np.uint8)
        self._y = np.broadcast_to(table[columns, 0], (height, width))
        self._u = _tiled(table[half, 1], (height + 1) // 2)
        self._v = _tiled(table[half, 2], (height + 1) // 2)

    def planes(self, number: int, at_s: float) -> tuple[Plane, bytes, bytes]:
        """Y, U, V of one picture."""
        y = self._y.copy()
        _draw_mark(y, at_s)
        _draw_counter(y, number)
        return y, self._u, self._v


class Colour:
    """One colour and a wandering white mark.

    Args:
        width: In pixels.
        height: In pixels.
        rgb: Six hex digits.
    """

    def __init__(self, width: int, height: int, rgb: str):
        y, u, v = yuv_of(*bytes.fromhex(rgb))
        self._y = np.full((height, width), y, np.uint8)
        self._u = bytes([u]) * (((width + 1) // 2) * ((height + 1) // 2))
        self._v = bytes([v]) * (((width + 1) // 2) * ((height + 1) // 2))

    def planes(self, number: int, at_s: float) -> tuple[Plane, bytes, bytes]:
        """Y, U, V of one picture."""
        y = self._y.copy()
        _draw_mark(y, at_s)
        return y, self._u, self._v


class Noise:
    """Grey noise in blocks of 4 pixels: the worst that a codec may get."""

    def __init__(self, width: int, height: int):
        self._size = (height, width)
        self._grey = bytes([128]) * (((width + 1) // 2) * ((height + 1) // 2))

    def planes(self, number: int, at_s: float) -> tuple[Plane, bytes, bytes]:
        """Y, U, V of one picture."""
        height, width = self._size
        coarse = np.random.default_rng(number).integers(
            _BLACK_Y, _WHITE_Y, (-(-height // 4), -(-width // 4)), np.uint8
        )
        y = coarse.repeat(4, axis=0).repeat(4, axis=1)[:height, :width]
        return np.ascontiguousarray(y), self._grey, self._grey


def _tiled(row: Plane, rows: int) -> bytes:
    return np.broadcast_to(row, (rows, len(row))).tobytes()


def _draw_mark(y: Plane, at_s: float) -> None:
    height, width = y.shape
    side = max(2, height // 6)
    left = int((at_s / _LAP_S) % 1.0 * max(1, width - side))
    top = (height - side) // 2
    y[top : top + side, left : left + side] = _WHITE_Y
    y[top + side // 4 : top + side - side // 4, left + side // 4 : left + side - side // 4] = (
        _BLACK_Y
    )


def _draw_counter(y: Plane, number: int) -> None:
    height, width = y.shape
    strip = max(2, height // 12)
    bits = (number >> np.arange(_COUNTER_BITS - 1, -1, -1)) & 1
    shades = np.where(bits == 1, _WHITE_Y, _BLACK_Y).astype(np.uint8)
    y[height - strip :] = shades[np.arange(width) * _COUNTER_BITS // width]


class SyntheticCamera:
    """A camera that computes its pictures.

    Args:
        label: For the screen.
        painter: Computes them.
        width: In pixels.
        height: In pixels.
        fps: Pictures a second.
        clock_s: Monotonic seconds.
    """

    def __init__(
        self,
        label: str,
        painter: Painter,
        *,
        width: int = WIDTH,
        height: int = HEIGHT,
        fps: float = FPS,
        clock_s: Callable[[], float] = time.monotonic,
    ):
        self.label = label
        self.width = width
        self.height = height
        self.fps = fps
        self._painter = painter
        self._clock_s = clock_s
        self._started_s: float | None = None
        self._number = 0
        self._closed = asyncio.Event()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.width, self.height

    def frame_at(self, seconds: float) -> PlanarFrame:
        """The picture of this moment, whatever the clock says."""
        return self._painted(int(seconds * self.fps + 1e-6))

    def _painted(self, number: int) -> PlanarFrame:
        at_s = number / self.fps
        y, u, v = self._painter.planes(number, at_s)
        return PlanarFrame(
            self.width,
            self.height,
            y.tobytes(),
            u,
            v,
            self.width,
            (self.width + 1) // 2,
            at_s,
        )

    async def next_frame(self) -> PlanarFrame:
        """The next picture in time; pictures nobody waited for are skipped."""
        now_s = self._clock_s()
        if self._started_s is None:
            self._started_s = now_s
        due = int((now_s - self._started_s) * self.fps)
        self._number = max(self._number, due)
        wait_s = self._started_s + self._number / self.fps - now_s
        if wait_s > 0 and not self._closed.is_set():
            # Not wait_for: on Python 3.11 it may swallow a cancellation.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._closed.wait()
        if self._closed.is_set():
            raise EndOfMedia
        frame = self._painted(self._number)
        self._number += 1
        return frame

    async def close(self) -> None:
        """End it; who waits for a picture gets `EndOfMedia`. Idempotent."""
        self._closed.set()
