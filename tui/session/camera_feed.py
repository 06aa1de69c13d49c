"""Our camera as the transport takes it: opened lazily, closed while paused, exchangeable.

A paused camera is closed, so that its light goes off; the track stays published. The feed never
ends by itself: when a camera fails, it reports why and waits until it is resumed or another one
is chosen.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from tui.domain.media import EncodedPicture, MediaName, PlanarFrame
from tui.ports.devices import Camera, Devices, DeviceUnavailable
from tui.ports.transport import EndOfMedia

_log = logging.getLogger(__name__)


class CameraFeed:
    """A `FrameSource` over whichever camera is chosen.

    Args:
        devices: Opens cameras.
        name: The camera to begin with.
        on_frame: Sees every picture that is sent (the self view).
        on_problem: Called with (problem, remedy) when the camera can't be used any more.
    """

    def __init__(
        self,
        devices: Devices,
        name: MediaName,
        *,
        on_frame: Callable[[PlanarFrame], None],
        on_problem: Callable[[str, str], None],
    ):
        self._devices = devices
        self._name = name
        self._on_frame = on_frame
        self._on_problem = on_problem
        self.on_encoded: Callable[[EncodedPicture], bool] = lambda _picture: False
        """Takes each picture as it is sent; see `FrameSource.encoded`."""
        self._camera: Camera | None = None
        self._running = asyncio.Event()
        self._closed = False
        self._lock = asyncio.Lock()

    @property
    def label(self) -> str:
        """The camera in use, in words."""
        return self._camera.label if self._camera else str(self._name)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the open camera, or a usual one before it is open."""
        return self._camera.size if self._camera else (320, 240)

    @property
    def paused(self) -> bool:
        """Not sending pictures."""
        return not self._running.is_set()

    async def resume(self, name: MediaName | None = None) -> None:
        """Open the camera and send. Raises `DeviceUnavailable`; then it stays paused.

        Args:
            name: Another one than the chosen one, this time.
        """
        async with self._lock:
            if self._camera is None:
                self._camera = await self._devices.open_camera(name or self._name)
        self._running.set()

    async def pause(self) -> None:
        """Stop sending and close the camera."""
        self._running.clear()
        await self._close_camera()

    async def choose(self, name: MediaName) -> None:
        """Use another camera from now on. Raises `DeviceUnavailable` when running."""
        was_running = self._running.is_set()
        await self.pause()
        self._name = name
        if was_running:
            await self.resume()

    async def next_frame(self) -> PlanarFrame:
        """The next picture; waits while paused. Raises `EndOfMedia` once closed."""
        while True:
            await self._running.wait()
            if self._closed:
                raise EndOfMedia
            camera = self._camera
            if camera is None:
                self._running.clear()
                continue
            try:
                frame = await camera.next_frame()
            except EndOfMedia:
                if self._camera is camera and not self._closed:
                    await self.pause()
                    self._on_problem("The camera stopped.", "Turn the camera on again to retry.")
                continue
            except DeviceUnavailable as gone:
                await self.pause()
                self._on_problem(gone.problem, gone.remedy)
                continue
            except Exception:  # whatever it is: else the last picture would stand for ever
                _log.exception("the camera failed")
                await self.pause()
                told = "The camera failed, a fault in cellcall; the log says more."
                self._on_problem(told, "Turn the camera on again to retry.")
                continue
            if self._running.is_set() and self._camera is camera:
                self._on_frame(frame)
                return frame

    def encoded(self, picture: EncodedPicture) -> bool:
        """See `FrameSource.encoded`."""
        return self.on_encoded(picture)

    async def close(self) -> None:
        """Release the camera and end the feed. Idempotent."""
        self._closed = True
        await self._close_camera()
        self._running.set()

    async def _close_camera(self) -> None:
        async with self._lock:
            camera, self._camera = self._camera, None
            if camera is not None:
                await camera.close()
