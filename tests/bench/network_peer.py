"""One of ours in the benchmark of bad networks; its devices keep the machine's time.

Says JSON lines: `mouth` (when the voice began), `ear` (when the recording began), `said` (what a
person is told of the connection), and `pictures` (when each came) when its input has a line. All
times are of the machine's monotonic clock [s], so that peers can be compared.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from typing import Any

import numpy as np

from tests.sound_lab.conversation import speech
from tests.sound_lab.reading import RATE_HZ
from tui.bootstrap import make_world
from tui.devices.local import LocalDevices
from tui.devices.paced import PacedMicrophone, PacedSpeaker
from tui.devices.synthetic_camera import Plane, SyntheticCamera
from tui.domain.commands.call import JoinRoom, Leave
from tui.domain.device_choice import MediaChoice
from tui.domain.happenings.session import ConnectionLost, ConnectionRestored, SessionEnded
from tui.domain.ids import StreamId, camera_of
from tui.domain.media import BLOCK_SAMPLES
from tui.engine.local import LocalHandle
from tui.engine.slots import MemoryPictures
from tui.ports.devices import Block
from tui.session.core import SessionCore

WIDTH, HEIGHT, FPS = 480, 360, 15.0
_LOOKS = 100
_AWRY = RATE_HZ // 250


def say(event: str, **values: Any) -> None:
    print(json.dumps({"event": event, **values}), flush=True)


class Clock:
    """Tells how far a device is behind the machine's clock, or ahead of it.

    A block may be asked for late, for a thread had to wait; none is asked for early. So the least
    lateness of a second is what the device is really off by, and stays until somebody mends it.
    """

    def __init__(self, event: str) -> None:
        self._event = event
        self._began_s: float | None = None
        self._least = 0
        self._looks = 0

    def off_by(self, done: int) -> int:
        """How many samples to make up for, of a device that did so many; below 0: to take back."""
        now_s = time.monotonic()
        if self._began_s is None:
            self._began_s = now_s
            say(self._event, at_s=now_s)
        late = round((now_s - self._began_s) * RATE_HZ) - done
        self._least = min(self._least, late) if self._looks else late
        self._looks += 1
        if self._looks < _LOOKS:
            return 0
        self._looks = 0
        return self._least if abs(self._least) > _AWRY else 0


class Mouth:
    """The voice, said in real time: what a thread that was held up did not say is left out."""

    def __init__(self, sooner_s: float) -> None:
        self._voice = np.roll((speech() * 32767).astype(np.int16), -round(sooner_s * RATE_HZ))
        self._voice = np.concatenate((self._voice, self._voice[:BLOCK_SAMPLES]))
        self._clock = Clock("mouth")
        self._at = 0

    def next_block(self) -> Block:
        self._at += self._clock.off_by(self._at)
        at = self._at % (len(self._voice) - BLOCK_SAMPLES)
        self._at += BLOCK_SAMPLES
        return self._voice[at : at + BLOCK_SAMPLES]

    def close(self) -> None:
        """Nothing is open."""


class Ear:
    """Keeps what is heard, each sample where it belongs in time."""

    def __init__(self, path: str) -> None:
        self._file = open(path, "wb", buffering=0)  # noqa: SIM115 - closed by `close`
        self._clock = Clock("ear")
        self._taken = 0

    def take(self, block: Block) -> None:
        behind = self._clock.off_by(self._taken)
        if behind >= 0:
            self._file.write(bytes(2 * behind) + block.astype("<i2").tobytes())
        else:
            self._file.seek(2 * behind, os.SEEK_CUR)
            self._file.write(block.astype("<i2").tobytes())
        self._taken += behind + len(block)

    def close(self) -> None:
        self._file.close()


class Busy:
    """A texture that wanders, and in the middle noise: a picture that costs bits."""

    def __init__(self) -> None:
        chance = np.random.default_rng(5)
        coarse = chance.integers(40, 200, (HEIGHT // 8, WIDTH // 8), np.uint8)
        self._texture = coarse.repeat(8, axis=0).repeat(8, axis=1)
        self._grey = bytes([128]) * (WIDTH * HEIGHT // 4)

    def planes(self, number: int, at_s: float) -> tuple[Plane, bytes, bytes]:
        y = np.roll(self._texture, 3 * number, axis=1)
        coarse = np.random.default_rng(number).integers(60, 180, (15, 20), np.uint8)
        y[120:240, 160:320] = coarse.repeat(8, axis=0).repeat(8, axis=1)
        return y, self._grey, self._grey


class TimedDevices(LocalDevices):
    def __init__(self, ear: str, sooner_s: float) -> None:
        super().__init__()
        self._ear, self._sooner_s = ear, sooner_s

    def open_microphone(self, name: Any) -> PacedMicrophone:
        return PacedMicrophone("mouth", Mouth(self._sooner_s))

    def open_speaker(self, name: Any) -> PacedSpeaker:
        return PacedSpeaker("ear", Ear(self._ear))

    async def open_camera(self, name: Any) -> SyntheticCamera:
        return SyntheticCamera("busy", Busy(), width=WIDTH, height=HEIGHT, fps=FPS)


class TimedPictures(MemoryPictures):
    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []

    def put(self, stream: StreamId, width: int, height: int, rgb: bytes) -> None:
        self.times.append(round(time.monotonic(), 4))
        super().put(stream, width, height, rgb)


async def follow(handle: LocalHandle) -> None:
    told = (ConnectionLost, ConnectionRestored, SessionEnded)
    shown = set()
    async for update in handle.updates():
        for one in handle.snapshot().participants:
            if not one.is_local and one.id not in shown:
                shown.add(one.id)
                handle.show_picture(camera_of(one.id), WIDTH, HEIGHT, FPS)
        if isinstance(update, told):
            say("said", what=type(update).__name__, at_s=time.monotonic())


async def main(url: str, token: str, ear: str, sooner_s: str) -> None:
    pictures = TimedPictures()
    devices = TimedDevices(ear, float(sooner_s))
    handle = LocalHandle(SessionCore(make_world(pictures, devices)), pictures)
    following = asyncio.create_task(follow(handle))
    # Named as a test of ours: a real microphone would have its sound processed.
    media = MediaChoice(microphone="test:voice")
    await handle.do(JoinRoom(url, token, {}, media))
    while await asyncio.to_thread(sys.stdin.readline):
        say("pictures", times=pictures.times)
        pictures.times = []
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await handle.do(Leave())
    await handle.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
