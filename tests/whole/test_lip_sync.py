"""A flash and a beep of the same moment, seen and heard by somebody with a bad network."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from tests.fakes.people import camera
from tests.sound_lab.bad_line import BadLine
from tui.bootstrap import open_local_handle
from tui.devices.local import LocalDevices
from tui.devices.paced import PacedMicrophone, PacedSpeaker
from tui.domain.commands.account import Init, Login
from tui.domain.commands.call import JoinById
from tui.domain.device_choice import MediaChoice
from tui.domain.media import MediaName, PlanarFrame
from tui.domain.settings import AppSettings
from tui.ports.handle import Handle

from .program import Server, until

BEAT_S = 1.0
FLASH_S = 0.3
WIDTH, HEIGHT = 160, 120
APART_MOST_S = 0.080


def is_on() -> bool:
    """Whether everything flashes and beeps now."""
    return time.monotonic() % BEAT_S < FLASH_S


class Beeps:
    """1 kHz while it is on; noise keeps the voice from pausing (a pause has no moment)."""

    def __init__(self) -> None:
        at = np.arange(480) / 48_000
        self._tone = (12_000 * np.sin(2 * np.pi * 1000 * at)).astype(np.int16)
        self._noise = np.random.default_rng(1).normal(0, 200, 480).astype(np.int16)

    def next_block(self) -> np.ndarray:
        return self._tone if is_on() else self._noise

    def close(self) -> None:
        pass


class FlashingCamera:
    label, width, height, fps = "flashes", WIDTH, HEIGHT, 30.0
    size = (WIDTH, HEIGHT)

    async def next_frame(self) -> PlanarFrame:
        await asyncio.sleep(1 / self.fps)
        y = bytes([235 if is_on() else 16]) * (WIDTH * HEIGHT)
        grey = bytes([128]) * (WIDTH * HEIGHT // 4)
        return PlanarFrame(WIDTH, HEIGHT, y, grey, grey, WIDTH, WIDTH // 2)

    async def close(self) -> None:
        pass


class Onsets:
    """When a beep began, by the speaker's clock."""

    def __init__(self) -> None:
        self.at_s: list[float] = []
        self._loud = threading.Event()

    def take(self, block: np.ndarray) -> None:
        loud = bool(np.abs(block.astype(int)).mean() > 1500)
        if loud and not self._loud.is_set():
            self.at_s.append(time.monotonic())
        (self._loud.set if loud else self._loud.clear)()

    def close(self) -> None:
        pass


class Devices(LocalDevices):
    def __init__(self, heard: Onsets) -> None:
        super().__init__()
        self._heard = heard

    def open_microphone(self, name: MediaName) -> PacedMicrophone:
        return PacedMicrophone("beeps", Beeps())

    def open_speaker(self, name: MediaName) -> PacedSpeaker:
        return PacedSpeaker("onsets", self._heard)

    async def open_camera(self, name: MediaName) -> FlashingCamera:
        return FlashingCamera()


async def joined(url: str, key: str, uid: str, heard: Onsets) -> Handle:
    handle = await open_local_handle(devices=Devices(heard))
    await handle.do(Init(AppSettings(server=url)))
    await handle.do(Login(uid, key))
    media = MediaChoice("test:bars", "test:tone", "null")
    await handle.do(JoinById("standup", {}, media))
    return handle


async def test_a_flash_is_seen_when_its_beep_is_heard(server: Server, tmp_path: Path) -> None:
    port = urlsplit(server.url).port
    assert port is not None
    heard, seen_at_s = Onsets(), list[float]()
    with BadLine(port, server.udp_port) as line:
        line.to_client.jitter_s = 0.1
        alice = await joined(server.url, server.api_key, "alice", Onsets())
        bob = await joined(f"http://127.0.0.1:{line.http_port}", server.api_key, "bob", heard)
        bob.show_picture(camera("alice"), 16, 12)

        async def watch() -> None:
            bright = False
            while True:
                picture = bob.picture(camera("alice"))
                now_bright = picture is not None and sum(picture.rgb[:300]) > 300 * 128
                if now_bright and not bright:
                    seen_at_s.append(time.monotonic())
                bright = now_bright
                await asyncio.sleep(0.004)

        watching = asyncio.create_task(watch())
        try:
            # The reports come every second or so; then it needs some pictures to settle.
            await until(lambda: len(seen_at_s) > 12 and len(heard.at_s) > 12, 60)
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            await bob.close()
            await alice.close()
    apart = [min((seen - beep for beep in heard.at_s), key=abs) for seen in seen_at_s[5:]]
    assert abs(float(np.median(apart))) < APART_MOST_S, apart
