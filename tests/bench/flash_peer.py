"""A participant whose picture flashes and whose microphone beeps at the same moments.

`flash_peer URL API_KEY SESSION UID`, killed by whoever started it. Both follow the system's
monotonic clock, which all processes of a machine share: at every whole second the picture is white
for half a second, and a beep of 0.1 s begins.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable

import numpy as np

from tui.bootstrap import open_local_handle
from tui.devices.local import LocalDevices
from tui.domain.commands.account import Init, Login
from tui.domain.commands.call import JoinById
from tui.domain.device_choice import DeviceInfo, MediaChoice
from tui.domain.media import BLOCK_SAMPLES, SAMPLE_RATE_HZ, MediaName, PlanarFrame
from tui.domain.settings import AppSettings
from tui.domain.snapshot import DeviceKind
from tui.ports.devices import Block, Camera, Microphone, Speaker

FLASH_S = 0.5
BEEP_S = 0.1
WIDTH, HEIGHT, FPS = 320, 240, 15.0


class FlashCamera:
    """Dark with a bar that moves; white in the first half of every second."""

    label, width, height, fps = "flash", WIDTH, HEIGHT, FPS
    size = (WIDTH, HEIGHT)

    async def next_frame(self) -> PlanarFrame:
        now = time.monotonic()
        # On the grid of the clock, so that a flash begins with a picture.
        due = (int(now * FPS) + 1) / FPS
        await asyncio.sleep(due - now)
        luma = np.full((HEIGHT, WIDTH), 235, np.uint8)
        if due % 1 >= FLASH_S:
            luma[:] = np.linspace(30, 90, WIDTH, dtype=np.uint8)
            at = int(due * 80) % (WIDTH - 40)
            luma[:, at : at + 40] = 130
        chroma = np.full((HEIGHT // 2, WIDTH // 2), 128, np.uint8).tobytes()
        return PlanarFrame(WIDTH, HEIGHT, luma.tobytes(), chroma, chroma, WIDTH, WIDTH // 2, due)

    async def close(self) -> None:
        pass


class BeepMicrophone:
    """Beeps at every whole second."""

    label, failed, hears_a_room = "beep", False, False

    def __init__(self) -> None:
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, on_block: Callable[[Block], None]) -> None:
        self._thread = threading.Thread(target=self._run, args=(on_block,), daemon=True)
        self._thread.start()

    def _run(self, on_block: Callable[[Block], None]) -> None:
        sample = int(time.monotonic() * SAMPLE_RATE_HZ)
        while not self._stopped.is_set():
            sample += BLOCK_SAMPLES
            wait = sample / SAMPLE_RATE_HZ - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            # A microphone hands over a block when it is full.
            times = (np.arange(BLOCK_SAMPLES) + sample - BLOCK_SAMPLES) / SAMPLE_RATE_HZ
            wave = 9000 * np.sin(2 * np.pi * 1000 * times) * (times % 1 < BEEP_S)
            on_block(wave.astype(np.int16))

    def stop(self) -> None:
        self._stopped.set()
        if self._thread is not None:
            self._thread.join()


class FlashDevices:
    def __init__(self) -> None:
        self._real = LocalDevices()

    def open_microphone(self, name: MediaName) -> Microphone:
        return BeepMicrophone()

    def open_speaker(self, name: MediaName) -> Speaker:
        return self._real.open_speaker(name)

    async def open_camera(self, name: MediaName) -> Camera:
        return FlashCamera()

    def list_devices(self, kind: DeviceKind) -> tuple[DeviceInfo, ...]:
        return ()


async def main(url: str, api_key: str, session: str, uid: str) -> None:
    handle = await open_local_handle(devices=FlashDevices())
    await handle.do(Init(AppSettings(server=url)))
    await handle.do(Login(uid, api_key))
    await handle.do(
        JoinById(session, {"displayName": "Flash"}, MediaChoice("test:bars", "test:beeps", "null"))
    )
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
