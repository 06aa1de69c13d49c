"""One suite for every handle: in this process, and over the engine's socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.handle import FakeHandle, people
from tests.fakes.people import camera
from tests.fakes.world import FakeWorld, remote
from tests.session.rig import APP, MEDIA
from tests.session.test_call import grey
from tui.cli.late_handle import LateHandle
from tui.cli.remembering_handle import RememberingHandle
from tui.domain.call_log import LoggedCall
from tui.domain.commands.account import (
    CheckServer,
    GenerateToken,
    GetAuthToken,
    Init,
    ListCalls,
    ListRunning,
    Login,
    Logout,
    MeetServer,
)
from tui.domain.commands.call import (
    GetStats,
    JoinById,
    JoinRoom,
    Leave,
    MarkChatRead,
    ReadChat,
    SendChat,
)
from tui.domain.commands.local import Duck, Hush, Say, SetLayout
from tui.domain.commands.own import (
    CheckCamera,
    CheckSound,
    EndSoundCheck,
    ListDevices,
    SetHandRaised,
    SetMuted,
)
from tui.domain.device_choice import DeviceInfo, MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import (
    DevicesListed,
    Joined,
    ListedDevice,
    SessionJoined,
    SessionLeft,
    person_of,
)
from tui.domain.ids import ParticipantId
from tui.domain.network import NoAnswer
from tui.domain.server_answer import ServerAnswer
from tui.domain.settings import Layout
from tui.domain.snapshot import ChatMessage, DeviceKind, Levels, Phase, RunningSession, Snapshot
from tui.engine.local import LocalHandle
from tui.engine.process import EngineServer
from tui.engine.remote import RemoteHandle
from tui.engine.shared_pictures import SharedPictures
from tui.ports.handle import EngineGone, Handle, Update
from tui.ports.memory import Forgetful
from tui.ports.transport_events import ChatReceived, ParticipantUpdated
from tui.session import upkeep
from tui.session.core import SessionCore

TOKEN = "token"


class Played:
    """What happens around a real session, played by a scripted server and devices."""

    def __init__(self, handle: Handle, world: FakeWorld):
        self.handle = handle
        self.world = world
        self.api_key = world.service.api_key

    def says(self, who: str, text: str) -> None:
        self.world.transport.hear(ChatReceived(ParticipantId(who), text, 5))

    def comes(self, who: str) -> None:
        self.world.transport.hear(ParticipantUpdated(remote(who)))

    def shows(self, who: str) -> None:
        assert self.world.transport.receiver is not None
        self.world.transport.receiver.video_frame(camera(who), grey())

    def speaks(self) -> None:
        """Levels come by themselves."""

    def runs(self, session_id: str) -> None:
        self.world.service.session_started(session_id, 5)
        self.world.service.participant_joined(session_id, "ana", "Ana", 6)

    @property
    def left(self) -> bool:
        return self.world.transport.left


class Scripted:
    """The same, of the handle front ends are tested with."""

    api_key = "key"

    def __init__(self, handle: FakeHandle):
        self.handle = handle

    def says(self, who: str, text: str) -> None:
        self.handle.push(ChatMessage(who, who.title(), text, 5))

    def comes(self, who: str) -> None:
        (came,) = people(who.title())
        self.handle.change(participants=(*self.handle.snapshot().participants, came))
        count = len(self.handle.snapshot().participants)
        self.handle.push(Joined(person_of(came), count))

    def shows(self, who: str) -> None:
        width, height = self.handle.shown.get(camera(who), (0, 0))
        if width and height:
            self.handle.put_picture(camera(who), bytes(width * height * 3), width, height)

    def speaks(self) -> None:
        self.handle.push(Levels({ParticipantId("ana"): -20.0}))

    def runs(self, session_id: str) -> None:
        self.handle.running = (RunningSession(session_id, 5, ("Ana",)),)
        self.handle.log = (LoggedCall(session_id, 5, 6),)

    @property
    def left(self) -> bool:
        return self.handle.closed


Around = Played | Scripted


@asynccontextmanager
async def local(world: FakeWorld, _folder: Path) -> AsyncIterator[Around]:
    handle = LocalHandle(SessionCore(world.world()), world.pictures)
    yield Played(handle, world)
    await handle.close()


@asynccontextmanager
async def over_socket(world: FakeWorld, folder: Path) -> AsyncIterator[Around]:
    pictures = SharedPictures(folder)
    path = folder / "engine"
    server = EngineServer(SessionCore(world.world(pictures)), pictures, TOKEN)
    serving = asyncio.create_task(server.serve(path))
    while not path.exists():
        await asyncio.sleep(0)
    released = asyncio.Event()

    async def release() -> None:
        released.set()

    handle = await RemoteHandle.connect(path, TOKEN, release)
    yield Played(handle, world)
    await handle.close()
    assert released.is_set()
    async with asyncio.timeout(5):
        await serving
    assert not list(folder.glob("slot-*"))


@asynccontextmanager
async def wrapped(world: FakeWorld, _folder: Path) -> AsyncIterator[Around]:
    """As the app holds it: an engine that is still starting, and a memory of choices."""

    async def opening() -> Handle:
        return LocalHandle(SessionCore(world.world()), world.pictures)

    late = LateHandle(opening)
    await late.ready()
    handle = RememberingHandle(late, Forgetful())
    yield Played(handle, world)
    await handle.close()


@asynccontextmanager
async def fake(_world: FakeWorld, _folder: Path) -> AsyncIterator[Around]:
    handle = FakeHandle(remotes=people("Bo"))
    handle.devices += (DeviceInfo(DeviceKind.CAMERA, "cam", "Web camera", True),)
    yield Scripted(handle)
    await handle.close()


REAL = {"in-process": local, "socket": over_socket, "wrapped": wrapped}


@pytest.fixture
def world() -> FakeWorld:
    world = FakeWorld()
    world.transport.others = (remote("bo"),)
    return world


@pytest.fixture(params=[*REAL.values(), fake], ids=[*REAL, "fake"])
async def around(
    request: pytest.FixtureRequest, world: FakeWorld, tmp_path: Path
) -> AsyncIterator[Around]:
    async with AsyncExitStack() as stack:
        yield await stack.enter_async_context(request.param(world, tmp_path))


@pytest.fixture
def handle(around: Around) -> Handle:
    return around.handle


real_ones = pytest.mark.parametrize("around", REAL.values(), ids=REAL, indirect=True)
"""For what is about the session behind it."""


class Reader:
    """Reads a handle's updates in the background."""

    def __init__(self, handle: Handle):
        self.updates: list[Update] = []
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(self._read(handle))

    async def _read(self, handle: Handle) -> None:
        async for update in handle.updates():
            self.updates.append(update)
            self._changed.set()

    async def until(self, condition: Callable[[], Any]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def of(self, kind: type) -> list[Any]:
        return [update for update in self.updates if isinstance(update, kind)]

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


@pytest.fixture
async def reader(handle: Handle) -> AsyncIterator[Reader]:
    reader = Reader(handle)
    yield reader
    await reader.stop()


async def join(around: Around) -> None:
    handle = around.handle
    await handle.do(Init(APP))
    await handle.do(Login("ana", around.api_key))
    await handle.do(JoinById("standup", {"title": "Stand\u202eup"}, MEDIA))


async def test_a_whole_call_goes_through(handle: Handle, around: Around, reader: Reader) -> None:
    await join(around)
    snapshot = handle.snapshot()
    assert snapshot.phase is Phase.LIVE, "a command's snapshot is there when it returns"
    assert snapshot.title == "Standup"
    assert [p.id for p in snapshot.participants] == ["ana", "bo"]
    await handle.do(SetMuted(True))
    await handle.do(SetHandRaised(True))
    await handle.do(Duck(0.5))
    await handle.do(SetLayout(Layout.SPOTLIGHT))
    local = handle.snapshot().local
    assert local is not None and local.audio_muted and local.hand_raised_at_ms
    await handle.do(SendChat("hello"))
    around.says("bo", "hi")
    await reader.until(lambda: len(reader.of(ChatMessage)) == 2)
    assert [m.text for m in await handle.do(ReadChat())] == ["hello", "hi"]
    await handle.do(MarkChatRead())
    assert handle.snapshot().unread_chat == 0
    assert (await handle.do(GetStats()))["session_id"] == "standup"
    assert [d.kind for d in await handle.do(ListDevices("camera"))] == [DeviceKind.CAMERA]
    await handle.do(Leave())
    assert handle.snapshot().phase is Phase.ENDED
    await reader.until(lambda: reader.of(SessionLeft))
    (came,) = reader.of(SessionJoined)
    assert came.title == "Standup" and came.names == ("Ana Lopez", "Bo")
    assert isinstance(reader.updates[0], Snapshot)


async def test_refusals_arrive_as_what_they_are(handle: Handle, around: Around) -> None:
    for command, code, field in [
        (handle.do(Login("ana", "key")), ErrorCode.SDK_NOT_INITIALIZED, None),
        (handle.do(JoinById("", {}, MEDIA)), ErrorCode.SESSION_ID_MISSING, None),
        (handle.do(SetMuted(True)), ErrorCode.NO_SESSION, None),
        (handle.do(Logout()), ErrorCode.NO_USER_LOGGED_IN, None),
        (handle.do(JoinRoom("nowhere", "t", {}, MEDIA)), ErrorCode.VALIDATION, "server"),
    ]:
        with pytest.raises(CallsError) as refused:
            await command
        assert (refused.value.code, refused.value.field) == (code, field)
    await handle.do(Init(APP))
    await handle.do(Login("ana", around.api_key))
    with pytest.raises(CallsError) as refused:
        await handle.do(JoinById("x", {"layuot": "TILE"}, MEDIA))
    assert refused.value.field == "layuot" and "layout" in refused.value.description


async def test_sessions_and_call_log_arrive_typed(handle: Handle, around: Around) -> None:
    with pytest.raises(CallsError):
        await handle.do(ListRunning())
    await handle.do(Init(APP))
    await handle.do(Login("ana", around.api_key))
    around.runs("retro")
    (running,) = await handle.do(ListRunning())
    assert running.session_id == "retro" and running.participants == ("Ana",)
    assert [call.session_id for call in (await handle.do(ListCalls())).calls] == ["retro"]
    assert await handle.do(GetAuthToken())
    assert await handle.do(GenerateToken("retro"))


async def test_pictures_arrive_at_the_raster_asked_for(
    handle: Handle, around: Around, reader: Reader
) -> None:
    await join(around)
    handle.show_picture(camera("bo"), 8, 6)
    await handle.do(MarkChatRead())  # behind the request, so that the request has been heard

    def shown() -> bool:
        around.shows("bo")
        return handle.picture(camera("bo")) is not None

    await reader.until(shown)
    picture = handle.picture(camera("bo"))
    assert picture is not None and (picture.width, picture.height) == (8, 6)
    assert handle.picture(camera("bo")) is picture, "nothing new, nothing copied"
    assert shown()
    newer = handle.picture(camera("bo"))
    assert newer is not None and newer.serial > picture.serial
    handle.show_picture(camera("bo"), 0, 0)
    handle.show_picture(camera("nobody"), 10**6, 10**6)
    await handle.do(MarkChatRead())
    assert handle.picture(camera("nobody")) is None


async def test_levels_come_while_live(handle: Handle, around: Around, reader: Reader) -> None:
    await join(around)
    around.speaks()
    await reader.until(lambda: reader.of(Levels))
    assert "ana" in reader.of(Levels)[-1].dbov


async def test_two_readers_hear_the_same(handle: Handle, around: Around, reader: Reader) -> None:
    second = Reader(handle)
    for one in (reader, second):
        await one.until(lambda one=one: one.updates)
    await join(around)
    around.comes("chi")
    for one in (reader, second):
        await one.until(
            lambda one=one: [(j.person.name, j.people) for j in one.of(Joined)] == [("Chi", 3)]
        )
    await second.stop()
    assert handle.snapshot().participant("chi") is not None


async def test_closing_leaves_and_ends_the_updates(
    handle: Handle, around: Around, reader: Reader
) -> None:
    await join(around)
    await handle.close()
    assert around.left
    await reader.until(lambda: isinstance(reader.updates[-1], EngineGone))
    await handle.close()


@real_ones
async def test_what_is_read_aloud_lasts_until_its_end_or_hush(
    handle: Handle, world: FakeWorld
) -> None:
    await handle.do(Init(APP))
    await handle.do(Login("ana", world.service.api_key))
    assert await handle.do(Say("Nobody hears it.")) is False
    await handle.do(JoinById("standup", {}, MediaChoice("none", "test:silence", "default")))
    async with asyncio.timeout(5):
        while world.devices.speaker.pull is None:
            await asyncio.sleep(0)
    saying = asyncio.create_task(handle.do(Say("Hello.", "say")))
    async with asyncio.timeout(5):
        while world.devices.speaker.pull(480)[0] != 1000:
            await asyncio.sleep(0)
    assert not saying.done()
    await handle.do(Hush())
    assert await saying is True
    assert (world.synthesizer.said, world.synthesizer.programs) == (["Hello."], ["say"])


@real_ones
async def test_devices_that_come_are_a_documented_event(
    handle: Handle, world: FakeWorld, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "TICK_S", 0.01)
    desk, headset = (DeviceInfo(DeviceKind.SPEAKER, name, name.title()) for name in ("a", "b"))
    world.devices.listed[DeviceKind.SPEAKER] = (desk,)
    await handle.do(Init(APP))
    await handle.do(Login("ana", world.service.api_key))
    await handle.do(JoinById("standup", {}, MediaChoice("none", "test:silence", "default")))
    async with asyncio.timeout(5):
        while DeviceKind.SPEAKER not in world.devices.looked_at or not world.devices.watching:
            await asyncio.sleep(0)
    world.devices.listed[DeviceKind.SPEAKER] = (desk, headset)
    assert world.devices.sound_changed is not None
    world.devices.sound_changed()
    await reader.until(lambda: reader.of(DevicesListed))
    (listed,) = reader.of(DevicesListed)
    assert listed == DevicesListed(
        DeviceKind.SPEAKER, (ListedDevice("a", "A"), ListedDevice("b", "B"))
    )


@real_ones
async def test_a_server_is_met_by_a_link(handle: Handle, world: FakeWorld) -> None:
    await handle.do(MeetServer("https://calls.test", "print"))
    assert world.met == [("https://calls.test", "print")]


@real_ones
async def test_the_server_is_asked_before_a_call(handle: Handle, world: FakeWorld) -> None:
    with pytest.raises(CallsError) as refused:
        await handle.do(CheckServer(""))
    assert refused.value.code == ErrorCode.SDK_NOT_INITIALIZED
    assert await handle.do(CheckServer("wss://calls.test")) == ServerAnswer(round_trip_ms=45)
    await handle.do(Init(APP))
    assert await handle.do(CheckServer("")) is None, "a service in this process"
    world.probe.answer = ServerAnswer(failure=NoAnswer.UNTRUSTED)
    world.service.address = "https://calls.test/v3.0"
    assert await handle.do(CheckServer("")) == world.probe.answer
    assert world.probe.asked == ["wss://calls.test", "https://calls.test/v3.0"]
    assert not world.transport.said


@real_ones
async def test_the_camera_can_be_tried_before_a_call(handle: Handle, world: FakeWorld) -> None:
    await handle.do(Init(APP))
    await handle.do(CheckSound(MediaChoice("default", "null", "null")))
    checking = asyncio.create_task(handle.do(CheckCamera(True)))
    async with asyncio.timeout(5):
        while not world.devices.camera_opened:
            await asyncio.sleep(0)
    world.devices.camera.frames.put_nowait(grey())
    assert await checking == (32, 24)
    assert await handle.do(CheckCamera(False)) == (0, 0)
    assert world.devices.camera.closed.is_set()
    await handle.do(EndSoundCheck())
