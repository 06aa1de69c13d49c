"""Devices that a program feeds: a microphone of samples, a camera of pictures, no loudspeaker.

A generator makes sound or pictures as fast as it can; these take them at the pace of a call. The
trap is a slow one: the microphone then plays silence and the camera stands still, for a call that
waits for its program would be heard to.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np
from av import VideoFrame
from numpy.typing import NDArray

from tui.devices.null import null_speaker
from tui.devices.paced import PacedMicrophone
from tui.devices.threaded_camera import planar
from tui.domain.device_choice import DeviceInfo
from tui.domain.media import BLOCK_SAMPLES, SAMPLE_RATE_HZ, MediaName, PlanarFrame
from tui.domain.snapshot import DeviceKind
from tui.ports.devices import Block, Camera, Microphone, Speaker
from tui.ports.transport import EndOfMedia

KEPT_SAMPLES: Final = SAMPLE_RATE_HZ
"""Sound that waits to be played, at most: a second."""


class FedSound:
    """Sound that waits to be played; put from any thread, taken by the microphone's."""

    def __init__(self) -> None:
        self._waiting: deque[Block] = deque()
        self._held = 0
        self._lock = threading.Lock()

    def put(self, samples: Block) -> None:
        """More sound; the oldest goes when it is too much."""
        with self._lock:
            self._waiting.append(samples)
            self._held += len(samples)
            while self._held > KEPT_SAMPLES:
                self._held -= len(self._waiting.popleft())

    def next_block(self) -> Block:
        """The next 10 ms: silence for what there is not."""
        block = np.zeros(BLOCK_SAMPLES, np.int16)
        at = 0
        with self._lock:
            while self._waiting and at < BLOCK_SAMPLES:
                first = self._waiting.popleft()
                part = first[: BLOCK_SAMPLES - at]
                block[at : at + len(part)] = part
                at += len(part)
                if len(part) < len(first):
                    self._waiting.appendleft(first[len(part) :])
            self._held -= at
        return block

    def close(self) -> None:
        """Nothing is open."""


class FedPictures:
    """The newest picture to be sent; of the event loop.

    Args:
        size: (width, height) of what is sent [pixels], even numbers.
        fps: Most pictures a second.
    """

    def __init__(self, size: tuple[int, int], fps: float):
        self.size = size
        self.fps = fps
        self._newest: PlanarFrame | None = None
        self._came = asyncio.Event()

    def put(self, rgb: NDArray[np.uint8], at_s: float) -> None:
        """A picture, (height, width, 3); scaled when it is of another size."""
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24")
        self._newest = planar(frame, self.size, at_s)
        self._came.set()

    async def take(self) -> PlanarFrame:
        """Wait for the next picture."""
        await self._came.wait()
        self._came.clear()
        assert self._newest is not None
        return self._newest


class FedCamera:
    """A camera that shows the pictures it is fed."""

    label = "program"

    def __init__(self, pictures: FedPictures):
        self._pictures = pictures
        self.width, self.height = pictures.size
        self.fps = pictures.fps
        self._closed = asyncio.Event()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.width, self.height

    async def next_frame(self) -> PlanarFrame:
        """The next picture that is fed. Raises `EndOfMedia` when it is closed."""
        taking = asyncio.ensure_future(self._pictures.take())
        closing = asyncio.ensure_future(self._closed.wait())
        try:
            await asyncio.wait({taking, closing}, return_when=asyncio.FIRST_COMPLETED)
            if self._closed.is_set():
                raise EndOfMedia
            return taking.result()
        finally:
            taking.cancel()
            closing.cancel()

    async def close(self) -> None:
        """End it. Idempotent."""
        self._closed.set()


class Feed:
    """Where a program's sound and pictures go, and the devices they come out of.

    Args:
        size: (width, height) of the pictures that are sent [pixels], even numbers.
        fps: Most pictures a second.
    """

    def __init__(self, size: tuple[int, int], fps: float):
        self.fps = fps
        self._sound = FedSound()
        self._pictures = FedPictures(size, fps)
        self.devices = FedDevices(self._sound, self._pictures)

    def put_sound(self, samples: Block) -> None:
        """More sound."""
        self._sound.put(samples)

    def put_picture(self, rgb: NDArray[np.uint8], at_s: float) -> None:
        """The newest picture."""
        self._pictures.put(rgb, at_s)

    def put_screen(self, rgb: NDArray[np.uint8], at_s: float) -> None:
        """The newest picture of what is shared."""
        self.devices.screen.put(rgb, at_s)

    def size_screen(self, size: tuple[int, int]) -> None:
        """(width, height) of what will be shared [pixels], even numbers."""
        self.devices.screen = FedPictures(size, self.fps)


class FedDevices:
    """Implements `tui.ports.devices.Devices`; each name opens the device that is fed."""

    def __init__(self, sound: FedSound, pictures: FedPictures):
        self._sound = sound
        self._pictures = pictures
        self.screen = FedPictures(pictures.size, pictures.fps)

    def open_microphone(self, name: MediaName) -> Microphone:
        """The microphone that is fed, in real time."""
        return PacedMicrophone("program", self._sound)

    def open_speaker(self, name: MediaName) -> Speaker:
        """A speaker that plays nothing, but pulls in real time, so that sound is decoded."""
        return null_speaker()

    async def open_camera(self, name: MediaName) -> Camera:
        """The camera that is fed."""
        return FedCamera(self._pictures)

    async def open_share(self, name: MediaName) -> Camera:
        """What is fed to be shared."""
        return FedCamera(self.screen)

    def list_devices(self, kind: DeviceKind) -> tuple[DeviceInfo, ...]:
        """The program is the only device."""
        return (DeviceInfo(kind, "program", "program", is_default=True),)

    def watch_sound(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Nothing changes."""
        return lambda: None
