"""The rules of the green room, asked of both front ends: what comes of it, and what is kept."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any, Protocol

import pytest

from tests.fakes.handle import FakeHandle, people
from tests.front.people import FRONT_ENDS, Person, person_at
from tui.domain.commands.call import JoinById
from tui.domain.commands.own import CheckSound, EndSoundCheck
from tui.domain.device_choice import DeviceInfo, MediaChoice
from tui.domain.network import NoAnswer
from tui.domain.server_answer import ServerAnswer
from tui.domain.settings import AppSettings
from tui.domain.snapshot import DeviceKind, DeviceState
from tui.front.green_room import GreenRoom, trouble_words
from tui.front.start import Credentials, Entrance, JoinTarget, StartPlan
from tui.ports.memory import Forgetful, Memory, Remembered

MICROPHONE, CAMERA = DeviceKind.MICROPHONE, DeviceKind.CAMERA
SERVER = Credentials(app=AppSettings(server="http://calls.test:7880"))
FIRST = StartPlan(credentials=SERVER, entrance=Entrance())
BEFORE = Remembered(joined=True, microphone_on=True, camera_on=True)
ALL_ON = StartPlan(credentials=SERVER, entrance=Entrance(microphone_on=True, camera_on=True))


class At(Protocol):
    def __call__(
        self, handle: FakeHandle, start: StartPlan, memory: Memory
    ) -> AbstractAsyncContextManager[Person]: ...


@pytest.fixture(params=FRONT_ENDS)
def at(request: pytest.FixtureRequest) -> At:
    return partial(person_at, request.param)


@pytest.fixture
def handle() -> FakeHandle:
    handle = FakeHandle(remotes=people("Bo Chen"))
    handle.devices = (*handle.devices, DeviceInfo(CAMERA, "cam", "Web camera", True))
    return handle


def joined_with(handle: FakeHandle) -> tuple[dict[str, Any], MediaChoice]:
    """Settings and devices of the last join."""
    joined = handle.called(JoinById)[-1]
    return dict(joined.settings), joined.media


def on(handle: FakeHandle) -> tuple[bool, bool]:
    """Microphone and camera of the last join."""
    settings, _ = joined_with(handle)
    return not settings["startAudioMuted"], not settings["startVideoPaused"]


async def test_the_first_time_all_is_off_and_it_was_a_first_time(
    at: At, handle: FakeHandle
) -> None:
    memory = Forgetful()
    async with at(handle, FIRST, memory) as person:
        await person.new()
        assert person.joins == 0, "nothing is sent before"
        await person.join()
        assert on(handle) == (False, False)
        assert memory.remembered == Remembered(joined=True)


async def test_what_is_decided_is_kept_and_offered_in_the_next_call(
    at: At, handle: FakeHandle
) -> None:
    memory = Forgetful(Remembered(joined=True))
    async with at(handle, FIRST, memory) as person:
        await person.new()
        await person.use("microphone", "desk")
        await person.join(microphone=True, camera=True)
        assert on(handle) == (True, True) and joined_with(handle)[1].microphone == "desk"
        kept = memory.remembered
        assert (kept.microphone, kept.microphone_on, kept.camera_on) == ("desk", True, True)
        await person.leave()
        await person.new()
        await person.join()
        assert on(handle) == (True, True) and joined_with(handle)[1].microphone == "desk"


async def test_a_voice_call_forgets_no_camera(at: At, handle: FakeHandle) -> None:
    memory = Forgetful(BEFORE)
    async with at(handle, ALL_ON, memory) as person:
        await person.new(voice=True)
        await person.join()
        assert on(handle) == (True, False)
        assert memory.remembered.camera_on, "for later runs"
        await person.leave()
        await person.new()
        await person.join()
        assert on(handle) == (True, True), "and in this one"


async def test_going_back_joins_nothing_keeps_nothing_and_closes_the_devices(
    at: At, handle: FakeHandle
) -> None:
    memory = Forgetful()
    async with at(handle, ALL_ON, memory) as person:
        await person.new()
        await person.back()
        assert person.joins == 0 and memory.remembered == Remembered()
        assert handle.called(EndSoundCheck)


async def test_a_device_that_is_away_is_named_and_not_forgotten(at: At, handle: FakeHandle) -> None:
    memory = Forgetful(BEFORE)
    away = DeviceState(MICROPHONE, "USB Audio", instead_of="Old headset")
    handle.change(devices=(away, DeviceState(CAMERA, "Web camera")))
    start = StartPlan(
        credentials=SERVER,
        entrance=Entrance(microphone_on=True),
        media=MediaChoice("default", "Old headset", "default"),
    )
    async with at(handle, start, memory) as person:
        await person.new()
        handle.change(devices=(away, DeviceState(CAMERA, "Web camera")))
        await person.reads("The microphone Old headset is not here. Using USB Audio until it is.")
        await person.join()
        assert joined_with(handle)[1].microphone == memory.remembered.microphone == "Old headset"


async def test_a_server_that_does_not_answer_is_told_and_holds_up_nothing(
    at: At, handle: FakeHandle
) -> None:
    handle.server_answer = ServerAnswer(failure=NoAnswer.REFUSED)
    async with at(handle, FIRST, Forgetful(BEFORE)) as person:
        await person.new()
        await person.reads("no answer: connection refused. See whether the server runs")
        handle.server_answer = ServerAnswer(round_trip_ms=420)
        await person.check_again()
        await person.reads("slow, 420 ms. You will hear one another late.")
        await person.join()
        assert handle.snapshot().in_session


async def test_without_a_green_room_nothing_is_tried_out(at: At, handle: FakeHandle) -> None:
    memory = Forgetful(BEFORE)
    async with at(handle, StartPlan(credentials=SERVER), memory) as person:
        await person.new()
        while not handle.snapshot().in_session:
            await person.reads("")
        assert not handle.called(CheckSound) and memory.remembered == BEFORE


# ---- the machine itself
def room(handle: FakeHandle, memory: Memory, start: StartPlan = ALL_ON) -> GreenRoom:
    made = GreenRoom(lambda: handle, memory, start)
    made.enter(JoinTarget(session_id="x"), voice=False)
    return made


def test_without_audio_and_video_is_for_once(handle: FakeHandle) -> None:
    memory = Forgetful(BEFORE)
    entrance, settings = room(handle, memory), dict[str, Any]()
    entrance.decide(without=True)
    media = entrance.join_with(settings)
    assert (media.microphone, media.camera) == ("null", "null")
    assert settings == {"startAudioMuted": True, "startVideoPaused": True}
    assert memory.remembered == BEFORE
    entrance.enter(JoinTarget(session_id="y"), voice=False)
    entrance.decide()
    assert entrance.join_with(settings) == MediaChoice()
    assert settings == {"startAudioMuted": False, "startVideoPaused": False}


async def test_a_camera_that_is_missing_today_is_none_today(handle: FakeHandle) -> None:
    memory = Forgetful(BEFORE)
    handle.devices = ()
    entrance, settings = room(handle, memory), dict[str, Any]()
    assert not await entrance.look_for_camera()
    entrance.decide()
    assert entrance.join_with(settings).camera == "null" and settings["startVideoPaused"]
    assert (memory.remembered.camera, memory.remembered.camera_on) == ("default", True)
    entrance.enter(JoinTarget(session_id="y"), voice=False)
    assert entrance.is_on(CAMERA), "perhaps there is one then"


async def test_a_microphone_that_is_off_is_opened_for_its_test_alone(handle: FakeHandle) -> None:
    entrance = room(handle, Forgetful(), FIRST)
    await entrance.try_out()
    await entrance.try_out(open_microphone=True)
    assert [one.media.microphone for one in handle.called(CheckSound)] == ["null", "default"]
    problem = DeviceState(MICROPHONE, "none", "No microphone.", "Plug one in.")
    assert entrance.trouble_with(problem) == "", "nobody wants it"
    assert trouble_words(problem) == "No microphone. To fix it: Plug one in."
    entrance.switch(MICROPHONE, on=True)
    assert entrance.trouble_with(problem) == trouble_words(problem)


def test_the_server_asked_is_the_one_that_will_be_joined(handle: FakeHandle) -> None:
    entrance = room(handle, Forgetful())
    for target, address in (
        (JoinTarget(url="wss://media.test", token="t"), "wss://media.test"),
        (JoinTarget(token="t", server="https://other.test"), "https://other.test"),
        (JoinTarget(session_id="x"), "https://here.test"),
    ):
        entrance.enter(target, voice=False, server="https://here.test")
        assert entrance.address == address


def test_plain_mode_listens_until_there_was_a_call(handle: FakeHandle) -> None:
    memory = Forgetful()
    entrance = room(handle, memory)
    assert entrance.listens
    entrance.decide()
    assert not entrance.listens and memory.remembered.joined


def test_the_name_is_for_this_call_and_the_next(handle: FakeHandle) -> None:
    entrance, settings = room(handle, Forgetful()), dict[str, Any]()
    entrance.name = "Ana II"
    entrance.decide()
    entrance.join_with(settings)
    assert settings["displayName"] == "Ana II"
