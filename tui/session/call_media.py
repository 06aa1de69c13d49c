"""The devices of one call: opened, watched, exchanged; each missing one named with its remedy.

A missing or broken device never ends a call. The microphone's track stays alive with silence, the
others' sound is mixed even when nobody can hear it (levels, figures), and whatever failed is tried
again in the background.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from tui.audio.capture import Capture
from tui.audio.earcons import Earcon, earcon
from tui.audio.mixer import Mixer
from tui.audio.opus import OpusUnavailable
from tui.audio.processing import REMEDY, VoiceProcessing
from tui.audio.recorder import Recorder
from tui.domain.announcements import Category, Priority
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.media import (
    MediaName,
    PlanarFrame,
    SoundProcessing,
    SourceKind,
    parse_media_name,
)
from tui.domain.settings import SessionSettings, SessionType
from tui.domain.snapshot import DeviceKind, DeviceState
from tui.domain.text import clean
from tui.ports.devices import Block, Devices, DeviceUnavailable, Microphone, Speaker
from tui.ports.handle import MediaChoice
from tui.session.camera_feed import CameraFeed
from tui.session.clock import Clock

log = logging.getLogger(__name__)

RETRY_S: Final = (1.0, 2.0, 5.0)
"""Waits before a failed device is tried again; the last one repeats."""

_RECORDING_SLACK_S: Final = 2.0
_NULL = MediaName(SourceKind.NULL, "")


class CallMedia:
    """Microphone, speaker and camera of one call.

    Args:
        devices: Opens devices.
        choice: What the caller asked for.
        settings: Device fields win over a `default` choice.
        self_view: Sees our own pictures.
        tell: Makes an announcement.
        changed: Called when `states` changed.
        camera_stopped: Called when the camera failed while it was sending.
        clock: For retries.

    Raises:
        CallsError: `VALIDATION_ERROR` for a source name that can't be parsed;
            `ERROR_CONNECTION_FAILED` on a machine without the Opus library.
    """

    def __init__(
        self,
        devices: Devices,
        choice: MediaChoice,
        settings: SessionSettings,
        *,
        self_view: Callable[[PlanarFrame], None],
        tell: Callable[[Category, str, Priority], None],
        changed: Callable[[], None],
        camera_stopped: Callable[[], None],
        clock: Clock,
    ):
        self._devices = devices
        self._tell = tell
        self._changed = changed
        self._camera_stopped = camera_stopped
        self._clock = clock
        self.names: dict[DeviceKind, MediaName] = {
            DeviceKind.MICROPHONE: _name(
                choice.microphone, settings.audio_input_device_id, "microphone"
            ),
            DeviceKind.SPEAKER: _name(choice.speaker, settings.audio_output_device_id, "speaker"),
            DeviceKind.CAMERA: _name(choice.camera, settings.video_input_device_id, "camera"),
        }
        if settings.session_type is SessionType.VOICE:
            self.names[DeviceKind.CAMERA] = _NULL
        self.processing = VoiceProcessing(SoundProcessing(noise=settings.enable_noise_reduction))
        self.mixer = Mixer(played=self.processing.played)
        self.capture = _capture(self.processing)
        self.camera = CameraFeed(
            devices,
            self.names[DeviceKind.CAMERA],
            on_frame=self_view,
            on_problem=self._camera_failed,
        )
        self._closed = False
        self._microphone_closed = False
        self._microphone: Microphone | None = None
        self._speaker: Speaker | None = None
        self._states = {kind: DeviceState(kind, str(name)) for kind, name in self.names.items()}
        self._retries: dict[DeviceKind, tuple[int, float]] = {}

    @property
    def states(self) -> tuple[DeviceState, ...]:
        """One per kind, for the snapshot."""
        return tuple(self._states.values())

    def problem(self, kind: DeviceKind) -> str:
        """What is wrong with a device, or empty."""
        return self._states[kind].problem

    def none_chosen(self, kind: DeviceKind) -> bool:
        """Whether this call is to have no such device."""
        return self.names[kind] == _NULL

    async def open_sound(self) -> None:
        """Open speaker and microphone; what is missing is told and retried later."""
        await self._open_speaker()
        await self._open_microphone()
        if self.processing.missing and self.processing.active:
            mend = _sentence(REMEDY)
            self._tell(Category.INFO, f"{self.processing.missing} {mend}", Priority.NORMAL)

    # ---- our microphone
    async def close_microphone(self) -> None:
        """Close the device, so that nothing can listen; silence is sent. Idempotent.

        Muting (`capture.set_muted`) keeps it open, which is faster and keeps the echo canceller
        at work; this is the explicit privacy state.
        """
        self._microphone_closed = True
        self._retries.pop(DeviceKind.MICROPHONE, None)
        await asyncio.to_thread(self._close_microphone)
        state = self._states[DeviceKind.MICROPHONE]
        self._states[DeviceKind.MICROPHONE] = DeviceState(state.kind, state.label, closed=True)
        self._changed()

    async def open_microphone(self) -> None:
        """End the privacy state; what is missing is told and retried later. Idempotent."""
        if self._microphone_closed:
            self._microphone_closed = False
            await self._open_microphone()

    def set_processing(self, choice: SoundProcessing) -> None:
        """Switch echo canceller, noise suppressor and gain; heard at once."""
        self.processing.choose(choice)
        self._changed()

    async def record(self, seconds: float = 3.0) -> Block:
        """What others would hear of our microphone, muted or not: mono, 48 kHz.

        Raises:
            DeviceUnavailable: There is no microphone, or it brings nothing.
        """
        if self._microphone is None:
            state = self._states[DeviceKind.MICROPHONE]
            raise DeviceUnavailable(
                state.problem or "The microphone is closed.", state.remedy or "Open it first."
            )
        loop, full = asyncio.get_running_loop(), asyncio.Event()

        def stop() -> None:
            loop.call_soon_threadsafe(full.set)

        recorder = Recorder(seconds, stop)
        self.capture.record(recorder)
        try:
            async with asyncio.timeout(seconds + _RECORDING_SLACK_S):
                await full.wait()
        except TimeoutError:
            raise DeviceUnavailable(
                "The microphone brings no sound.", "Choose another one, or plug it in again."
            ) from None
        finally:
            self.capture.record(None)
        return recorder.samples

    # ---- sounds of our own
    async def play(self, samples: Block) -> None:
        """Play a clip (mono, 48 kHz) beside everybody's voice; returns when it is over."""
        loop, over = asyncio.get_running_loop(), asyncio.Event()

        def ended() -> None:
            # The speaker may play it off after the loop has gone.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(over.set)

        self.mixer.clips.play(samples, ended)
        await over.wait()

    def earcon(self, name: Earcon) -> None:
        """Play one of our own short sounds; returns at once."""
        self.mixer.clips.play(earcon(name))

    async def open_camera(self) -> bool:
        """Open the camera and send its pictures. False, and told why, when there is none."""
        try:
            await self.camera.resume()
        except DeviceUnavailable as missing:
            self._failed(DeviceKind.CAMERA, missing.problem, missing.remedy)
            return False
        self._works(DeviceKind.CAMERA, self.camera.label)
        return True

    async def choose(self, kind: DeviceKind, text: str) -> None:
        """Use another device from now on.

        Raises:
            CallsError: For a name that can't be parsed.
            DeviceUnavailable: When it can't be opened; the old one is closed already.
        """
        name = parse_media_name(text, role=kind)
        self.names[kind] = name
        self._retries.pop(kind, None)
        try:
            if kind is DeviceKind.CAMERA:
                await self.camera.choose(name)
                self._works(kind, self.camera.label)
            elif kind is DeviceKind.MICROPHONE:
                self._close_microphone()
                if self._microphone_closed:
                    self._states[kind] = DeviceState(kind, str(name), closed=True)
                    self._changed()
                else:
                    await self._start_microphone()
            else:
                self._close_speaker()
                await self._start_speaker()
        except DeviceUnavailable as missing:
            self._failed(kind, missing.problem, missing.remedy)
            raise

    async def watch(self) -> None:
        """Notice devices that went away and try failed ones again; call about once a second."""
        if self._microphone is not None and self._microphone.failed:
            self._close_microphone()
            self._failed(DeviceKind.MICROPHONE, "The microphone went away.", "Plug it in again.")
        if self._speaker is not None and self._speaker.failed:
            self._close_speaker()
            self._failed(DeviceKind.SPEAKER, "The speaker went away.", "Plug it in again.")
        now_s = self._clock.monotonic_s()
        for kind, (_, due_s) in list(self._retries.items()):
            if now_s >= due_s:
                if kind is DeviceKind.MICROPHONE:
                    await self._open_microphone()
                elif kind is DeviceKind.SPEAKER:
                    await self._open_speaker()

    async def close(self) -> None:
        """Close every device. Idempotent."""
        self._closed = True
        self._close_microphone()
        self._close_speaker()
        self.capture.close()
        await self.camera.close()

    # ---- sound: opening takes up to 0.2 s (spec audio 8), so it happens beside the loop
    async def _open_microphone(self) -> None:
        try:
            await self._start_microphone()
        except DeviceUnavailable as missing:
            self._failed(DeviceKind.MICROPHONE, missing.problem, missing.remedy)

    async def _start_microphone(self) -> None:
        name = self.names[DeviceKind.MICROPHONE]
        microphone = await asyncio.to_thread(self._devices.open_microphone, name)
        self.processing.active = name.kind is SourceKind.DEVICE
        await asyncio.to_thread(self.capture.attach, microphone)
        self._microphone = microphone
        self._works(DeviceKind.MICROPHONE, microphone.label)

    def _close_microphone(self) -> None:
        self.capture.detach()
        self._microphone = None

    async def _open_speaker(self) -> None:
        try:
            await self._start_speaker()
        except DeviceUnavailable as missing:
            self._failed(DeviceKind.SPEAKER, missing.problem, missing.remedy)
            if self._speaker is None and not self._closed:
                # Nobody hears it, but levels and figures go on, and buffers stay empty.
                self._speaker = self._devices.open_speaker(_NULL)
                self._speaker.start(self.mixer.pull)

    async def _start_speaker(self) -> None:
        name = self.names[DeviceKind.SPEAKER]
        speaker = await asyncio.to_thread(self._devices.open_speaker, name)
        self._close_speaker()
        await asyncio.to_thread(self._begin_playing, speaker)
        self._works(DeviceKind.SPEAKER, speaker.label)

    def _begin_playing(self, speaker: Speaker) -> None:
        # Whole in its thread: the call may end, and this be given up, while the device opens.
        speaker.start(self.mixer.pull)
        self._speaker = speaker
        if self._closed:
            self._close_speaker()

    def _close_speaker(self) -> None:
        speaker, self._speaker = self._speaker, None
        if speaker is not None:
            speaker.stop()

    # ---- what is told
    def _camera_failed(self, problem: str, remedy: str) -> None:
        self._failed(DeviceKind.CAMERA, problem, remedy)
        self._camera_stopped()

    def _works(self, kind: DeviceKind, label: str) -> None:
        recovered = self._states[kind].problem
        self._retries.pop(kind, None)
        self._states[kind] = DeviceState(kind, label)
        if recovered:
            self._tell(Category.INFO, f"{kind.capitalize()} works again: {label}.", Priority.NORMAL)
        self._changed()

    def _failed(self, kind: DeviceKind, problem: str, remedy: str) -> None:
        """By choice (no remedy, a null device) it is a state; otherwise it is told and retried."""
        before = self._states[kind]
        if self.names[kind] == _NULL:
            self._states[kind] = DeviceState(kind, "none")
            self._changed()
            return
        self._states[kind] = replace(before, problem=problem, remedy=remedy)
        tries = self._retries.get(kind, (0, 0.0))[0]
        if kind is not DeviceKind.CAMERA:
            wait_s = RETRY_S[min(tries, len(RETRY_S) - 1)]
            self._retries[kind] = (tries + 1, self._clock.monotonic_s() + wait_s)
        if before.problem != problem:
            log.warning("%s: %s", kind, problem)
            mend = f" {_sentence(remedy)}" if remedy else ""
            self._tell(Category.INFO, f"{problem}{mend}", Priority.REPLY)
        self._changed()

    def figures(self, uid: str) -> Mapping[str, Any]:
        """The mixer's figures of one participant for `--stats`."""
        figures: Mapping[str, Any] = self.mixer.figures(uid)
        return figures


def _name(chosen: str, from_settings: str | None, role: str) -> MediaName:
    return parse_media_name(
        from_settings if chosen == "default" and from_settings else chosen, role=role
    )


def _capture(processing: VoiceProcessing) -> Capture:
    try:
        return Capture(process=processing.process)
    except OpusUnavailable as missing:
        raise CallsError(ErrorCode.CONNECTION_FAILED, clean(str(missing))) from missing


def _sentence(remedy: str) -> str:
    """A command is introduced, a sentence stands by itself."""
    return remedy if remedy.endswith(".") else f"To mend it: {remedy}"
