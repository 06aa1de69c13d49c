"""The devices of one call: opened, watched, exchanged; each missing one named with its remedy.

A missing or broken device never ends a call. The microphone's track stays alive with silence, the
others' sound is mixed even when nobody can hear it (levels, figures), and whatever failed is tried
again in the background.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection

from tui.audio.capture import Capture
from tui.audio.earcons import earcon
from tui.audio.mixer import Mixer
from tui.audio.opus import OpusUnavailable
from tui.audio.processing import REMEDY, VoiceProcessing
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import SoundProcessingMissing, SpeakerBehind, StateChanged
from tui.domain.happenings.fact import Earcon
from tui.domain.media import (
    MediaName,
    PlanarFrame,
    SoundProcessing,
    SourceKind,
    parse_media_name,
)
from tui.domain.settings import SessionSettings
from tui.domain.snapshot import DeviceKind, DeviceState
from tui.domain.text import clean
from tui.ports.devices import (
    Block,
    Devices,
    DeviceUnavailable,
    Microphone,
    Speaker,
)
from tui.session.camera_feed import CameraFeed
from tui.session.clock import Clock
from tui.session.device_changes import is_named
from tui.session.device_names import DEFAULT, NULL, first_names
from tui.session.device_states import Away, DeviceStates
from tui.session.device_watch import DeviceWatch
from tui.session.outlet import Happened
from tui.session.own_sound import played, recorded


class CallDevices:
    """Microphone, speaker and camera of one call.

    Args:
        devices: Opens devices.
        choice: What the caller asked for.
        settings: Device fields win over a `default` choice.
        self_view: Sees our own pictures.
        happened: Says what happened to them.
        camera_stopped: Called when the camera failed while it was sending.
        clock: For retries.
        told_away: As `DeviceStates` takes it.

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
        happened: Happened,
        camera_stopped: Callable[[], None],
        clock: Clock,
        told_away: Collection[Away] = (),
    ):
        self._devices = devices
        self._happened = happened
        self._camera_stopped = camera_stopped
        self.names = first_names(choice, settings)
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
        self._states = DeviceStates(self.names, happened=happened, clock=clock, told_away=told_away)
        self._watch = DeviceWatch(devices, happened=happened)

    @property
    def states(self) -> tuple[DeviceState, ...]:
        """One per kind, for the snapshot."""
        return self._states.all

    @property
    def told_away(self) -> Collection[Away]:
        """Chosen devices whose absence was told, for the next call."""
        return self._states.told_away

    def problem(self, kind: DeviceKind) -> str:
        """What is wrong with a device, or empty."""
        return self._states[kind].problem

    def opening(self, kind: DeviceKind) -> bool:
        """Whether a device is not open yet."""
        return self._states[kind].opening

    def none_chosen(self, kind: DeviceKind) -> bool:
        """Whether this call is to have no such device."""
        return self.names[kind] == NULL

    async def open_sound(self) -> None:
        """Open speaker and microphone; what is missing is told and retried later."""
        if any(name.kind is SourceKind.DEVICE for name in self._sound_names.values()):
            await self._watch.start()
        await self._open_speaker()
        await self._open_microphone()
        if self.processing.missing and self.processing.active:
            self._happened(SoundProcessingMissing(self.processing.missing, REMEDY))

    # ---- our microphone
    async def close_microphone(self) -> None:
        """Close the device, so that nothing can listen; silence is sent. Idempotent.

        Muting (`capture.set_muted`) keeps it open, which is faster and keeps the echo canceller
        at work; this is the explicit privacy state.
        """
        self._microphone_closed = True
        await asyncio.to_thread(self._close_microphone)
        kind = DeviceKind.MICROPHONE
        self._states.closed(kind, self._states[kind].label)

    async def open_microphone(self) -> None:
        """End the privacy state; what is missing is told and retried later. Idempotent."""
        if self._microphone_closed:
            self._microphone_closed = False
            await self._open_microphone()

    def switch_processing(self, stage: str, *, on: bool) -> None:
        """Switch `echo`, `noise` or `gain`. `VALIDATION_ERROR` for another word."""
        self.set_processing(self.processing.choice.switched(stage, on=on))

    def set_processing(self, choice: SoundProcessing) -> None:
        """Switch echo canceller, noise suppressor and gain; heard at once."""
        self.processing.choose(choice)
        self._happened(StateChanged())

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
        return await recorded(self.capture, seconds)

    # ---- sounds of our own
    @property
    def has_loudspeaker(self) -> bool:
        """Whether what is mixed comes out of a device somebody may sit before."""
        works = self._speaker is not None and not self._states[DeviceKind.SPEAKER].problem
        return works and self.names[DeviceKind.SPEAKER].kind is SourceKind.DEVICE

    async def play(self, samples: Block) -> bool:
        """Play a clip beside everybody's voice; see `played`."""
        return await played(self.mixer.clips, samples)

    def earcon(self, name: Earcon) -> None:
        """Play one of our own short sounds; returns at once."""
        self.mixer.clips.play(earcon(name))

    async def open_camera(self) -> bool:
        """Open the camera and send its pictures. False, and told why, when there is none."""
        try:
            await self._or_default(DeviceKind.CAMERA, self._start_camera)
        except DeviceUnavailable as missing:
            self._states.failed(DeviceKind.CAMERA, missing.problem, missing.remedy)
            return False
        return True

    async def look_for_camera(self) -> None:
        """Without opening it, say which camera it will be."""
        kind, name = DeviceKind.CAMERA, self.names[DeviceKind.CAMERA]
        listed = await asyncio.to_thread(self._devices.list_devices, kind)
        if name.kind is SourceKind.DEVICE and listed:
            first = next((one for one in listed if one.is_default), listed[0])
            named = [one for one in listed if is_named(one, name.value)]
            if named or not name.value:
                self._states.works(kind, (named or [first])[0].label)
            else:
                self._states.stands_in(kind, name.value, first.label)

    async def choose(self, kind: DeviceKind, text: str) -> None:
        """Use another device from now on.

        Raises:
            CallsError: For a name that can't be parsed.
            DeviceUnavailable: When it can't be opened; the old one is closed already.
        """
        name = parse_media_name(text, role=kind)
        self.names[kind] = name
        self._states.chosen_anew(kind)
        try:
            if kind is DeviceKind.CAMERA:
                await self.camera.choose(name)
                self._states.works(kind, self.camera.label)
            elif kind is DeviceKind.MICROPHONE:
                self._close_microphone()
                if self._microphone_closed:
                    self._states.closed(kind, str(name))
                else:
                    await self._start_microphone(name)
            else:
                self._close_speaker()
                await self._start_speaker(name)
        except DeviceUnavailable as missing:
            self._states.failed(kind, missing.problem, missing.remedy)
            raise

    async def watch(self) -> None:
        """Notice devices that went away or came, and try failed ones again.

        Call it about once a second.
        """
        if self._microphone is not None and self._microphone.failed:
            self._close_microphone()
            self._went_away(DeviceKind.MICROPHONE)
        if self._speaker is not None and self._speaker.failed:
            behind = self._speaker.behind
            self._close_speaker()
            if behind:
                self._states.retry_now(DeviceKind.SPEAKER)
                self._happened(SpeakerBehind())
            else:
                self._went_away(DeviceKind.SPEAKER)
        if self._watch.sound_changed():
            self._states.retry_now()
            for kind in self._sound_names:
                await self._follow(kind)
        await self._follow(DeviceKind.CAMERA)
        for kind in self._states.due():
            if kind is DeviceKind.MICROPHONE:
                await self._open_microphone()
            elif kind is DeviceKind.SPEAKER:
                await self._open_speaker()

    async def _follow(self, kind: DeviceKind) -> None:
        """Tell what came and went, and follow the default device or the chosen one."""
        name, away = self.names[kind], bool(self._states[kind].instead_of)
        if name.kind is not SourceKind.DEVICE:
            return
        change = await self._watch.look(kind, wanted=name.value, elsewhere=away)
        for happening in change.happenings:
            self._happened(happening)
        if change.reopen:
            await self._reopen(kind)

    async def _reopen(self, kind: DeviceKind) -> None:
        if kind is DeviceKind.SPEAKER:
            await self._open_speaker()
        elif kind is DeviceKind.CAMERA:
            if not self.camera.paused:
                await self.camera.pause()
                if not await self.open_camera():
                    self._camera_stopped()
        elif not self._microphone_closed:
            self._close_microphone()
            await self._open_microphone()

    def _went_away(self, kind: DeviceKind) -> None:
        if self.names[kind].kind is SourceKind.DEVICE:
            self._states.failed(kind, f"The {kind} went away.", "Plug it in again.")
        else:
            what = f"{self.names[kind]} for the {kind} can't be used any more."
            self._states.failed(kind, what, "Choose another one.")

    @property
    def _sound_names(self) -> dict[DeviceKind, MediaName]:
        return {kind: self.names[kind] for kind in (DeviceKind.MICROPHONE, DeviceKind.SPEAKER)}

    async def close(self) -> None:
        """Close every device. Idempotent."""
        self._closed = True
        await self._watch.stop()
        self._close_microphone()
        self._close_speaker()
        self.capture.close()
        await self.camera.close()

    # ---- sound: opening takes up to 0.2 s (spec audio 8), so it happens beside the loop
    async def _open_microphone(self) -> None:
        self._states.opens(DeviceKind.MICROPHONE)
        try:
            await self._or_default(DeviceKind.MICROPHONE, self._start_microphone)
        except DeviceUnavailable as missing:
            self._states.failed(DeviceKind.MICROPHONE, missing.problem, missing.remedy)

    async def _or_default(
        self, kind: DeviceKind, start: Callable[[MediaName], Awaitable[None]]
    ) -> None:
        """Start the chosen device, or the default one while that is away."""
        name = self.names[kind]
        try:
            await start(name)
        except DeviceUnavailable:
            if name.kind is not SourceKind.DEVICE or not name.value:
                raise
            if kind is DeviceKind.CAMERA and await self._is_here(name):
                raise  # it may only be busy, and another one might show what nobody expects
            await start(DEFAULT)
            self._states.stands_in(kind, name.value, self._states[kind].label)

    async def _is_here(self, camera: MediaName) -> bool:
        listed = await asyncio.to_thread(self._devices.list_devices, DeviceKind.CAMERA)
        return any(is_named(one, camera.value) for one in listed)

    async def _start_camera(self, name: MediaName) -> None:
        await self.camera.resume(name)
        self._states.works(DeviceKind.CAMERA, self.camera.label)

    async def _start_microphone(self, name: MediaName) -> None:
        microphone = await asyncio.to_thread(self._devices.open_microphone, name)
        self.processing.active = microphone.hears_a_room
        await asyncio.to_thread(self.capture.attach, microphone)
        self._microphone = microphone
        self._states.works(DeviceKind.MICROPHONE, microphone.label)

    def _close_microphone(self) -> None:
        self.capture.detach()
        self._microphone = None

    async def _open_speaker(self) -> None:
        try:
            await self._or_default(DeviceKind.SPEAKER, self._start_speaker)
        except DeviceUnavailable as missing:
            self._states.failed(DeviceKind.SPEAKER, missing.problem, missing.remedy)
            if self._speaker is None and not self._closed:
                # Nobody hears it, but levels and figures go on, and buffers stay empty.
                self._speaker = self._devices.open_speaker(NULL)
                self._speaker.start(self.mixer.pull)

    async def _start_speaker(self, name: MediaName) -> None:
        speaker = await asyncio.to_thread(self._devices.open_speaker, name)
        self._close_speaker()
        await asyncio.to_thread(self._begin_playing, speaker)
        self._states.works(DeviceKind.SPEAKER, speaker.label)

    def _begin_playing(self, speaker: Speaker) -> None:
        # All of this runs in the thread: the call may end while the device still opens.
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
        self._states.failed(DeviceKind.CAMERA, problem, remedy)
        self._camera_stopped()

    def own_figures(self) -> dict[str, int]:
        """Our own sound for `--stats`: packets, and the echo canceller's reference."""
        return {
            "packets_sent": self.capture.sent_packets,
            "packets_dropped": self.capture.dropped_packets,
            **self.processing.figures(),
        }


def _capture(processing: VoiceProcessing) -> Capture:
    try:
        return Capture(process=processing.process)
    except OpusUnavailable as missing:
        raise CallsError(ErrorCode.CONNECTION_FAILED, clean(str(missing))) from missing
