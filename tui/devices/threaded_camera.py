"""A camera whose pictures come from a thread that may block; the newest picture wins."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Final

from av import VideoFrame
from av.container import InputContainer
from av.video.reformatter import ColorRange

from tui.devices.media_file import whole_frames
from tui.domain.media import PlanarFrame
from tui.ports.devices import DeviceUnavailable
from tui.ports.transport import EndOfMedia

_log = logging.getLogger(__name__)

CAMERA_BOX: Final = (640, 480)
"""Pictures are made to fit this: more costs the encoder and shows nowhere in cells."""
SHARE_BOX: Final = (1920, 1080)
"""Text on a shared screen must be legible; what CometChat's SDK captures at most."""

SILENT_S: Final = 5.0
"""A camera or screen that gives no picture for so long hangs: the others look at the last one."""


def fitted(width: int, height: int, box: tuple[int, int] = CAMERA_BOX) -> tuple[int, int]:
    """The largest even size of this shape within the box; never larger than the picture."""
    factor = min(1.0, box[0] / width, box[1] / height)
    return max(2, int(width * factor) // 2 * 2), max(2, int(height * factor) // 2 * 2)


def planar(frame: VideoFrame, size: tuple[int, int], at_s: float) -> PlanarFrame:
    """The planes of a decoded picture, scaled and converted only where it must be.

    Shades become limited range (16 to 235), which every codec of a call expects; webcams that give
    JPEG, and still images, use the full one.
    """
    fits = frame.format.name == "yuv420p" and (frame.width, frame.height) == size
    if not fits or frame.color_range == ColorRange.JPEG:
        frame = frame.reformat(
            width=size[0], height=size[1], format="yuv420p", dst_color_range=ColorRange.MPEG
        )
    y, u, v = frame.planes
    return PlanarFrame(
        size[0],
        size[1],
        memoryview(y),
        memoryview(u),
        memoryview(v),
        y.line_size,
        u.line_size,
        at_s,
    )


def decoded(
    container: InputContainer, size: tuple[int, int], ending: threading.Event
) -> Iterator[PlanarFrame]:
    """The pictures of a device, shrunk to `size`, until `ending` is set."""
    for frame in whole_frames(container, container.streams.video[0]):
        if ending.is_set():
            return
        yield planar(frame, size, frame.time or 0.0)


class ThreadedCamera:
    """Runs `frames(ending)` in a thread and hands out the newest picture.

    Args:
        label: For the screen.
        size: (width, height) of every picture.
        fps: Pictures a second, about.
        frames: Makes the pictures at their pace; ends soon after the event is set.
        release: Called once in the thread at its end, or by `close` when it never ran.
        silent: What is wrong, and what to do, when no picture comes for `SILENT_S`; None: a film
            may have long pauses.
    """

    def __init__(
        self,
        label: str,
        size: tuple[int, int],
        fps: float,
        frames: Callable[[threading.Event], Iterator[PlanarFrame]],
        release: Callable[[], None],
        *,
        silent: tuple[str, str] | None = None,
    ):
        self._silent = silent
        self._hangs = False
        self.label = label
        self.width, self.height = size
        self.fps = fps
        self._frames = frames
        self._release = release
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._newest: PlanarFrame | None = None
        self._ended = False
        self._waiting: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.width, self.height

    async def next_frame(self) -> PlanarFrame:
        """The newest picture not yet given; waits for it. One reader.

        Raises:
            EndOfMedia: closed, or the camera went away.
            DeviceUnavailable: It hangs, and `close` will not wait for it.
        """
        event = asyncio.Event()
        with self._lock:
            self._waiting = (asyncio.get_running_loop(), event)
            if self._thread is None and not self._ended:
                self._thread = threading.Thread(target=self._run, name=self.label, daemon=True)
                self._thread.start()
        while True:
            with self._lock:
                frame, self._newest = self._newest, None
                if frame is not None:
                    return frame
                if self._ended:
                    raise EndOfMedia
                event.clear()
            await self._woken(event)

    async def _woken(self, event: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(SILENT_S if self._silent else None):
                await event.wait()
        except TimeoutError:
            assert self._silent is not None
            self._hangs = True
            self._ending.set()
            raise DeviceUnavailable(*self._silent) from None

    def _run(self) -> None:
        try:
            for frame in self._frames(self._ending):
                if self._ending.is_set():
                    break
                with self._lock:
                    self._newest = frame
                self._wake()
        except Exception:
            # A thread has nobody above it: the reader gets EndOfMedia, the log the reason.
            _log.exception("%s stopped", self.label)
        finally:
            self._release()
            with self._lock:
                self._ended = True
            self._wake()

    def _wake(self) -> None:
        waiting = self._waiting
        if waiting is None:
            return
        try:
            waiting[0].call_soon_threadsafe(waiting[1].set)
        except RuntimeError:
            self._waiting = None  # the loop is closed; nobody waits

    async def close(self) -> None:
        """Stop the thread; waits up to two seconds for one that does not hang. Idempotent."""
        self._ending.set()
        with self._lock:
            thread, ran = self._thread, self._ended
            if thread is None:
                self._ended = True
        if thread is not None:
            await asyncio.to_thread(thread.join, 0.0 if self._hangs else 2.0)
        elif not ran:
            self._release()
        with self._lock:
            self._ended = True
            self._newest = None
        self._wake()
