"""Before a call, line by line: devices, whether the microphone is heard, how to join (ux 3.4)."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, Final

from tui.domain.actions import BY_ID, Scope
from tui.domain.commands.own import RecordYourself
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.snapshot import DeviceKind, DeviceState
from tui.domain.text import clean
from tui.front.green_room import NOTHING, SEALED_WORDS, GreenRoom, trouble_words
from tui.front.levels import level_word
from tui.linear.conversation import Conversation
from tui.linear.dispatch import Dispatcher
from tui.linear.line_queue import LineQueue
from tui.ports.handle import Handle

_SERVER_S: Final = 1.0
"""How long a question waits for the server's answer; most come sooner, and a line before a question
is heard better than one behind it."""


class Questions:
    """Asks the questions of the green room, and says what was tried.

    Args:
        room: The green room; entered.
        handle: Whose devices are looked at.
        queue: Where lines go.
        conversation: Where answers come from.
        dispatcher: Does commands typed instead of an answer.
    """

    def __init__(
        self,
        room: GreenRoom,
        handle: Handle,
        queue: LineQueue,
        conversation: Conversation,
        dispatcher: Dispatcher,
    ):
        self._room = room
        self._handle = handle
        self._queue = queue
        self._conversation = conversation
        self._dispatcher = dispatcher
        self._microphone_works = False
        self._checking: asyncio.Task[None] | None = None

    async def decide(self, label: str, settings: Mapping[str, Any]) -> None:
        """Ask, except for what `settings` say.

        Raises:
            Back: The person does not want to join.
        """
        try:
            await self._decide(label, settings)
        finally:
            await self._end_server_check()
            await self._room.close()

    async def _decide(self, label: str, settings: Mapping[str, Any]) -> None:
        room = self._room
        listening = room.listens
        if room.sealed:
            self._queue.reply("info", SEALED_WORDS)
        await self._check()
        if listening and self._microphone_works:
            await self._listen()
        if "startAudioMuted" not in settings:
            muted = await self._ask(
                f"Join {label} muted?", default=not room.is_on(DeviceKind.MICROPHONE)
            )
            room.switch(DeviceKind.MICROPHONE, on=not muted)
        if "startVideoPaused" not in settings and room.has_camera:
            room.switch(
                DeviceKind.CAMERA,
                on=await self._ask(
                    "Join with the camera on?", default=room.is_on(DeviceKind.CAMERA)
                ),
            )
        if room.is_on(DeviceKind.CAMERA):
            await self._check_camera()
        room.decide()

    async def _ask(self, question: str, *, default: bool) -> bool:
        return await self._conversation.yes_or_no(
            question, default=default, on_command=self._command, back=True
        )

    async def _check(self) -> None:
        """Devices and server, at the same time; a server that takes long holds up nothing."""
        await self._end_server_check()
        self._checking = asyncio.create_task(self._check_server(), name="server-check")
        await self._try_out()
        await asyncio.wait([self._checking], timeout=_SERVER_S)

    async def _check_server(self) -> None:
        try:
            answer = await self._room.ask_server()
        except CallsError as error:
            self._queue.reply("info", clean(error.description))
            return
        if answer is None:
            return
        told = answer.sentence
        if answer.failure is not None:
            told += " /refresh checks again, and you can join anyway."
        self._queue.reply("info", told)

    async def _end_server_check(self) -> None:
        checking, self._checking = self._checking, None
        if checking is not None:
            checking.cancel()
            await asyncio.wait([checking])
            if not checking.cancelled():
                checking.result()

    async def _try_out(self) -> None:
        room = self._room
        has_camera = DeviceKind.CAMERA not in room.kinds or await room.look_for_camera()
        await room.try_out(open_microphone=True)
        self._microphone_works = False
        for state in self._handle.snapshot().devices:
            if state.kind is DeviceKind.MICROPHONE:
                self._microphone_works = room.media.microphone not in NOTHING and not state.problem
            if state.kind not in room.kinds:
                continue
            if state.kind is DeviceKind.CAMERA and not has_camera:
                told = "Camera: none found. You will join without video."
            elif state.instead_of:
                told = trouble_words(state)
            else:
                told = f"{state.kind.capitalize()}: {await self._state_words(state)}"
            self._queue.reply("info", told)

    async def _state_words(self, state: DeviceState) -> str:
        if state.problem:
            return trouble_words(state)
        label = state.label
        if state.kind is DeviceKind.CAMERA and label == "default":
            found = await self._room.list_devices(DeviceKind.CAMERA)
            label = next((one.label for one in found if one.is_default), label)
        return f"{label.rstrip('.')}."

    async def _check_camera(self) -> None:
        """Somebody wants to be seen: say whether they will be."""
        self._queue.reply("info", "Trying the camera.")
        try:
            width, height = await self._room.try_camera()
        except CallsError as error:
            self._queue.reply("info", clean(error.description))
            return
        devices = self._handle.snapshot().devices
        label = next((one.label for one in devices if one.kind is DeviceKind.CAMERA), "camera")
        self._queue.reply("info", f"Camera: {label}, {width}x{height}, works.")

    async def _listen(self) -> None:
        self._queue.reply("info", "Say something. Listening for 3 seconds.")
        try:
            word = level_word(await self._handle.do(RecordYourself()))
        except CallsError as error:
            self._queue.reply("info", clean(error.description))
            return
        if word == "silent":
            self._queue.reply("info", "Nothing was heard. /use microphone NAME takes another one.")
        else:
            self._queue.reply("info", f"Microphone level {word}. /hear-me plays you to yourself.")

    async def _command(self, line: str) -> None:
        resolved = await self._dispatcher.resolve(line, Scope.LOBBY)
        if resolved is None:
            return
        action, argument = resolved
        if action is BY_ID["session.refresh"]:
            await self._refused(self._check())
        elif action.scope is Scope.LOBBY:
            self._queue.reply("error", "Answer first, or type b to go back.")
        elif action is BY_ID["device.choose"]:
            await self._use(argument)
        else:
            await self._dispatcher.do(action, argument, Scope.LOBBY)

    async def _use(self, argument: str) -> None:
        kind, _, name = argument.strip().partition(" ")
        if kind.lower() not in set(DeviceKind) or not name.strip():
            told = "Say what and which: microphone, speaker or camera, then a name of /devices."
            self._queue.reply("error", told)
            return
        self._room.choose(DeviceKind(kind.lower()), name.strip())
        await self._refused(self._try_out())

    async def _refused(self, trying: Coroutine[Any, Any, None]) -> None:
        """Print why the devices chosen can't be tried; another one can be."""
        try:
            await trying
        except CallsError as error:
            if error.code != ErrorCode.VALIDATION:
                raise
            self._queue.reply("error", clean(error.description))
