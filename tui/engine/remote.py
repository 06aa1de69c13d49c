"""A handle on a session in the engine process, over its socket."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from tui.domain.device_choice import DeviceInfo, MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import ParticipantId
from tui.domain.preparing import ServerAnswer
from tui.domain.settings import AppSettings, Layout
from tui.domain.snapshot import ChatMessage, LoggedCall, RunningSession, Snapshot, User
from tui.engine.outbox import Outbox, Reply
from tui.engine.pictures import SlotReader
from tui.engine.wire import (
    VERSION,
    WireError,
    decode_error,
    decode_update,
    encode_arguments,
    pack,
    read_frame,
    signature,
)
from tui.ports.handle import EngineGone, Picture, Update

log = logging.getLogger(__name__)

GOODBYE_S: Final = 3.0
_GONE: Final = "The call's engine process ended. Start cellcall again; the log says more."


class RemoteHandle:
    """The handle's commands as frames. Make it with `connect`."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        release: Callable[[], Awaitable[None]],
    ):
        self._reader = reader
        self._writer = writer
        self._release = release
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._outboxes: list[Outbox] = []
        self._slots: dict[ParticipantId, SlotReader] = {}
        self._snapshot = Snapshot()
        self._gone = False
        self._closed = False
        self._reading: asyncio.Task[None] | None = None

    @classmethod
    async def connect(
        cls, path: Path, token: str, release: Callable[[], Awaitable[None]]
    ) -> RemoteHandle:
        """Join a running engine.

        Args:
            path: Its socket.
            token: What it expects.
            release: Awaited once the connection is over (ends the process, removes the folder).

        Raises:
            CallsError: `ERROR_CONNECTION_FAILED` when it refuses or speaks another version.
            OSError: When nothing listens there.
        """
        reader, writer = await asyncio.open_unix_connection(path, limit=2**20)
        writer.write(pack({"version": VERSION, "token": token}))
        hello = await read_frame(reader)
        if hello is None or hello.get("version") != VERSION:
            writer.close()
            raise CallsError(
                ErrorCode.CONNECTION_FAILED, "The engine process refused. Start cellcall again."
            )
        handle = cls(reader, writer, release)
        first = await read_frame(reader)
        if first is not None:
            handle._take(first)
        handle._reading = asyncio.create_task(handle._read(), name="engine-updates")
        return handle

    # ---- the connection
    async def _read(self) -> None:
        try:
            while (frame := await read_frame(self._reader)) is not None:
                self._take(frame)
        except (WireError, ConnectionError) as error:
            log.warning("engine connection: %s", error)
        finally:
            self._gone = True
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(CallsError(ErrorCode.CONNECTION_FAILED, _GONE))
            for outbox in self._outboxes:
                outbox.put(EngineGone(_GONE))

    def _take(self, frame: dict[str, Any]) -> None:
        match frame:
            case {"push": _}:
                update = decode_update(frame)
                if isinstance(update, Snapshot):
                    self._snapshot = update
                for outbox in self._outboxes:
                    outbox.put(update)
            case {"id": int(number)}:
                future = self._waiting.get(number)
                if future is not None and not future.done():
                    future.set_result(frame)
            case {"slot": str(uid), "path": str(path)}:
                self._map_slot(ParticipantId(uid), path)
            case _:
                raise WireError("a frame of no known kind")

    def _map_slot(self, who: ParticipantId, path: str) -> None:
        old = self._slots.pop(who, None)
        if old is not None:
            old.close()
        if path:
            # The raster may have changed again already; the next word of it follows.
            with contextlib.suppress(FileNotFoundError):
                self._slots[who] = SlotReader(Path(path))

    async def _request(self, operation: str, *arguments: Any) -> Any:
        if self._gone or self._closed:
            raise CallsError(ErrorCode.CONNECTION_FAILED, _GONE)
        number = next(self._numbers)
        future: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            self._write(
                {"id": number, "op": operation, "args": encode_arguments(operation, arguments)}
            )
            answer = await future
        finally:
            self._waiting.pop(number, None)
        if "error" in answer:
            raise decode_error(answer["error"])
        return signature(operation).result.validate_python(answer.get("ok"))

    def _write(self, frame: dict[str, Any]) -> None:
        self._writer.write(pack(frame))

    # ---- commands
    async def init(self, settings: AppSettings) -> None:
        """See `Handle`."""
        await self._request("init", settings)

    async def create_user(self, uid: str, name: str, api_key: str) -> User:
        """See `Handle`."""
        return cast(User, await self._request("create_user", uid, name, api_key))

    async def login(self, uid: str, api_key: str = "", server: str = "") -> User:
        """See `Handle`."""
        return cast(User, await self._request("login", uid, api_key, server))

    async def login_with_auth_token(self, auth_token: str, server: str = "") -> User:
        """See `Handle`."""
        return cast(User, await self._request("login_with_auth_token", auth_token, server))

    async def logout(self) -> None:
        """See `Handle`."""
        await self._request("logout")

    async def get_user_auth_token(self) -> str | None:
        """See `Handle`."""
        return cast("str | None", await self._request("get_user_auth_token"))

    async def generate_token(self, session_id: str) -> str:
        """See `Handle`."""
        return cast(str, await self._request("generate_token", session_id))

    async def join_session(
        self, call_token: str, settings: Mapping[str, Any], media: MediaChoice, server: str = ""
    ) -> None:
        """See `Handle`."""
        await self._request("join_session", call_token, settings, media, server)

    async def join_session_by_id(
        self, session_id: str, settings: Mapping[str, Any], media: MediaChoice
    ) -> None:
        """See `Handle`."""
        await self._request("join_session_by_id", session_id, settings, media)

    async def join_url(
        self, url: str, token: str, settings: Mapping[str, Any], media: MediaChoice
    ) -> None:
        """See `Handle`."""
        await self._request("join_url", url, token, settings, media)

    async def leave_session(self) -> None:
        """See `Handle`."""
        await self._request("leave_session")

    async def end_session_for_all(self) -> None:
        """See `Handle`."""
        await self._request("end_session_for_all")

    async def set_audio_muted(self, muted: bool) -> None:
        """See `Handle`."""
        await self._request("set_audio_muted", muted)

    async def set_talking(self, talking: bool) -> None:
        """See `Handle`."""
        await self._request("set_talking", talking)

    async def keep_talking(self) -> None:
        """See `Handle`."""
        await self._request("keep_talking")

    async def set_video_paused(self, paused: bool) -> None:
        """See `Handle`."""
        await self._request("set_video_paused", paused)

    async def set_deafened(self, deafened: bool) -> None:
        """See `Handle`."""
        await self._request("set_deafened", deafened)

    async def duck(self, seconds: float) -> None:
        """See `Handle`."""
        await self._request("duck", seconds)

    async def say(self, text: str, program: str = "") -> bool:
        """See `Handle`."""
        return cast(bool, await self._request("say", text, program))

    async def hush(self) -> None:
        """See `Handle`."""
        await self._request("hush")

    async def set_volume(self, who: ParticipantId, percent: int) -> None:
        """See `Handle`."""
        await self._request("set_volume", who, percent)

    async def set_microphone_closed(self, closed: bool) -> None:
        """See `Handle`."""
        await self._request("set_microphone_closed", closed)

    async def set_earcons(self, on: bool) -> None:
        """See `Handle`."""
        await self._request("set_earcons", on)

    async def set_processing(self, stage: str, on: bool) -> None:
        """See `Handle`."""
        await self._request("set_processing", stage, on)

    async def check_server(self, address: str) -> ServerAnswer | None:
        """See `Handle`."""
        return cast("ServerAnswer | None", await self._request("check_server", address))

    async def check_sound(self, media: MediaChoice) -> None:
        """See `Handle`."""
        await self._request("check_sound", media)

    async def check_camera(self, on: bool) -> tuple[int, int]:
        """See `Handle`."""
        return cast("tuple[int, int]", await self._request("check_camera", on))

    async def end_sound_check(self) -> None:
        """See `Handle`."""
        await self._request("end_sound_check")

    async def record_yourself(self) -> float:
        """See `Handle`."""
        return cast(float, await self._request("record_yourself"))

    async def play_recording(self) -> None:
        """See `Handle`."""
        await self._request("play_recording")

    async def play_test_tone(self) -> None:
        """See `Handle`."""
        await self._request("play_test_tone")

    async def set_hand_raised(self, raised: bool) -> None:
        """See `Handle`."""
        await self._request("set_hand_raised", raised)

    async def set_layout(self, layout: Layout) -> None:
        """See `Handle`."""
        await self._request("set_layout", layout)

    async def set_fit_pictures(self, fit: bool) -> None:
        """See `Handle`."""
        await self._request("set_fit_pictures", fit)

    async def pin_participant(self, who: ParticipantId) -> None:
        """See `Handle`."""
        await self._request("pin_participant", who)

    async def mute_participant(self, who: ParticipantId) -> None:
        """See `Handle`."""
        await self._request("mute_participant", who)

    async def pause_participant_video(self, who: ParticipantId) -> None:
        """See `Handle`."""
        await self._request("pause_participant_video", who)

    async def remove_participant(self, who: ParticipantId) -> None:
        """See `Handle`."""
        await self._request("remove_participant", who)

    async def send_chat(self, text: str) -> None:
        """See `Handle`."""
        await self._request("send_chat", text)

    async def mark_chat_read(self) -> None:
        """See `Handle`."""
        await self._request("mark_chat_read")

    async def chat_history(self) -> tuple[ChatMessage, ...]:
        """See `Handle`."""
        return cast("tuple[ChatMessage, ...]", await self._request("chat_history"))

    async def stay(self) -> None:
        """See `Handle`."""
        await self._request("stay")

    async def press_button(self, event_name: str) -> None:
        """See `Handle`."""
        await self._request("press_button", event_name)

    async def running_sessions(self) -> tuple[RunningSession, ...]:
        """See `Handle`."""
        return cast("tuple[RunningSession, ...]", await self._request("running_sessions"))

    async def call_log(self) -> tuple[LoggedCall, ...]:
        """See `Handle`."""
        return cast("tuple[LoggedCall, ...]", await self._request("call_log"))

    async def list_devices(self, kind: str) -> tuple[DeviceInfo, ...]:
        """See `Handle`."""
        return cast("tuple[DeviceInfo, ...]", await self._request("list_devices", kind))

    async def set_device(self, kind: str, name: str) -> None:
        """See `Handle`."""
        await self._request("set_device", kind, name)

    async def stats(self) -> Mapping[str, Any]:
        """See `Handle`."""
        return cast("Mapping[str, Any]", await self._request("stats"))

    # ---- what comes down
    def snapshot(self) -> Snapshot:
        """See `Handle`."""
        return self._snapshot

    async def updates(self) -> AsyncIterator[Update]:
        """See `Handle`."""
        outbox = Outbox()
        outbox.put(self._snapshot)
        if self._gone:
            outbox.put(EngineGone(_GONE))
        self._outboxes.append(outbox)
        try:
            while True:
                for update in await outbox.take():
                    if isinstance(update, Reply):
                        continue
                    yield update
                    if isinstance(update, EngineGone):
                        return
        finally:
            self._outboxes.remove(outbox)

    def show_picture(self, who: ParticipantId, width: int, height: int, fps: float = 0.0) -> None:
        """See `Handle`."""
        if not self._gone and not self._closed:
            self._write({"show": who, "width": width, "height": height, "fps": float(fps)})

    def picture(self, who: ParticipantId) -> Picture | None:
        """See `Handle`."""
        slot = self._slots.get(who)
        return slot.newest() if slot is not None else None

    async def close(self) -> None:
        """See `Handle`. The engine leaves the session and ends."""
        if self._closed:
            return
        self._closed = True
        if not self._gone:
            self._write({"bye": True})
        if self._reading is not None:
            # The engine closes the connection when it has left.
            await asyncio.wait([self._reading], timeout=GOODBYE_S)
            self._reading.cancel()
        self._writer.close()
        for slot in self._slots.values():
            slot.close()
        self._slots.clear()
        await self._release()
