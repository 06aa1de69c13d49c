"""A handle with no engine behind it: records commands, plays what a test scripts.

It keeps just enough state (mute, camera, hand, layout, pin, chat) that a front end driven by it
behaves as in a call, and it is deterministic: one fixed clock, no tasks, no pictures but the ones
a test puts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from tests.fakes.people import changed, person
from tui.domain.device_choice import DeviceInfo, MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import (
    CameraChanged,
    LayoutChanged,
    MicrophoneChanged,
    MicrophoneClosed,
    OwnHandLowered,
    OwnHandRaised,
    SessionJoined,
    SoundSwitched,
    VolumeChanged,
    person_of,
)
from tui.domain.ids import ParticipantId
from tui.domain.preparing import ServerAnswer
from tui.domain.settings import AppSettings, Layout, parse_settings
from tui.domain.snapshot import (
    ChatMessage,
    DeviceKind,
    DeviceState,
    EndReason,
    LoggedCall,
    Participant,
    Phase,
    Role,
    RunningSession,
    Snapshot,
    User,
)
from tui.ports.handle import EngineGone, Picture, Update

NOW_MS = 1_767_258_000_000
"""2026-01-01T09:00:00Z."""

ANA = User("ana", "Ana Lopez")


def people(*names: str) -> tuple[Participant, ...]:
    """Remote participants with camera and microphone on."""
    return tuple(
        person(
            name.split()[0].lower(),
            name,
            pid=f"PA_{number}",
            audio_muted=False,
            video_paused=False,
            joined_at_ms=NOW_MS - 60_000 + number,
        )
        for number, name in enumerate(names)
    )


class FakeHandle:
    """See the module. `calls` lists (name, arguments) of every command, in order."""

    def __init__(self, *, remotes: tuple[Participant, ...] = (), refuse: CallsError | None = None):
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self.refuse = refuse
        """Raised by login and joins while set."""
        self.secrets_for: list[str] = []
        """Whose server each key or token was said to be for."""
        self.remotes = remotes
        self.now_ms = NOW_MS
        self.running: tuple[RunningSession, ...] = ()
        self.log: tuple[LoggedCall, ...] = ()
        self.messages: list[ChatMessage] = []
        self.pictures: dict[str, Picture] = {}
        self.shown: dict[str, tuple[int, int]] = {}
        self.devices: tuple[DeviceInfo, ...] = (
            DeviceInfo(DeviceKind.MICROPHONE, "usb", "USB Audio", True),
            DeviceInfo(DeviceKind.SPEAKER, "headset", "Headset", True),
        )
        self.figures: Mapping[str, Any] = {}
        self.closed = False
        self.has_loudspeaker = False
        """Whether `say` is heard; words with "long" in them last until `hush`."""
        self._hushed = asyncio.Event()
        self.recorded_dbov = -20.0
        self.no_microphone = ""
        """Why nothing can be recorded, while set."""
        self.server_answer: ServerAnswer | None = ServerAnswer(round_trip_ms=45)
        self.server_answers = asyncio.Event()
        """Cleared, nothing is known of the server."""
        self.server_answers.set()
        self.no_check: CallsError | None = None
        """Raised instead of an answer, while set."""
        self.no_camera = ""
        """Why no picture comes, while set."""
        self._snapshot = Snapshot(
            serial=1,
            devices=(
                DeviceState(DeviceKind.MICROPHONE, "USB Audio"),
                DeviceState(DeviceKind.SPEAKER, "Headset"),
                DeviceState(DeviceKind.CAMERA, "test bars"),
            ),
        )
        self._queue: asyncio.Queue[Update] = asyncio.Queue()
        self._pictures_made = 0

    # ---- what a test scripts
    def push(self, update: Update) -> None:
        """Send a happening, levels or EngineGone down."""
        if isinstance(update, ChatMessage):
            self.messages.append(update)
        self._queue.put_nowait(update)

    def change(self, **fields: Any) -> None:
        """Change fields of the snapshot and send it down."""
        self._snapshot = replace(self._snapshot, serial=self._snapshot.serial + 1, **fields)
        self._queue.put_nowait(self._snapshot)

    def change_participant(self, who: ParticipantId, **fields: Any) -> None:
        """Change one participant and send the snapshot down."""
        self.change(
            participants=tuple(
                changed(p, **fields) if p.id == who else p for p in self._snapshot.participants
            )
        )

    def put_picture(self, who: ParticipantId, rgb: bytes, width: int, height: int) -> None:
        """A new picture in a slot."""
        self._pictures_made += 1
        self.pictures[who] = Picture(self._pictures_made, width, height, rgb)

    def called(self, name: str) -> list[tuple[Any, ...]]:
        """The arguments of every call of one command."""
        return [arguments for called, arguments in self.calls if called == name]

    def _note(self, name: str, *arguments: Any) -> None:
        self.calls.append((name, arguments))

    # ---- the handle
    async def init(self, settings: AppSettings) -> None:
        self._note("init", settings)

    async def create_user(self, uid: str, name: str, api_key: str) -> User:
        self._note("create_user", uid, name, api_key)
        return User(uid, name)

    async def login(self, uid: str, api_key: str = "", server: str = "") -> User:
        self._note("login", uid, api_key)
        self.secrets_for.append(server)
        if self.refuse:
            raise self.refuse
        user = User(uid, "Ana Lopez" if uid == "ana" else uid)
        self.change(user=user)
        return user

    async def login_with_auth_token(self, auth_token: str, server: str = "") -> User:
        self._note("login_with_auth_token", auth_token)
        self.secrets_for.append(server)
        if self.refuse:
            raise self.refuse
        self.change(user=ANA)
        return ANA

    async def logout(self) -> None:
        self._note("logout")
        if self._snapshot.user is None:
            raise CallsError(ErrorCode.NO_USER_LOGGED_IN, "Nobody is logged in.")
        self.change(user=None)

    async def get_user_auth_token(self) -> str | None:
        return "auth-token" if self._snapshot.user else None

    async def generate_token(self, session_id: str) -> str:
        self._note("generate_token", session_id)
        return f"call-token-{session_id}"

    async def join_session(
        self, call_token: str, settings: Mapping[str, Any], media: MediaChoice, server: str = ""
    ) -> None:
        self._note("join_session", call_token, settings, media)
        self.secrets_for.append(server)
        self._join(call_token.removeprefix("call-token-"), settings)

    async def join_session_by_id(
        self, session_id: str, settings: Mapping[str, Any], media: MediaChoice
    ) -> None:
        self._note("join_session_by_id", session_id, settings, media)
        self._join(session_id, settings)

    async def join_url(
        self, url: str, token: str, settings: Mapping[str, Any], media: MediaChoice
    ) -> None:
        self._note("join_url", url, token, settings, media)
        self._join("demo", settings)

    def _join(self, session_id: str, raw: Mapping[str, Any]) -> None:
        if self.refuse:
            raise self.refuse
        settings = parse_settings(raw)
        user = self._snapshot.user or ANA
        local = person(
            user.uid,
            user.name,
            pid="PA_me",
            is_local=True,
            audio_muted=settings.start_audio_muted,
            video_paused=settings.start_video_paused,
            has_video=True,
            role=Role.MODERATOR,
            joined_at_ms=NOW_MS,
        )
        self.change(
            phase=Phase.LIVE,
            user=user,
            session_id=session_id,
            title=settings.title or session_id,
            settings=settings,
            layout=settings.layout,
            started_at_ms=NOW_MS,
            joined_at_ms=NOW_MS,
            participants=(local, *self.remotes),
            invite=f"cellcall join {session_id}",
            ended=None,
            ended_detail="",
        )
        names = tuple(one.name for one in self._snapshot.participants)
        self.push(
            SessionJoined(
                self._snapshot.title,
                names,
                settings.start_audio_muted,
                settings.start_video_paused,
            )
        )

    async def leave_session(self) -> None:
        self._note("leave_session")
        if self._snapshot.in_session:
            self.change(
                phase=Phase.ENDED, ended=EndReason.LEFT, ended_detail="You left.", participants=()
            )

    async def end_session_for_all(self) -> None:
        self._note("end_session_for_all")
        self.change(
            phase=Phase.ENDED,
            ended=EndReason.ENDED_FOR_ALL,
            ended_detail="The call was ended for everybody.",
            participants=(),
        )

    async def set_audio_muted(self, muted: bool) -> None:
        self._note("set_audio_muted", muted)
        self.change(talking=False)
        self._change_local(audio_muted=muted)
        self.push(MicrophoneChanged(muted))

    async def set_talking(self, talking: bool) -> None:
        self._note("set_talking", talking)
        local = self._snapshot.local
        if local is not None and talking == local.audio_muted:
            self._change_local(audio_muted=not talking)
            self.change(talking=talking)

    async def keep_talking(self) -> None:
        self._note("keep_talking")

    async def duck(self, seconds: float) -> None:
        self._note("duck", seconds)

    async def say(self, text: str, program: str = "") -> bool:
        self._note("say", text, program)
        if not self.has_loudspeaker:
            return False
        if "long" in text:
            self._hushed.clear()
            await self._hushed.wait()
        return True

    async def hush(self) -> None:
        self._note("hush")
        self._hushed.set()

    async def set_volume(self, who: ParticipantId, percent: int) -> None:
        self._note("set_volume", who, percent)
        self.change_participant(who, volume=percent)
        heard = self._snapshot.participant(who)
        if heard is not None:
            self.push(VolumeChanged(person_of(heard), percent))

    async def set_microphone_closed(self, closed: bool) -> None:
        self._note("set_microphone_closed", closed)
        self.change(
            devices=tuple(
                replace(d, closed=closed) if d.kind is DeviceKind.MICROPHONE else d
                for d in self._snapshot.devices
            )
        )
        self.push(MicrophoneClosed(closed, muted=True))

    async def set_earcons(self, on: bool) -> None:
        self._note("set_earcons", on)
        self.change(earcons=on)

    async def set_processing(self, stage: str, on: bool) -> None:
        self._note("set_processing", stage, on)
        self.change(processing=replace(self._snapshot.processing, **{stage: on}))

    async def check_server(self, address: str) -> ServerAnswer | None:
        self._note("check_server", address)
        await self.server_answers.wait()
        if self.no_check is not None:
            raise self.no_check
        return self.server_answer

    async def check_sound(self, media: MediaChoice) -> None:
        self._note("check_sound", media)

    async def check_camera(self, on: bool) -> tuple[int, int]:
        self._note("check_camera", on)
        if on and self.no_camera:
            raise CallsError(ErrorCode.VALIDATION, self.no_camera)
        return (640, 480) if on else (0, 0)

    async def end_sound_check(self) -> None:
        self._note("end_sound_check")

    async def record_yourself(self) -> float:
        self._note("record_yourself")
        if self.no_microphone:
            raise CallsError(ErrorCode.VALIDATION, self.no_microphone)
        return self.recorded_dbov

    async def play_recording(self) -> None:
        self._note("play_recording")

    async def play_test_tone(self) -> None:
        self._note("play_test_tone")

    async def set_video_paused(self, paused: bool) -> None:
        self._note("set_video_paused", paused)
        self._change_local(video_paused=paused)
        self.push(CameraChanged(paused))

    async def set_deafened(self, deafened: bool) -> None:
        self._note("set_deafened", deafened)
        self.change(deafened=deafened)
        self.push(SoundSwitched(deafened, still_heard=False))

    async def set_hand_raised(self, raised: bool) -> None:
        self._note("set_hand_raised", raised)
        self._change_local(hand_raised_at_ms=self.now_ms if raised else 0)
        local = self._snapshot.local
        if local is not None:
            who = person_of(local)
            self.push(OwnHandRaised(who, place=1) if raised else OwnHandLowered(who))

    def _change_local(self, **fields: Any) -> None:
        local = self._snapshot.local
        if local is not None:
            self.change_participant(local.id, **fields)

    async def set_layout(self, layout: Layout) -> None:
        self._note("set_layout", layout)
        self.change(layout=layout)
        self.push(LayoutChanged(layout, asked=True))

    async def set_fit_pictures(self, fit: bool) -> None:
        self._note("set_fit_pictures", fit)
        self.change(fit_pictures=fit)

    async def pin_participant(self, who: ParticipantId) -> None:
        self._note("pin_participant", who)
        self.change(pinned=who, layout=Layout.SIDEBAR if who else Layout.TILE)

    async def mute_participant(self, who: ParticipantId) -> None:
        self._note("mute_participant", who)
        self.change_participant(who, audio_muted=True)

    async def pause_participant_video(self, who: ParticipantId) -> None:
        self._note("pause_participant_video", who)
        self.change_participant(who, video_paused=True)

    async def remove_participant(self, who: ParticipantId) -> None:
        self._note("remove_participant", who)
        self.change(participants=tuple(p for p in self._snapshot.participants if p.id != who))

    async def send_chat(self, text: str) -> None:
        self._note("send_chat", text)
        user = self._snapshot.user or ANA
        self.push(ChatMessage(user.uid, user.name, text, self.now_ms, is_local=True))

    async def mark_chat_read(self) -> None:
        self._note("mark_chat_read")
        if self._snapshot.unread_chat:
            self.change(unread_chat=0)

    async def chat_history(self) -> tuple[ChatMessage, ...]:
        return tuple(self.messages)

    async def stay(self) -> None:
        self._note("stay")
        self.change(idle=None)

    async def press_button(self, event_name: str) -> None:
        self._note("press_button", event_name)

    async def running_sessions(self) -> tuple[RunningSession, ...]:
        self._note("running_sessions")
        return self.running

    async def call_log(self) -> tuple[LoggedCall, ...]:
        self._note("call_log")
        return self.log

    async def list_devices(self, kind: str) -> tuple[DeviceInfo, ...]:
        return tuple(device for device in self.devices if device.kind == kind)

    async def set_device(self, kind: str, name: str) -> None:
        self._note("set_device", kind, name)

    async def stats(self) -> Mapping[str, Any]:
        return self.figures

    def snapshot(self) -> Snapshot:
        return self._snapshot

    async def updates(self) -> AsyncIterator[Update]:
        yield self._snapshot
        while True:
            update = await self._queue.get()
            yield update
            if isinstance(update, EngineGone):
                return

    def show_picture(self, who: ParticipantId, width: int, height: int, fps: float = 0.0) -> None:
        self.shown[who] = (width, height)

    def picture(self, who: ParticipantId) -> Picture | None:
        return self.pictures.get(who)

    async def close(self) -> None:
        self._note("close")
        self.closed = True
