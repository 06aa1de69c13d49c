"""Before a call, line by line: devices, whether the microphone is heard, how to join (ux 3.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, MutableMapping
from typing import Any, Final

from tui.domain.actions import BY_ID, Scope
from tui.domain.commands.account import CheckServer
from tui.domain.commands.own import (
    CheckCamera,
    CheckSound,
    EndSoundCheck,
    ListDevices,
    RecordYourself,
)
from tui.domain.device_choice import MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.levels import level_word
from tui.domain.preparing import Entrance
from tui.domain.settings import SessionType
from tui.domain.snapshot import DeviceKind
from tui.domain.text import clean
from tui.domain.wording import away_words
from tui.linear.conversation import Conversation
from tui.linear.dispatch import Dispatcher
from tui.linear.feed import Feed
from tui.ports.handle import Handle
from tui.ports.memory import Memory

_NOTHING: Final = ("null", "none")
_SERVER_S: Final = 1.0
"""How long a question waits for the server's answer; most come sooner, and a line before a question
is heard better than one behind it."""


class Preparing:
    """The green room of this front end.

    Args:
        handle: Tries devices out.
        feed: Where lines go.
        conversation: Where answers come from.
        dispatcher: Does commands typed instead of an answer.
        memory: Keeps what was decided.
        media: The devices to begin with.
        entrance: Microphone and camera to begin with.
        address: Of the server to be joined; empty: the service in use.
    """

    def __init__(
        self,
        handle: Handle,
        feed: Feed,
        conversation: Conversation,
        dispatcher: Dispatcher,
        memory: Memory,
        *,
        media: MediaChoice,
        entrance: Entrance,
        address: str,
    ):
        self._handle = handle
        self._feed = feed
        self._conversation = conversation
        self._dispatcher = dispatcher
        self._memory = memory
        self._media = media
        self._entrance = entrance
        self._address = address
        self._camera = media.camera
        self._microphone_works = False
        self._voice = False
        self._checking: asyncio.Task[None] | None = None

    async def decide(self, label: str, settings: MutableMapping[str, Any]) -> MediaChoice:
        """Ask; the answers go into `settings`. Returns the devices to join with.

        Raises:
            Back: The person does not want to join.
        """
        try:
            return await self._decide(label, settings)
        finally:
            await self._end_server_check()
            # A join takes the devices over anyway; after anything else they are closed.
            await self._handle.do(EndSoundCheck())

    async def _decide(self, label: str, settings: MutableMapping[str, Any]) -> MediaChoice:
        self._voice = voice = settings.get("sessionType") == SessionType.VOICE
        await self._check()
        if self._entrance.listen and self._microphone_works:
            await self._listen()
        muted = not self._entrance.microphone_on
        if "startAudioMuted" not in settings:
            muted = await self._conversation.yes_or_no(
                f"Join {label} muted?", default=muted, on_command=self._command, back=True
            )
        camera_on = self._entrance.camera_on
        if voice or self._media.camera in _NOTHING:
            camera_on = False
        elif "startVideoPaused" not in settings:
            camera_on = await self._conversation.yes_or_no(
                "Join with the camera on?",
                default=self._entrance.camera_on,
                on_command=self._command,
                back=True,
            )
        settings["startAudioMuted"], settings["startVideoPaused"] = muted, not camera_on
        self._entrance = Entrance(microphone_on=not muted, camera_on=camera_on, listen=False)
        if camera_on:
            await self._check_camera()
        self._memory.remember(
            joined=True,
            microphone=self._media.microphone,
            speaker=self._media.speaker,
            camera=self._camera,
            microphone_on=not muted,
            camera_on=camera_on if not voice else self._memory.remembered.camera_on,
        )
        return self._media

    async def _check(self) -> None:
        """Devices and server, at the same time; a server that takes long holds up nothing."""
        await self._end_server_check()
        self._media = self._media.using("camera", self._camera)  # perhaps there is one now
        self._checking = asyncio.create_task(self._check_server(), name="server-check")
        await self._try_out()
        await asyncio.wait([self._checking], timeout=_SERVER_S)

    async def _check_server(self) -> None:
        try:
            answer = await self._handle.do(CheckServer(self._address))
        except CallsError as error:
            self._feed.reply("info", clean(error.description))
            return
        if answer is None:
            return
        told = answer.sentence
        if answer.failure is not None:
            told += " /refresh checks again, and you can join anyway."
        self._feed.reply("info", told)

    async def _end_server_check(self) -> None:
        checking, self._checking = self._checking, None
        if checking is not None:
            checking.cancel()
            await asyncio.wait([checking])
            if not checking.cancelled():
                checking.result()

    async def _try_out(self) -> None:
        await self._handle.do(CheckSound(self._media))
        self._microphone_works = False
        for state in self._handle.snapshot().devices:
            if state.kind is DeviceKind.MICROPHONE:
                chosen = self._media.microphone not in _NOTHING
                self._microphone_works = chosen and not state.problem
            if state.kind is DeviceKind.CAMERA and self._voice:
                continue
            if away := away_words(state):
                self._feed.reply("info", away)
                continue
            if state.kind is DeviceKind.CAMERA:
                await self._tell_camera(state.label)
                continue
            told = (state.problem or state.label).rstrip(".")
            mend = f" To mend it: {state.remedy}" if state.remedy else ""
            self._feed.reply("info", f"{state.kind.capitalize()}: {told}.{mend}")

    async def _tell_camera(self, label: str) -> None:
        found = await self._handle.do(ListDevices(DeviceKind.CAMERA))
        if self._media.camera == "default" and not found:
            self._feed.reply("info", "Camera: none found. You will join without video.")
            # For this call; the next one may have a camera.
            self._media = self._media.using("camera", "null")
        else:
            name = next((one.label for one in found if one.is_default), label)
            self._feed.reply("info", f"Camera: {name if label == 'default' else label}.")

    async def _check_camera(self) -> None:
        """Somebody wants to be seen: say whether they will be."""
        self._feed.reply("info", "Trying the camera.")
        try:
            width, height = await self._handle.do(CheckCamera(True))
        except CallsError as error:
            self._feed.reply("info", clean(error.description))
            return
        devices = self._handle.snapshot().devices
        label = next((one.label for one in devices if one.kind is DeviceKind.CAMERA), "camera")
        self._feed.reply("info", f"Camera: {label}, {width}x{height}, works.")

    async def _listen(self) -> None:
        self._feed.reply("info", "Say something. Listening for 3 seconds.")
        try:
            word = level_word(await self._handle.do(RecordYourself()))
        except CallsError as error:
            self._feed.reply("info", clean(error.description))
            return
        if word == "silent":
            self._feed.reply("info", "Nothing was heard. /use microphone NAME takes another one.")
        else:
            self._feed.reply("info", f"Microphone level {word}. /hear-me plays you to yourself.")

    async def _command(self, line: str) -> None:
        resolved = await self._dispatcher.resolve(line, Scope.LOBBY)
        if resolved is None:
            return
        action, argument = resolved
        if action is BY_ID["session.refresh"]:
            await self._refused(self._check())
        elif action.scope is Scope.LOBBY:
            self._feed.reply("error", "Answer first, or type b to go back.")
        elif action is BY_ID["device.choose"]:
            await self._use(argument)
        else:
            await self._dispatcher.do(action, argument, Scope.LOBBY)

    async def _use(self, argument: str) -> None:
        kind, _, name = argument.strip().partition(" ")
        if kind.lower() not in set(DeviceKind) or not name.strip():
            told = "Say what and which: microphone, speaker or camera, then a name of /devices."
            self._feed.reply("error", told)
            return
        self._media = self._media.using(kind.lower(), name.strip())
        if kind.lower() == DeviceKind.CAMERA:
            self._camera = self._media.camera  # else it may only be missing today
        await self._refused(self._try_out())

    async def _refused(self, trying: Coroutine[Any, Any, None]) -> None:
        """Print why the devices chosen can't be tried; another one can be."""
        try:
            await trying
        except CallsError as error:
            if error.code != ErrorCode.VALIDATION:
                raise
            self._feed.reply("error", clean(error.description))
