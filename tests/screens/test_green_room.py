"""The green room: everything can be tried, one Enter joins, nothing is sent before (ux 6.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from textual.widgets import Button, Static

from tests.fakes.handle import FakeHandle
from tests.screens.driving import Driver, called, card, logged_in, make_app, running, text_of, until
from tests.screens.test_contrast import faint
from tests.screens.test_looks import COLOURED
from tui.app import CallApp
from tui.domain.commands.account import CheckServer
from tui.domain.commands.call import JoinById, JoinRoom, JoinWithToken
from tui.domain.commands.own import (
    CheckCamera,
    CheckSound,
    EndSoundCheck,
    PlayRecording,
    PlayTestTone,
)
from tui.domain.device_choice import DeviceInfo, MediaChoice
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.ids import NO_STREAM
from tui.domain.network import NoAnswer
from tui.domain.server_answer import ServerAnswer
from tui.domain.settings import AppSettings
from tui.domain.snapshot import DeviceKind, DeviceState, Levels
from tui.domain.text import clean
from tui.front.start import Credentials, Entrance, JoinTarget, StartPlan
from tui.panel.dialog import Dialog
from tui.ports.memory import Forgetful
from tui.screens.green_room import GreenRoomScreen
from tui.screens.picker import PickerScreen
from tui.widgets.preview import Preview
from tui.widgets.tile import Tile

FIRST = StartPlan(target=JoinTarget(session_id="standup"), entrance=Entrance())
JOINS = (JoinWithToken, JoinById, JoinRoom)


def in_green_room(app: CallApp) -> GreenRoomScreen | None:
    return app.base if isinstance(app.base, GreenRoomScreen) else None


async def arrived(pilot: Driver, app: CallApp) -> GreenRoomScreen:
    await until(pilot, lambda: in_green_room(app), "the green room")
    await until(pilot, lambda: app.focused and app.focused.id == "join-now", "Join has the focus")
    room = in_green_room(app)
    assert room is not None
    return room


def joined_with(handle: FakeHandle) -> tuple[dict[str, Any], MediaChoice]:
    (joined,) = called(handle, JoinById)
    return dict(joined.settings), joined.media


async def test_one_enter_joins_and_the_first_time_microphone_and_camera_are_off() -> None:
    handle, memory = logged_in("Bo Chen"), Forgetful()
    app = make_app(handle, FIRST, memory=memory)
    async with running(app) as pilot:
        await arrived(pilot, app)
        assert not any(called(handle, name) for name in JOINS)
        assert called(handle, CheckSound)[-1] == CheckSound(
            MediaChoice("default", "null", "default")
        )
        await pilot.press("enter")
        await until(pilot, lambda: app.call and app.call.snapshot.in_session, "the call")
        settings, _ = joined_with(handle)
        assert settings["startAudioMuted"] and settings["startVideoPaused"]
        assert "displayName" not in settings
        assert memory.remembered.joined


async def test_what_is_chosen_is_joined_with_and_remembered() -> None:
    handle, memory = logged_in("Bo Chen"), Forgetful()
    handle.devices = (
        *handle.devices,
        DeviceInfo(DeviceKind.MICROPHONE, "desk", "Desk microphone"),
        DeviceInfo(DeviceKind.CAMERA, "cam", "Web camera", True),
    )
    app = make_app(handle, FIRST, memory=memory)
    async with running(app) as pilot:
        room = await arrived(pilot, app)
        await until(pilot, lambda: "Default: Web camera" in text_of(app))
        await pilot.press("v")
        room.query_one("Field LineInput").focus()
        await pilot.press("ctrl+t")
        await until(
            pilot,
            lambda: app.flow.room.is_on(DeviceKind.MICROPHONE),
            "the key that acts in text fields",
        )
        room.query_one("#choose-microphone").focus()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(card(app), Dialog), "the menu")
        assert "Desk microphone" in text_of(app)
        await pilot.press("3")
        await until(pilot, lambda: "Desk microphone" in text_of(app) and app.screen is room)
        await until(
            pilot, lambda: called(handle, CheckSound)[-1].media.microphone == "desk", "tried out"
        )
        room.query_one("Field LineInput").focus()
        await pilot.press("end", *" II", "enter")
        await until(pilot, lambda: app.call and app.call.snapshot.in_session, "the call")
        settings, media = joined_with(handle)
        assert (settings["startAudioMuted"], settings["startVideoPaused"]) == (False, False)
        assert settings["displayName"] == "Ana Lopez II"
        assert media.microphone == "desk"
        kept = memory.remembered
        assert (kept.microphone, kept.microphone_on, kept.camera_on) == ("desk", True, True)


async def test_without_audio_and_video_opens_no_device_and_is_not_remembered() -> None:
    handle, memory = logged_in("Bo Chen"), Forgetful()
    app = make_app(handle, replace(FIRST, entrance=Entrance(microphone_on=True)), memory=memory)
    async with running(app) as pilot:
        await arrived(pilot, app)
        await pilot.press("tab", "enter")
        await until(pilot, lambda: app.call and app.call.snapshot.in_session, "the call")
        settings, media = joined_with(handle)
        assert (media.microphone, media.camera) == ("null", "null")
        assert settings["startAudioMuted"] and settings["startVideoPaused"]
        assert not memory.remembered.joined


async def test_recording_and_tone_and_the_level() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle, FIRST)
    async with running(app, notifications=True) as pilot:
        room = await arrived(pilot, app)
        room.query_one("#record").focus()
        await pilot.press("enter")
        await until(pilot, lambda: called(handle, PlayRecording))
        tried = [check.media.microphone for check in called(handle, CheckSound)]
        assert "default" in tried, "opened for the test"
        await until(pilot, lambda: "Microphone level good" in text_of(app), "what was heard")
        await until(
            pilot, lambda: called(handle, CheckSound)[-1].media.microphone == "null", "off again"
        )
        room.query_one("#tone").focus()
        await pilot.press("enter")
        await until(pilot, lambda: called(handle, PlayTestTone))
        assert "level" not in str(room.query_one("#level").render())
        await pilot.press("m")
        handle.push(Levels({"": -30.0}))
        await until(pilot, lambda: "level good   ||" in text_of(app), "the level")


async def test_what_is_missing_and_whose_sound_it_is_are_said() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(
        handle,
        replace(FIRST, entrance=Entrance(microphone_on=True)),
        whose_sound="You are connected by SSH.",
    )
    async with running(app) as pilot:
        await arrived(pilot, app)
        handle.change(
            devices=(
                DeviceState(
                    DeviceKind.MICROPHONE, "none", "No PortAudio.", "sudo apt install portaudio"
                ),
            )
        )
        await until(pilot, lambda: "To fix it: sudo apt install portaudio" in text_of(app))
        assert "! You are connected by SSH." in text_of(app)


async def test_what_two_devices_lack_is_said_once_and_devices_stand_in_a_column() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle, replace(FIRST, entrance=Entrance(microphone_on=True)))
    async with running(app) as pilot:
        room = await arrived(pilot, app)
        none = [
            DeviceState(kind, "none", "No PortAudio.", "sudo apt install portaudio")
            for kind in (DeviceKind.MICROPHONE, DeviceKind.SPEAKER)
        ]
        handle.change(devices=tuple(none))
        await until(pilot, lambda: text_of(app).count("sudo apt install portaudio") == 1, "it")
        lefts = {room.query_one(f"#choose-{kind}").region.x for kind in DeviceKind}
        assert len(lefts) == 1


async def test_a_device_that_is_gone_gives_way_to_the_default_one_and_is_not_forgotten() -> None:
    handle = logged_in("Bo Chen")
    start = replace(FIRST, media=MediaChoice("test:bars", "Old headset", "default"))
    memory = Forgetful()
    app = make_app(handle, start, memory=memory)
    async with running(app) as pilot:
        await arrived(pilot, app)
        microphone = DeviceState(DeviceKind.MICROPHONE, "USB Audio", instead_of="Old headset")
        handle.change(devices=(microphone,))
        told = "The microphone Old headset is not here. Using USB Audio until it is."
        await until(pilot, lambda: told in " ".join(text_of(app).split()))
        assert "test:bars" in text_of(app)
        await pilot.click("#join-now")
        await until(pilot, lambda: any(called(handle, name) for name in JOINS), "a join")
        assert memory.remembered.microphone == "Old headset", "for when it is back"


@pytest.mark.parametrize(("rows", "room_for_it"), [(40, True), (24, False)])
async def test_the_camera_is_tried_and_shown_where_there_is_room(
    rows: int, room_for_it: bool
) -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle, FIRST)
    async with running(app, size=(100, rows)) as pilot:
        room = await arrived(pilot, app)
        preview = room.query_one(Preview)
        assert not preview.display and not called(handle, CheckCamera), "off is closed"
        await pilot.press("v")
        await until(pilot, lambda: "The camera works: 640x480." in text_of(app))
        assert preview.display is room_for_it
        if room_for_it:
            await until(
                pilot, lambda: handle.shown.get(NO_STREAM, (0, 0)) != (0, 0), "a picture wanted"
            )
            width, height = handle.shown[NO_STREAM]
            handle.put_picture(NO_STREAM, bytes([200, 40, 40]) * width * height, width, height)
            tile = preview.query_one(Tile)
            await until(pilot, lambda: tile.surface is not None, "the picture drawn")
            await pilot.resize_terminal(100, 24)
            await until(pilot, lambda: not preview.display, "no room any more")
            await pilot.resize_terminal(100, 40)
            await until(pilot, lambda: preview.display, "room again")
        await pilot.press("v")
        await until(
            pilot, lambda: called(handle, CheckCamera)[-1] == CheckCamera(False), "it closed"
        )
        await until(pilot, lambda: not preview.display)
        await until(pilot, lambda: handle.shown.get(NO_STREAM, (0, 0)) == (0, 0), "none wanted")
        handle.no_camera = "No camera found. Plug one in."
        await pilot.press("v")
        await until(pilot, lambda: "No camera found. Plug one in." in text_of(app))
        assert not preview.display


async def test_back_goes_where_it_came_from() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle, StartPlan(entrance=Entrance()))
    async with running(app) as pilot:
        await until(pilot, lambda: isinstance(app.base, PickerScreen))
        await pilot.press(*"standup", "enter")
        await arrived(pilot, app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.base, PickerScreen), "the sessions again")
        assert called(handle, EndSoundCheck)
        assert not any(called(handle, name) for name in JOINS)
    alone = make_app(logged_in("Bo Chen"), FIRST)
    async with running(alone) as pilot:
        await arrived(pilot, alone)
        await pilot.press("escape")
        await until(pilot, lambda: alone.return_value is not None, "the end")


async def test_a_voice_call_has_no_camera_and_every_button_is_reached_by_tab() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle, StartPlan(entrance=Entrance(camera_on=True)))
    async with running(app) as pilot:
        await until(pilot, lambda: isinstance(app.base, PickerScreen))
        await pilot.press("escape", "escape", "colon", *"new voice", "enter")
        room = await arrived(pilot, app)
        assert "Camera" not in text_of(app)
        seen = set()
        for _ in range(len(room.focus_chain)):
            await pilot.press("tab")
            seen.add(app.focused.id if app.focused else None)
        assert {button.id for button in room.query(Button)} <= seen


async def test_the_server_is_asked_again_and_what_it_answers_blocks_nothing() -> None:
    handle = logged_in("Bo Chen")
    handle.server_answers.clear()
    start = replace(
        FIRST, credentials=Credentials(app=AppSettings(server="http://calls.test:7880"))
    )
    app = make_app(handle, start)
    async with running(app) as pilot:
        room = await arrived(pilot, app)
        await until(pilot, lambda: "Network   checking" in text_of(app))
        handle.server_answers.set()
        await until(pilot, lambda: "Network   ok, 45 ms" in text_of(app))
        assert app.notices.event_log.lines()[-1].plain.endswith("Network: ok, 45 ms.")
        handle.server_answer = ServerAnswer(failure=NoAnswer.REFUSED)
        tried, listed = len(called(handle, CheckSound)), handle.devices
        handle.devices = (*listed, DeviceInfo(DeviceKind.CAMERA, "cam", "Web camera", True))
        await pilot.press("r")
        await until(pilot, lambda: "! Network   no answer: connection refused." in text_of(app))
        assert "See whether the server runs" in text_of(app) and room.query_one("#network.-bad")
        await until(pilot, lambda: "Default: Web camera" in text_of(app), "devices, too")
        await until(pilot, lambda: len(called(handle, CheckSound)) > tried)
        await until(pilot, lambda: " Join anyway " in text_of(app))
        handle.server_answer = ServerAnswer(round_trip_ms=420)
        await pilot.press("colon", *"refresh", "enter")
        await until(pilot, lambda: "! Network   slow, 420 ms. You will hear" in text_of(app))
        assert " Join now " in text_of(app)
        assert called(handle, CheckServer) == [CheckServer("http://calls.test:7880")] * 3
        handle.server_answer = ServerAnswer(failure=NoAnswer.TOO_LATE)
        await pilot.press("r")
        await until(pilot, lambda: " Join anyway " in text_of(app))
        await pilot.click("#join-now")
        await until(pilot, lambda: app.call and app.call.snapshot.in_session, "the call")


async def test_a_join_does_not_wait_for_a_server_that_says_nothing() -> None:
    handle = logged_in("Bo Chen")
    handle.server_answers.clear()
    target = JoinTarget(url="wss://calls.test", token="secret")
    app = make_app(handle, replace(FIRST, target=target))
    async with running(app) as pilot:
        await arrived(pilot, app)
        await until(pilot, lambda: called(handle, CheckServer) == [CheckServer("wss://calls.test")])
        await pilot.press("enter")
        await until(pilot, lambda: app.call and app.call.snapshot.in_session, "the call")
        handle.server_answers.set()
        await pilot.pause()
        assert "Network" not in "\n".join(line.plain for line in app.notices.event_log.lines())


@pytest.mark.parametrize(
    ("refuse", "told"),
    [(None, ""), (CallsError(ErrorCode.CONNECTION_FAILED, "The engine ended.\x1b"), "The engine")],
    ids=["in-process", "engine gone"],
)
async def test_without_a_server_to_ask_there_is_no_such_line(
    refuse: CallsError | None, told: str
) -> None:
    handle = logged_in("Bo Chen")
    handle.server_answer, handle.no_check = None, refuse
    app = make_app(handle, FIRST)
    async with running(app) as pilot:
        room = await arrived(pilot, app)
        await until(pilot, lambda: called(handle, CheckServer) == [CheckServer("")])
        await until(pilot, lambda: not room.query_one("#network").display)
        assert "Network" not in text_of(app) and told in text_of(app)
        assert "Terminal  80x24." in text_of(app) and "\x1b" not in text_of(app)


@pytest.mark.parametrize("theme", COLOURED)
async def test_every_text_can_be_read(theme: str) -> None:
    limit = 7.0 if "-hc-" in theme else 4.5
    handle = logged_in("Bo Chen")
    app = make_app(
        handle,
        replace(FIRST, entrance=Entrance(microphone_on=True)),
        theme=theme,
        whose_sound="SSH.",
    )
    async with running(app) as pilot:
        room = await arrived(pilot, app)
        room.say("Microphone level good.")
        room.show_network("slow, 420 ms", bad=True)
        handle.change(devices=(DeviceState(DeviceKind.SPEAKER, "none", "No speaker.", "x"),))
        await until(pilot, lambda: "To fix it" in text_of(app))
        assert not list(faint(app, limit))


async def test_hostile_names_are_text_and_do_not_push_the_level_away() -> None:
    handle = logged_in("Bo Chen")
    name = "\x1b]0;owned\x07[/][@click=app.quit]x[/]" + "界" * 50
    handle.devices = (DeviceInfo(DeviceKind.MICROPHONE, name, clean(name, 80), True),)
    start = replace(
        FIRST, target=JoinTarget(session_id=name), entrance=Entrance(microphone_on=True)
    )
    app = make_app(handle, replace(start, media=MediaChoice("default", name, name)))
    async with running(app) as pilot:
        room = await arrived(pilot, app)
        await until(pilot, lambda: "[@click=app.quit]" in text_of(app))
        await until(pilot, lambda: "level" in text_of(app))
        assert "\x1b" not in text_of(app) and "\x07" not in text_of(app)
        room.query_one("#choose-microphone").focus()
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(card(app), Dialog))
        assert app.return_value is None


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (40, 12)], ids=["80x24", "120x36", "40x12"])
def test_looks(snap_compare: Any, size: tuple[int, int]) -> None:
    handle = logged_in("Bo Chen")
    app = make_app(
        handle,
        StartPlan(
            target=JoinTarget(session_id="standup"),
            entrance=Entrance(microphone_on=True),
        ),
        whose_sound=(
            "You are connected by SSH. Microphone and speaker are those of host build7, not your "
            "local machine."
        ),
    )

    async def shown(pilot: Driver) -> None:
        room = await arrived(pilot, app)
        await until(
            pilot, lambda: "USB Audio" in str(room.query_one("#choose-microphone", Button).label)
        )
        room.show_level(-30.0)
        room.draw_level()
        handle.change(
            devices=(
                DeviceState(DeviceKind.MICROPHONE, "USB Audio"),
                DeviceState(
                    DeviceKind.SPEAKER, "none", "No speaker was found.", "sudo apt install x"
                ),
            )
        )
        await until(pilot, lambda: app.ui.snapshot.devices[1].problem)
        await until(pilot, lambda: "45 ms" in str(room.query_one("#network", Static).render()))
        await until(pilot, lambda: "Join now" in text_of(app), "the focus is in sight")
        await pilot.pause(0.2)

    assert snap_compare(app, terminal_size=size, run_before=shown)
