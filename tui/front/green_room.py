"""Before a call: which devices, whether they are on, what is tried out, and what comes of it.

One machine for both front ends, which draw it and read keys or lines. It lives as long as its front
end: the next call begins with what was decided for the last one.

The trap is what a call can't have. A voice call has no camera, a camera may be missing today, and
somebody may join without anything once: none of that is a choice for the calls after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final

from tui.domain.commands.account import CheckServer
from tui.domain.commands.own import CheckCamera, CheckSound, EndSoundCheck, ListDevices
from tui.domain.device_choice import DeviceInfo, MediaChoice
from tui.domain.server_answer import ServerAnswer
from tui.domain.snapshot import DeviceKind, DeviceState
from tui.domain.wording import away_words
from tui.front.start import Entrance, JoinTarget, StartPlan
from tui.ports.handle import Handle
from tui.ports.memory import Memory

SEALED_WORDS: Final = "Sealed: only those who have the key of this call can hear, see and read you."
NOTHING: Final = ("null", "none")
"""Source names of no device at all."""


class GreenRoom:
    """See the module.

    Args:
        handle: The session that tries devices out; it may be another one later.
        memory: Keeps what was decided.
        start: Devices and switches to begin with.
    """

    def __init__(self, handle: Callable[[], Handle], memory: Memory, start: StartPlan):
        self._handle = handle
        self._memory = memory
        self._start = start
        self._media = start.media
        first = start.entrance or Entrance()
        self._on = {
            DeviceKind.MICROPHONE: first.microphone_on,
            DeviceKind.CAMERA: first.camera_on,
        }
        self._decided = False
        self._without = False
        self._camera_missing = False
        self.voice = False
        """The call has no pictures."""
        self.sealed = False
        """The call is sealed end to end."""
        self.address = ""
        """Of the server to be joined; empty: the service in use."""
        self.name = ""
        """What others are to see; empty: the name the person is known by."""

    # ---- state
    @property
    def wanted(self) -> bool:
        """There is a green room before a call; without one, the plan is joined with as it is."""
        return self._start.entrance is not None

    @property
    def listens(self) -> bool:
        """Plain mode hears whether the microphone works before the first call of all."""
        return not self._memory.remembered.joined

    @property
    def kinds(self) -> tuple[DeviceKind, ...]:
        """The devices this call can have, in the order they are told."""
        kinds = (DeviceKind.MICROPHONE, DeviceKind.CAMERA, DeviceKind.SPEAKER)
        return tuple(kind for kind in kinds if not (self.voice and kind is DeviceKind.CAMERA))

    @property
    def media(self) -> MediaChoice:
        """The devices chosen; a camera that is missing today is none today."""
        return self._media.using("camera", "null") if self._camera_missing else self._media

    def is_on(self, kind: DeviceKind) -> bool:
        """Whether microphone or camera are to be on when joining."""
        if kind is DeviceKind.CAMERA and not self.has_camera:
            return False
        return self._on[kind]

    @property
    def has_camera(self) -> bool:
        """Whether the camera can be on in this call."""
        return not self.voice and self.media.camera not in NOTHING

    # ---- one call
    def enter(self, target: JoinTarget, *, voice: bool, server: str = "") -> None:
        """Begin before a call; what was decided before is offered again.

        Args:
            target: What is to be joined.
            voice: It has no pictures.
            server: Of the service in use, where its address counts.
        """
        self.voice = voice
        self.sealed = bool(target.key)
        self.address = target.url or target.site or target.server or server
        self._decided = self._without = self._camera_missing = False

    def choose(self, kind: DeviceKind, name: str) -> None:
        """Another device, by its source name."""
        self._media = self._media.using(kind, name)
        if kind is DeviceKind.CAMERA:
            self._camera_missing = False

    def switch(self, kind: DeviceKind, *, on: bool) -> None:
        """Microphone or camera on or off at the moment of joining."""
        self._on[kind] = on

    def decide(self, *, without: bool = False) -> None:
        """Join like this, and offer it again next time.

        Args:
            without: Without microphone and camera, this once.
        """
        self._decided, self._without = True, without
        if without:
            return
        changes: dict[str, Any] = {
            "joined": True,
            "microphone": self._media.microphone,
            "speaker": self._media.speaker,
            "camera": self._media.camera,
            "microphone_on": self._on[DeviceKind.MICROPHONE],
        }
        if self.has_camera:
            changes["camera_on"] = self._on[DeviceKind.CAMERA]
        self._memory.remember(**changes)

    def join_with(self, settings: MutableMapping[str, Any]) -> MediaChoice:
        """The devices to join with; name, microphone and camera go into `settings`."""
        if not self._decided:
            return self._start.media
        for name, kind in (
            ("startAudioMuted", DeviceKind.MICROPHONE),
            ("startVideoPaused", DeviceKind.CAMERA),
        ):
            settings[name] = self._without or not self.is_on(kind)
        if self.name:
            settings["displayName"] = self.name
        if self._without:
            return MediaChoice(camera="null", microphone="null", speaker=self._media.speaker)
        return self.media

    # ---- trying out
    async def try_out(self, *, open_microphone: bool = False) -> None:
        """Open what is on, instead of what was open; a microphone that is off stays closed.

        Args:
            open_microphone: For a test of it, whatever it is to be when joining.

        Raises:
            CallsError: A device's name can't be used.
        """
        heard = open_microphone or self.is_on(DeviceKind.MICROPHONE)
        media = self._media if heard else self._media.using("microphone", "null")
        await self._handle().do(CheckSound(media))

    async def try_camera(self) -> tuple[int, int]:
        """Open the camera if it is on, else close it. Width and height [pixels]; 0x0: closed.

        Raises:
            CallsError: No picture comes.
        """
        return await self._handle().do(CheckCamera(self.is_on(DeviceKind.CAMERA)))

    async def list_devices(self, kind: DeviceKind) -> tuple[DeviceInfo, ...]:
        """What this machine has. Raises `CallsError`."""
        return await self._handle().do(ListDevices(kind))

    async def look_for_camera(self) -> bool:
        """Whether there is a camera; without one this call is joined without, and no later one."""
        self._camera_missing = False
        if self._media.camera == "default":
            self._camera_missing = not await self.list_devices(DeviceKind.CAMERA)
        return not self._camera_missing

    def trouble_with(self, state: DeviceState) -> str:
        """What is wrong with a device, in words; a microphone that is off has no trouble."""
        closed = state.kind is DeviceKind.MICROPHONE and not self.is_on(state.kind)
        return "" if closed and state.problem else trouble_words(state)

    async def ask_server(self) -> ServerAnswer | None:
        """How the server answers; None when there is no network in between. Raises `CallsError`."""
        return await self._handle().do(CheckServer(self.address))

    async def close(self) -> None:
        """Close what was tried out. A join takes the devices over anyway."""
        await self._handle().do(EndSoundCheck())


def trouble_words(state: DeviceState) -> str:
    """What is wrong with a device that is tried out, and what mends it; empty for none."""
    if not state.problem:
        return away_words(state)
    mend = f" To fix it: {state.remedy}" if state.remedy else ""
    return f"{state.problem.rstrip('.')}.{mend}"


def own_name(settings: Mapping[str, Any], fallback: str) -> str:
    """The name others see: that of the settings, in either spelling, else `fallback`."""
    return str(settings.get("displayName") or settings.get("display_name") or fallback)
