"""A handle with no engine behind it: records commands, plays what a test scripts.

It keeps just enough state (mute, camera, hand, layout, pin, chat) that a front end driven by it
behaves as in a call, and it is deterministic: one fixed clock, no tasks, no pictures but the ones
a test puts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar, cast

from tests.fakes.people import changed, person
from tui.domain.actions import BY_ID
from tui.domain.call_log import CallLogPage, LoggedCall
from tui.domain.captions import Caption
from tui.domain.commands import Command, account, call, local, own
from tui.domain.commands.account import AccountCommand
from tui.domain.commands.call import CallCommand
from tui.domain.commands.local import LocalCommand
from tui.domain.commands.own import OwnCommand
from tui.domain.device_choice import DeviceInfo
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import (
    CameBack,
    CameraChanged,
    Captioned,
    FileSending,
    LayoutChanged,
    MicrophoneChanged,
    MicrophoneClosed,
    OwnHandLowered,
    OwnHandRaised,
    SessionJoined,
    SessionLeft,
    ShareEnded,
    ShareStarted,
    SoundSwitched,
    VolumeChanged,
    WritingCaptions,
    ZoomChanged,
    person_of,
)
from tui.domain.ids import ParticipantId, StreamId, TrackSource
from tui.domain.participant import Participant, Role, Stream
from tui.domain.server_answer import ServerAnswer
from tui.domain.settings import Layout, parse_settings
from tui.domain.snapshot import (
    ChatMessage,
    DeviceKind,
    DeviceState,
    EndReason,
    Phase,
    RemovedPerson,
    RunningSession,
    Snapshot,
    User,
)
from tui.domain.terminal_text import NO_SCREEN, ShownTerminal, TerminalScreen
from tui.domain.zoom import Zoom, ZoomStep
from tui.ports.handle import EngineGone, Picture, Update

R = TypeVar("R")
C = TypeVar("C", bound=Command[Any])

NOW_MS = 1_767_258_000_000
"""2026-01-01T09:00:00Z."""

ANA = User("ana", "Ana Lopez")

_SIGNED_IN = (account.ListRunning, account.ListCalls, account.GenerateToken)
_IN_CALL = (
    call.Detach,
    call.EndForAll,
    call.SendChat,
    call.SendFile,
    call.SaveFile,
    call.SendCaption,
    call.SetCaptioner,
    call.MuteOther,
    call.StopVideoOf,
    call.Remove,
    call.Readmit,
    call.LetAllUnmute,
    call.LetUnmute,
    own.SetMuted,
    own.SetTalking,
    own.SpeakText,
    own.SetMicrophoneClosed,
    own.SetVideoPaused,
    own.SetHandRaised,
    own.SetProcessing,
    own.SetDevice,
    local.SetDeafened,
    local.SetVolume,
    local.SetLayout,
    local.SetFitPictures,
    local.Pin,
    local.Unpin,
)
"""Refused by every handle without a call."""


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
    """See the module. `calls` lists every command, in order."""

    def __init__(self, *, remotes: tuple[Participant, ...] = (), refuse: CallsError | None = None):
        self.calls: list[Command[Any]] = []
        self.buttons: list[str] = []
        """The SDK events of buttons and panels, in order."""
        self.instead: dict[type[Command[Any]], Callable[[Any], Awaitable[Any]]] = {}
        """What is done instead of a command, for tests that hold it back or refuse it."""
        self.secrets_for: list[str] = []
        """Whose server each key or token was said to be for."""
        self.initialised = False
        self.refuse = refuse
        """Raised by login and joins while set."""
        self.remotes = remotes
        self.now_ms = NOW_MS
        self.running: tuple[RunningSession, ...] = ()
        self.log: tuple[LoggedCall, ...] = ()
        self.messages: list[ChatMessage] = []
        self.captions: list[Caption] = []
        self.terminals: dict[ParticipantId, ShownTerminal] = {}
        self.past: dict[ParticipantId, tuple[str, ...]] = {}
        """What has scrolled away in them."""
        self._drawn = asyncio.Event()
        self.pictures: dict[StreamId, Picture] = {}
        self.shown: dict[StreamId, tuple[int, int]] = {}
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
        self._readers: list[asyncio.Queue[Update]] = []
        self._pictures_made = 0

    # ---- what a test scripts
    def push(self, update: Update) -> None:
        """Send a happening, levels or EngineGone down."""
        if isinstance(update, ChatMessage):
            self.messages.append(update)
        if isinstance(update, Captioned):
            self.captions.append(update.caption)
        self._send(update)

    def change(self, **fields: Any) -> None:
        """Change fields of the snapshot and send it down."""
        self._snapshot = replace(self._snapshot, serial=self._snapshot.serial + 1, **fields)
        self._send(self._snapshot)

    def change_participant(self, who: ParticipantId, **fields: Any) -> None:
        """Change one participant and send the snapshot down."""
        self.change(
            participants=tuple(
                changed(p, **fields) if p.id == who else p for p in self._snapshot.participants
            )
        )

    def put_picture(self, stream: StreamId, rgb: bytes, width: int, height: int) -> None:
        """A new picture in a slot."""
        self._pictures_made += 1
        self.pictures[stream] = Picture(self._pictures_made, width, height, rgb)

    def called(self, kind: type[C]) -> list[C]:
        """Every command of one kind, in order."""
        return [command for command in self.calls if isinstance(command, kind)]

    # ---- the handle
    async def do(self, command: Command[R], *, action: str = "") -> R:
        """See `Handle`."""
        row = BY_ID[action] if action else None
        if row is not None and row.button_event:
            self.buttons.append(row.button_event)
        self.calls.append(command)
        if isinstance(command, account.Login | account.LoginWithToken | call.JoinWithToken):
            self.secrets_for.append(command.server)
        if (refusal := self._refusal(command)) is not None:
            raise refusal
        instead = self.instead.get(type(command))
        if instead is not None:
            return cast(R, await instead(command))
        return cast(R, await self.done(command))

    def _refusal(self, command: Command[Any]) -> CallsError | None:
        """What every handle refuses of itself."""
        if isinstance(command, account.Init):
            self.initialised = True
        if isinstance(command, _IN_CALL) and not self._snapshot.in_session:
            return CallsError(ErrorCode.NO_SESSION, "You are not in a call. Join one first.")
        if isinstance(command, account.Login | account.LoginWithToken) and not self.initialised:
            return CallsError(ErrorCode.SDK_NOT_INITIALIZED, "Call init before anything else.")
        if isinstance(command, _SIGNED_IN) and self._snapshot.user is None:
            return CallsError(ErrorCode.AUTH_TOKEN_MISSING, "Nobody is logged in. Log in first.")
        if isinstance(command, call.JoinById) and not command.session_id:
            return CallsError(ErrorCode.SESSION_ID_MISSING, "The session ID is empty.")
        if isinstance(command, call.JoinRoom) and "://" not in command.url:
            return CallsError(ErrorCode.VALIDATION, "server came as no address.", field="server")
        return None

    async def done(self, command: Command[Any]) -> Any:
        """What it does when nothing else is scripted."""
        if isinstance(command, AccountCommand):
            return await self._account(command)
        if isinstance(command, CallCommand):
            return self._call(command)
        if isinstance(command, OwnCommand):
            return self._own(command)
        assert isinstance(command, LocalCommand)
        return await self._local(command)

    async def _account(self, command: AccountCommand) -> Any:
        match command:
            case account.Login() | account.LoginWithToken():
                if self.refuse:
                    raise self.refuse
                uid = command.uid if isinstance(command, account.Login) else "ana"
                user = ANA if uid == "ana" else User(uid, uid)
                self.change(user=user)
                return user
            case account.CreateUser(uid, name):
                return User(uid, name)
            case account.Logout():
                if self._snapshot.user is None:
                    raise CallsError(ErrorCode.NO_USER_LOGGED_IN, "Nobody is logged in.")
                self.change(user=None)
            case account.GetAuthToken():
                return "auth-token" if self._snapshot.user else None
            case account.GenerateToken(session_id):
                return f"call-token-{session_id}"
            case account.ListRunning():
                return self.running
            case account.ListCalls():
                return CallLogPage(self.log)
            case account.CheckServer():
                await self.server_answers.wait()
                if self.no_check is not None:
                    raise self.no_check
                return self.server_answer
            case account.Init() | account.MeetServer():
                pass

    def _call(self, command: CallCommand) -> Any:
        match command:
            case call.JoinWithToken(token, settings):
                self._join(token.removeprefix("call-token-"), settings)
            case call.JoinById(session_id, settings):
                self._join(session_id, settings)
            case call.JoinAsGuest(session_id, _, settings):
                self._join(session_id, settings)
            case call.Invite():
                return f"http://127.0.0.1:7880/join/{self._snapshot.session_id}#invite=abcdefghjkmn"
            case call.JoinRoom(_, _, settings):
                self._join("demo", settings)
            case call.Leave():
                if self._snapshot.in_session:
                    lasted_s = (self.now_ms - self._snapshot.joined_at_ms) / 1000
                    self._end(EndReason.LEFT, "You left.")
                    self.push(SessionLeft(self._snapshot.title, lasted_s))
            case call.Detach(seconds):
                return seconds
            case call.Attach():
                if self._snapshot.away_until_ms:
                    self.change(away_until_ms=0)
                    self.push(CameBack(self._snapshot.title, 60, self._snapshot.unread_chat))
            case call.EndForAll():
                self._end(EndReason.ENDED_FOR_ALL, "The call was ended for everybody.")
            case call.Stay():
                self.change(idle=None)
            case call.SendChat(text, answers):
                user = self._snapshot.user or ANA
                quote = f"message {answers}" if answers else ""
                self.push(
                    ChatMessage(
                        user.uid, user.name, text, self.now_ms, is_local=True, answers=quote
                    )
                )
            case call.SendFile(path):
                self.push(FileSending(path.rpartition("/")[2], "1 kB", 0))
            case call.SaveFile(number, folder):
                return f"{folder}/file-{number}"
            case call.MarkChatRead():
                if self._snapshot.unread_chat:
                    self.change(unread_chat=0)
            case call.ReadChat():
                return tuple(self.messages)
            case call.ReadCaptions():
                return tuple(self.captions)
            case call.SendCaption(text, speaker):
                of = self._snapshot.participant(speaker) or self._snapshot.local
                self.push(Captioned(Caption(of.name if of else "", text, self.now_ms, self.now_ms)))
            case call.SetCaptioner(writes):
                self._change_local(captioner=writes)
                self.push(WritingCaptions(writes))
            case call.MuteOther(participant):
                self.change_participant(participant, audio_muted=True)
            case call.StopVideoOf(participant):
                self.change_participant(participant, video_paused=True)
            case call.Remove(participant):
                gone = self._snapshot.participant(participant)
                self.leaves(participant)
                if gone is not None:
                    removed = RemovedPerson(gone.id, gone.uid, gone.name)
                    self.change(removed=(*self._snapshot.removed, removed))
            case call.Readmit(participant):
                left = tuple(one for one in self._snapshot.removed if one.id != participant)
                self.change(removed=left)
            case call.LetAllUnmute() | call.LetUnmute():
                pass
            case call.PressButton(event_name):
                self.buttons.append(event_name)
            case call.GetStats():
                return self.figures or {"session_id": self._snapshot.session_id}

    def _own(self, command: OwnCommand) -> Any:
        local = self._snapshot.local
        match command:
            case own.SetMuted(muted):
                self.change(talking=False)
                self._change_local(audio_muted=muted)
                self.push(MicrophoneChanged(muted))
            case own.SetTalking(talking):
                if local is not None and talking == local.audio_muted:
                    self._change_local(audio_muted=not talking)
                    self.change(talking=talking)
            case own.SetMicrophoneClosed(closed):
                self.change(
                    devices=tuple(
                        replace(d, closed=closed) if d.kind is DeviceKind.MICROPHONE else d
                        for d in self._snapshot.devices
                    )
                )
                self.push(MicrophoneClosed(closed, muted=True))
            case own.SetVideoPaused(paused):
                self._change_local(video_paused=paused)
                self.push(CameraChanged(paused))
            case own.SetHandRaised(raised):
                self._change_local(hand_raised_at_ms=self.now_ms if raised else 0)
                if local is not None:
                    who = person_of(local)
                    self.push(OwnHandRaised(who, place=1) if raised else OwnHandLowered(who))
            case own.StartShare(name):
                if local is not None:
                    shared = local.with_stream(Stream(TrackSource.SCREEN_SHARE))
                    self._change_local(streams=shared.streams)
                    self.push(ShareStarted(name))
            case own.StopShare():
                if local is not None and local.shares:
                    kept = tuple(
                        one for one in local.streams if one.source is not TrackSource.SCREEN_SHARE
                    )
                    self._change_local(streams=kept)
                    self.push(ShareEnded())
            case own.SetProcessing(stage, on):
                self.change(processing=replace(self._snapshot.processing, **{stage: on}))
            case own.ListDevices(kind):
                return tuple(device for device in self.devices if device.kind == kind)
            case own.CheckCamera(on):
                if on and self.no_camera:
                    raise CallsError(ErrorCode.VALIDATION, self.no_camera)
                return (640, 480) if on else (0, 0)
            case own.RecordYourself():
                if self.no_microphone:
                    raise CallsError(ErrorCode.VALIDATION, self.no_microphone)
                return self.recorded_dbov
            case _:
                return None

    async def _local(self, command: LocalCommand) -> Any:
        match command:
            case local.SetDeafened(deafened):
                self.change(deafened=deafened)
                self.push(SoundSwitched(deafened, still_heard=False))
            case local.SetVolume(participant, percent):
                self.change_participant(participant, volume=percent)
                heard = self._snapshot.participant(participant)
                if heard is not None:
                    self.push(VolumeChanged(person_of(heard), percent))
            case local.ReadTerminal(participant, after, lines):
                shown = await self._read_terminal(participant, after)
                return replace(shown, past=self.past.get(participant, ())[-lines:] if lines else ())
            case local.SetEarcons(on):
                self.change(earcons=on)
            case local.Say(text):
                if "long" in text and self.has_loudspeaker:
                    self._hushed.clear()
                    await self._hushed.wait()
                return self.has_loudspeaker
            case local.Hush():
                self._hushed.set()
            case local.SetLayout(layout):
                self.change(layout=layout)
                self.push(LayoutChanged(layout, asked=True))
            case local.SetFitPictures(fit):
                self.change(fit_pictures=fit)
            case local.SetZoom(who, source, number, step, follows):
                stream = StreamId(who, source, number)
                fits = step == ZoomStep.FIT
                zoom = None if fits else Zoom(stream, ZoomStep(step), follows=follows)
                self.change(zoom=zoom)
                self.push(ZoomChanged(ZoomStep(step), follows))
            case local.MoveZoom(across, down):
                if (zoom := self._snapshot.zoom) is not None:
                    self.change(zoom=zoom.moved(across / 10, down / 10))
            case local.Pin():
                self.change(pinned=command.stream, layout=Layout.SIDEBAR)
            case local.Unpin():
                self.change(pinned=None, layout=Layout.TILE)
            case local.Duck():
                pass

    def leaves(self, who: ParticipantId) -> None:
        """Somebody is not there any more."""
        self.change(participants=tuple(p for p in self._snapshot.participants if p.id != who))

    def _end(self, why: EndReason, text: str) -> None:
        self.change(phase=Phase.ENDED, ended=why, ended_detail=text, participants=())

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

    def shows_terminal(self, who: ParticipantId, screen: TerminalScreen | None) -> None:
        """What somebody shares is a terminal, and shows this; None: it is shared no longer."""
        before = self.terminals.pop(who, ShownTerminal(0, NO_SCREEN))
        if screen is not None:
            self.terminals[who] = ShownTerminal(before.serial + 1, screen)
        shared = Stream(TrackSource.SCREEN_SHARE)
        person = self._snapshot.participant(who)
        if person is not None and not person.shares and screen is not None:
            self.change_participant(who, streams=person.with_stream(shared).streams)
        self.change(terminals=tuple(shared.of(one) for one in self.terminals))
        self._drawn.set()

    async def _read_terminal(self, who: ParticipantId, after: int) -> ShownTerminal:
        while who in self.terminals and self.terminals[who].serial == after:
            self._drawn.clear()
            await self._drawn.wait()
        return self.terminals.get(who, ShownTerminal(0, NO_SCREEN))

    def _change_local(self, **fields: Any) -> None:
        local = self._snapshot.local
        if local is not None:
            self.change_participant(local.id, **fields)

    def snapshot(self) -> Snapshot:
        return self._snapshot

    async def updates(self) -> AsyncIterator[Update]:
        queue: asyncio.Queue[Update] = asyncio.Queue()
        queue.put_nowait(self._snapshot)
        self._readers.append(queue)
        try:
            while True:
                update = await queue.get()
                yield update
                if isinstance(update, EngineGone):
                    return
        finally:
            self._readers.remove(queue)

    def _send(self, update: Update) -> None:
        for queue in self._readers:
            queue.put_nowait(update)

    def show_picture(self, stream: StreamId, width: int, height: int, fps: float = 0.0) -> None:
        self.shown[stream] = (width, height)

    def picture(self, stream: StreamId) -> Picture | None:
        return self.pictures.get(stream)

    async def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._send(EngineGone("The session was closed."))
