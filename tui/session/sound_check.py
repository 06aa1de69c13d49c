"""Trying out devices before a call: nothing is sent, as nobody is there yet."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection
from typing import Final

from tui.audio.earcons import speaker_test
from tui.audio.level import dbov
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import NO_STREAM, NOBODY
from tui.domain.media import BLOCK_SAMPLES, PlanarFrame
from tui.domain.settings import SessionSettings
from tui.domain.snapshot import DeviceKind, DeviceState, Levels
from tui.ports.devices import Block, Devices, DeviceUnavailable
from tui.ports.slots import PictureSlots
from tui.session.call_devices import CallDevices
from tui.session.clock import Clock
from tui.session.device_states import Away
from tui.video.raster import raster

LEVELS_EVERY_S: Final = 0.2
RECORD_S: Final = 3.0
_WATCH_EVERY_S: Final = 1.0
_PICTURE_S: Final = 5.0


class SoundTest:
    """Record what others would hear, play it back, play a tone: with the devices of a call.

    Args:
        media: Whose devices.
    """

    def __init__(self, media: CallDevices):
        self.media = media
        self._recording: Block | None = None

    async def record(self) -> float:
        """Record for `RECORD_S`. Returns the loudest moment [dBov].

        Raises:
            CallsError: There is no microphone, or it brings nothing.
        """
        try:
            self._recording = await self.media.record(RECORD_S)
        except DeviceUnavailable as missing:
            raise CallsError(
                ErrorCode.VALIDATION, f"{missing.problem} {missing.remedy}".strip()
            ) from missing
        pieces = range(0, len(self._recording), BLOCK_SAMPLES)
        return float(max(dbov(self._recording[at : at + BLOCK_SAMPLES]) for at in pieces))

    async def play_back(self) -> None:
        """Play what was recorded; returns at its end.

        Raises:
            CallsError: Nothing was recorded yet.
        """
        if self._recording is None:
            raise CallsError(ErrorCode.VALIDATION, "Nothing was recorded yet. Record first.")
        await self.media.play(self._recording)

    async def play_tone(self) -> None:
        """Play one second of a chord."""
        await self.media.play(speaker_test())


class SoundCheck:
    """The devices of a call that has not begun.

    Args:
        devices: Opens them.
        choice: Which; a microphone of `null` is not listened to.
        changed: Called when `states` changed.
        slots: Get the camera's pictures, as those of nobody (`""`).
        send_levels: Gets our own level a few times a second, as the level of nobody (`""`).
        clock: For retries.

    Raises:
        CallsError: `VALIDATION_ERROR` for a name that can't be parsed.
    """

    def __init__(
        self,
        devices: Devices,
        choice: MediaChoice,
        *,
        changed: Callable[[], None],
        send_levels: Callable[[Levels], None],
        slots: PictureSlots,
        clock: Clock,
    ):
        self._slots = slots
        self._pictured = asyncio.Event()
        self._showing: asyncio.Task[None] | None = None
        self._send_levels = send_levels
        self._media = CallDevices(
            devices,
            choice,
            SessionSettings(),
            self_view=self._show,
            happened=lambda _happening: changed(),  # nobody is told: there is no call
            camera_stopped=lambda: None,
            clock=clock,
        )
        self._media.capture.set_muted(muted=True)
        self.test = SoundTest(self._media)
        self._running: asyncio.Task[None] | None = None

    @property
    def told_away(self) -> Collection[Away]:
        """Chosen devices whose absence is in `states`."""
        return self._media.told_away

    @property
    def states(self) -> tuple[DeviceState, ...]:
        """Of microphone, speaker and camera; the camera is not opened."""
        return self._media.states

    async def open(self) -> None:
        """Open the devices and begin to listen; what is missing is in `states`."""
        await self._media.open_sound()
        await self._media.look_for_camera()
        self._running = asyncio.create_task(self._run(), name="sound-check")

    async def check_camera(self, on: bool) -> tuple[int, int]:
        """Open the camera and wait for a picture, or close it.

        Returns:
            Width and height of what it gives [pixels]; 0x0 when closed.

        Raises:
            CallsError: There is none, or it gives no picture.
        """
        camera = self._media.camera
        if not on:
            await camera.pause()
            self._slots.remove(NO_STREAM)
            return 0, 0
        self._pictured.clear()
        if self._showing is None:
            self._showing = asyncio.create_task(self._keep_showing(), name="camera-check")
        if await self._media.open_camera():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_PICTURE_S):
                    await self._pictured.wait()
            if self._pictured.is_set():
                return camera.size
            await camera.pause()
            raise CallsError(
                ErrorCode.VALIDATION,
                f"The camera gave no picture in {_PICTURE_S:.0f} seconds. "
                "Close other programs that use it, or choose another one.",
            )
        state = next(one for one in self.states if one.kind is DeviceKind.CAMERA)
        raise CallsError(ErrorCode.VALIDATION, f"{state.problem} {state.remedy}".strip())

    async def _keep_showing(self) -> None:
        while True:
            await self._media.camera.next_frame()

    def _show(self, frame: PlanarFrame) -> None:
        self._pictured.set()
        for width, height in self._slots.wanted(NO_STREAM):
            self._slots.put(NO_STREAM, width, height, raster(frame, width, height, mirror=True))

    async def _run(self) -> None:
        rounds = 0
        while True:
            await asyncio.sleep(LEVELS_EVERY_S)
            self._send_levels(Levels({NOBODY: self._media.capture.level_dbov}))
            rounds += 1
            if rounds * LEVELS_EVERY_S >= _WATCH_EVERY_S:
                rounds = 0
                await self._media.watch()

    async def close(self) -> None:
        """Close the devices. Idempotent."""
        tasks = [task for task in (self._running, self._showing) if task is not None]
        self._running = self._showing = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._media.close()
        self._slots.remove(NO_STREAM)
