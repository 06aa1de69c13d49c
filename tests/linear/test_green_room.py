"""The green room, line by line: what is asked, what is tried, what is remembered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes.handle import FakeHandle, people
from tests.linear.rig import KEY, TO, running
from tui.domain.commands.account import CheckServer
from tui.domain.commands.call import JoinById
from tui.domain.commands.own import CheckCamera, CheckSound, EndSoundCheck
from tui.domain.device_choice import DeviceInfo, MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.network import NoAnswer
from tui.domain.server_answer import ServerAnswer
from tui.domain.snapshot import DeviceKind, DeviceState
from tui.front.start import Entrance, JoinTarget, StartPlan
from tui.linear import green_room
from tui.ports.memory import Forgetful, Remembered

PLAN = StartPlan(credentials=KEY, target=TO, entrance=Entrance())
MUTED = "ask: Join standup muted? yes or no. Default"
CAMERA = "ask: Join with the camera on? yes or no. Default"


def with_camera() -> FakeHandle:
    handle = FakeHandle(remotes=people("Bo Chen"))
    handle.devices = (*handle.devices, DeviceInfo(DeviceKind.CAMERA, "cam", "Web camera", True))
    return handle


async def test_the_first_time_it_listens_and_everything_is_off_by_default() -> None:
    handle, memory = with_camera(), Forgetful()
    async with running(handle, PLAN, memory=memory) as rig:
        rig.type("", "")
        await rig.until("call: Joined standup.")
        told = "\n".join(rig.lines)
        assert "info: Say something. Listening for 3 seconds.\ninfo: Microphone level good." in told
        assert f"{MUTED} yes." in told and f"{CAMERA} no." in told
        (joined,) = handle.called(JoinById)
        settings, media = joined.settings, joined.media
        assert settings["startAudioMuted"] and settings["startVideoPaused"]
        assert media == MediaChoice()
        assert handle.calls.index(EndSoundCheck()) < handle.calls.index(joined)
        assert memory.remembered.joined and not memory.remembered.microphone_on


async def test_later_it_asks_less_and_offers_what_was_chosen() -> None:
    handle = with_camera()
    memory = Forgetful(Remembered(joined=True))
    plan = replace(PLAN, entrance=Entrance(microphone_on=True, camera_on=True))
    async with running(handle, plan, memory=memory) as rig:
        rig.type("", "no")
        await rig.until("call: Joined standup.")
        assert "Say something" not in rig.text
        assert f"{MUTED} no." in rig.text and f"{CAMERA} yes." in rig.text
        settings = handle.called(JoinById)[-1].settings
        assert (settings["startAudioMuted"], settings["startVideoPaused"]) == (False, True)
        assert memory.remembered.microphone_on and not memory.remembered.camera_on


async def test_a_camera_that_is_to_be_on_is_tried_first() -> None:
    for problem, told in (
        ("", "info: Camera: test bars, 640x480, works."),
        ("No camera found. Plug one in.", "info: No camera found. Plug one in."),
    ):
        handle, memory = with_camera(), Forgetful(Remembered(joined=True))
        handle.no_camera = problem
        async with running(handle, PLAN, memory=memory) as rig:
            rig.type("", "yes")
            await rig.until("call: Joined standup.")
            assert told in rig.lines
            assert handle.calls.index(CheckCamera(True)) < handle.calls.index(EndSoundCheck())
            assert memory.remembered.camera_on


async def test_flags_are_not_asked_about() -> None:
    handle = with_camera()
    plan = replace(PLAN, settings={"startAudioMuted": True, "startVideoPaused": True})
    async with running(handle, plan) as rig:
        await rig.until("call: Joined standup.")
        assert "ask:" not in rig.text


async def test_commands_work_before_the_answer_and_another_device_is_taken() -> None:
    handle, memory = with_camera(), Forgetful(Remembered(joined=True))
    async with running(handle, PLAN, memory=memory) as rig:
        await rig.until(MUTED)
        rig.type("/hear-me")
        await rig.until("info: Microphone level good. That is how others hear you.")
        rig.type("/test-tone")
        await rig.until("info: Nothing heard?")
        rig.type("/use microphone Desk")
        await rig.until("info: Microphone: USB Audio.", times=2)
        assert handle.called(CheckSound)[-1].media.microphone == "Desk"
        rig.type("/use nonsense", "/new")
        await rig.until("error: Answer first, or type b to go back.")
        rig.type("", "")
        await rig.until("call: Joined standup.")
        assert handle.called(JoinById)[0].media.microphone == "Desk"
        assert memory.remembered.microphone == "Desk"


async def test_the_server_is_asked_before_the_question_and_again_on_request() -> None:
    handle, memory = with_camera(), Forgetful(Remembered(joined=True))
    async with running(handle, PLAN, memory=memory) as rig:
        await rig.until(MUTED)
        assert rig.lines.index("info: Network: ok, 45 ms.") == rig.lines.index(f"{MUTED} yes.") - 1
        handle.server_answer = ServerAnswer(failure=NoAnswer.REFUSED)
        rig.type("/refresh")
        told = (
            "info: Network: no answer: connection refused. See whether the server runs, and "
            "whether its address and port are right. /refresh checks again, and you can join "
            "anyway."
        )
        await rig.until(told)
        assert rig.text.count("info: Microphone: USB Audio.") == 2, "devices, too"
        handle.server_answer = ServerAnswer(round_trip_ms=420)
        rig.type("", "/refresh")
        await rig.until("info: Network: slow, 420 ms. You will hear one another late.")
        assert rig.text.count("/refresh checks again") == 1, "it blocks nothing, so it is no news"
        rig.type("")
        await rig.until("call: Joined standup.")
        assert handle.called(CheckServer) == [CheckServer("")] * 3


async def test_a_server_that_says_nothing_holds_up_no_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(green_room, "_SERVER_S", 0.0)
    handle = FakeHandle()
    handle.server_answers.clear()
    plan = StartPlan(target=JoinTarget(url="wss://calls.test", token="t"), entrance=Entrance())
    async with running(handle, plan, memory=Forgetful(Remembered(joined=True))) as rig:
        await rig.until("ask: Join the call muted?")
        assert "Network" not in rig.text
        handle.server_answers.set()
        await rig.until("info: Network: ok, 45 ms.")
        handle.server_answers.clear()
        rig.type("/refresh")
        await rig.until("info: Microphone: USB Audio.", times=2)
        rig.type("")
        await rig.until("call: Joined demo.")
        handle.server_answers.set()
        await rig.settle()
        assert rig.text.count("Network") == 1
        assert handle.called(CheckServer) == [CheckServer("wss://calls.test")] * 2


async def test_what_is_no_check_is_told_and_a_service_in_this_process_has_none() -> None:
    for refuse in (None, CallsError(ErrorCode.NETWORK, "No \x1b[2Jwhere.")):
        handle, memory = with_camera(), Forgetful(Remembered(joined=True))
        handle.server_answer, handle.no_check = None, refuse
        async with running(handle, PLAN, memory=memory) as rig:
            rig.type("", "")
            await rig.until("call: Joined standup.")
            assert "Network" not in rig.text
            assert ("info: No [2Jwhere." in rig.lines) is (refuse is not None)


async def test_what_is_missing_is_told_with_what_mends_it_and_b_goes_back() -> None:
    handle = FakeHandle()
    handle.no_microphone = "No microphone was found. Plug one in."
    handle.change(
        devices=(
            DeviceState(DeviceKind.MICROPHONE, "none", "No microphone was found.", "Plug one in."),
            DeviceState(DeviceKind.CAMERA, "default"),
        )
    )
    async with running(handle, PLAN) as rig:
        rig.type("b")
        assert await rig.ended() == 0
        assert "info: Microphone: No microphone was found. To fix it: Plug one in." in rig.lines
        assert "Say something" not in rig.text
        assert "info: Camera: none found. You will join without video." in rig.lines
        assert not handle.called(JoinById)
        assert handle.called(EndSoundCheck)


async def test_nobody_is_asked_through_a_pipe() -> None:
    handle = with_camera()
    async with running(handle, PLAN, interactive=False) as rig:
        await rig.until("call: Joined standup.")
        assert "ask:" not in rig.text and not handle.called(CheckSound)


async def test_a_camera_that_is_missing_today_is_not_forgotten() -> None:
    handle, memory = FakeHandle(), Forgetful(Remembered(joined=True))
    async with running(handle, PLAN, memory=memory) as rig:
        await rig.until(MUTED)
        rig.type("/use microphone Desk", "")
        await rig.until("call: Joined standup.")
        assert handle.called(JoinById)[0].media.camera == "null"
        assert memory.remembered.camera == "default"


async def test_a_camera_that_is_plugged_in_before_the_answer_is_offered() -> None:
    handle, memory = FakeHandle(), Forgetful(Remembered(joined=True))
    async with running(handle, PLAN, memory=memory) as rig:
        await rig.until(MUTED)
        assert "Camera: none found." in rig.text
        handle.devices = with_camera().devices
        rig.type("/refresh", "", "yes")
        await rig.until("call: Joined standup.")
        assert handle.called(JoinById)[0].media.camera == "default"


async def test_a_device_that_is_gone_is_named_once_and_not_forgotten() -> None:
    handle, memory = with_camera(), Forgetful(Remembered(joined=True))
    handle.change(
        devices=(
            DeviceState(DeviceKind.MICROPHONE, "USB Audio", instead_of="Old headset"),
            DeviceState(DeviceKind.CAMERA, "Web camera", instead_of="Studio"),
        )
    )
    plan = replace(PLAN, media=MediaChoice("Studio", "Old headset", "default"))
    async with running(handle, plan, memory=memory) as rig:
        rig.type("", "")
        await rig.until("call: Joined standup.")
        for told in (
            "info: The microphone Old headset is not here. Using USB Audio until it is.",
            "info: The camera Studio is not here. Using Web camera until it is.",
        ):
            assert rig.lines.count(told) == 1
        assert "Microphone:" not in rig.text and "Camera:" not in rig.text
        assert (memory.remembered.microphone, memory.remembered.camera) == ("Old headset", "Studio")
