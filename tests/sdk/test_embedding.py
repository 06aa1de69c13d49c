"""The call in somebody else's app: inside its rectangle, by its keys, and gone with it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from cellcall import CallPanel, Phase
from cellcall.testing import Leaves, ScriptedCalls, Writes, scripted_calls
from textual.containers import Vertical
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Button, ListView

from tests.sdk.desk import Desk
from tests.sdk.test_scripted import PEOPLE

SIZES = [(60, 20), (100, 30)]


def rows(app: Desk, region: Region) -> list[str]:
    """What stands in a rectangle of the screen."""
    strips = app.screen._compositor.render_strips()
    return [
        "".join(segment.text for segment in strip.crop(region.x, region.right))
        for strip in strips[region.y : region.bottom]
    ]


def outside(app: Desk, panel: CallPanel) -> str:
    """What stands left of the panel."""
    whole = Region(0, 0, panel.region.x, app.size.height)
    return "\n".join(rows(app, whole))


async def until(pilot: Pilot[Any], condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await pilot.pause(0.02)


def desk(**settings: object) -> tuple[ScriptedCalls, Desk]:
    calls = scripted_calls(user="ana", people=PEOPLE, pictures="bars")
    return calls, Desk(calls, **settings)


@pytest.mark.parametrize("size", SIZES)
async def test_everybody_is_drawn_inside_the_panels_rectangle(size: tuple[int, int]) -> None:
    calls, app = desk()
    async with calls, app.run_test(size=size) as pilot:
        await calls.drawn(pilot)
        panel = app.query_one(CallPanel)
        assert panel.region == Region(20, 0, size[0] - 20, size[1])
        shown = "\n".join(rows(app, panel.region))
        assert all(name in shown for name in ("Ana (you)", "Bo Chen", "Cy Young", "MIC on"))
        assert "▀" in shown or "▄" in shown, "pictures"
        beside = outside(app, panel)
        assert "Ticket 1" in beside
        assert not any(word in beside for word in ("Ana", "Bo", "Cy", "MIC", "▀"))


async def test_keys_act_only_while_the_panel_has_the_focus() -> None:
    calls, app = desk()
    async with calls, app.run_test(size=(100, 30)) as pilot:
        await calls.drawn(pilot)
        app.query_one(ListView).focus()
        await pilot.press("m")
        await pilot.pause(0.2)
        assert calls.snapshot.local is not None and not calls.snapshot.local.audio_muted
        app.query_one(CallPanel).focus()
        await pilot.press("m")
        await until(pilot, lambda: calls.snapshot.local and calls.snapshot.local.audio_muted)
        await until(pilot, lambda: "onAudioMuted" in app.heard)
        assert "onToggleAudioButtonClicked" in app.heard


async def test_events_come_as_messages_of_the_panel() -> None:
    calls, app = desk()
    async with calls, app.run_test(size=(60, 20)) as pilot:
        await until(pilot, lambda: app.heard.count("onParticipantJoined") == 2)
        assert app.heard[0] == "onSessionJoined"
        await calls.leave_session()
        await until(pilot, lambda: app.heard[-2:] == ["onSessionLeft", "onConnectionClosed"])


@pytest.mark.parametrize("size", SIZES)
async def test_the_idle_prompt_lies_in_the_panel(size: tuple[int, int]) -> None:
    calls = scripted_calls(people=["Bo Chen"], script=[Leaves("Bo Chen", at_s=1)])
    app = Desk(calls, idleTimeoutPeriodBeforePrompt=2000)
    async with calls, app.run_test(size=size) as pilot:
        await calls.drawn(pilot)
        await calls.advance(5)
        panel = app.query_one(CallPanel)
        await until(pilot, lambda: list(panel.query(Button)))
        await pilot.pause()
        assert all(panel.region.contains_region(one.region) for one in panel.query(Button))
        assert "Ticket 1" in outside(app, panel)
        panel.query(Button).first().press()
        await until(pilot, lambda: calls.snapshot.idle is None)
        assert calls.snapshot.phase is Phase.LIVE


async def test_chat_people_and_devices_open_in_the_panel() -> None:
    calls = scripted_calls(people=PEOPLE, script=[Writes("Bo Chen", "Good morning", at_s=1)])
    app = Desk(calls)
    async with calls, app.run_test(size=(100, 30)) as pilot:
        await calls.drawn(pilot)
        await calls.play()
        panel = app.query_one(CallPanel)
        await calls.show_participant_list()
        await until(pilot, lambda: "onParticipantListVisible" in app.heard)
        await calls.drawn(pilot)
        assert panel.view.open_panel == "people"
        assert panel.region.contains_region(panel.view.people.region)
        await calls.show_participant_list()
        assert panel.view.open_panel == "people"
        await calls.hide_participant_list()
        assert panel.view.open_panel == ""
        await calls.toggle_participant_list()
        assert panel.view.open_panel == "people"
        await calls.show_settings_dialog()
        assert panel.view.open_panel == "devices"
        await calls.hide_settings_dialog()
        panel.focus()
        await pilot.press("c")
        await calls.drawn(pilot)
        assert "Good morning" in "\n".join(rows(app, panel.region))


async def test_the_chat_key_says_what_the_app_counts() -> None:
    calls, app = desk(hideChatButton=False)
    async with calls, app.run_test(size=(100, 30)) as pilot:
        await calls.set_chat_button_unread_count(7)
        await calls.drawn(pilot)
        shown = "\n".join(rows(app, app.query_one(CallPanel).region))
        assert "chat 7" in shown
        await calls.set_chat_button_unread_count(100)
        await calls.drawn(pilot)
        assert "chat 99+" in "\n".join(rows(app, app.query_one(CallPanel).region))
        await calls.set_chat_button_unread_count(0)
        await calls.drawn(pilot)
        assert "chat 9" not in "\n".join(rows(app, app.query_one(CallPanel).region))


async def test_a_panel_that_is_removed_leaves_the_call() -> None:
    calls, app = desk()
    async with calls, app.run_test(size=(100, 30)) as pilot:
        await calls.drawn(pilot)
        closed: list[str] = []
        calls.add_event_listener("onSessionLeft", lambda _: closed.append("left"))
        await app.query_one(CallPanel).remove()
        await until(pilot, lambda: closed)
        assert calls.snapshot.phase is Phase.ENDED
        assert app.is_running


async def test_several_panels_one_after_another() -> None:
    calls, app = desk()
    async with calls, app.run_test(size=(100, 30)) as pilot:
        await calls.drawn(pilot)
        await calls.leave_session()
        second = CallPanel(id="second")
        await app.query_one(CallPanel).remove()
        await app.mount(second)
        await app.join(second)
        await calls.drawn(pilot)
        assert "Bo Chen" in "\n".join(rows(app, second.region))
        await calls.leave_session()
        await app.join(second)
        await calls.drawn(pilot)
        assert "Cy Young" in "\n".join(rows(app, second.region)), "and one of them twice"


async def test_the_end_is_said_in_the_panel() -> None:
    calls, app = desk()
    async with calls, app.run_test(size=(60, 20)) as pilot:
        await calls.drawn(pilot)
        await calls.leave_session()
        await calls.drawn(pilot)
        assert "You left the call." in "\n".join(rows(app, app.query_one(CallPanel).region))


async def test_a_wrong_container_is_answered_with_give_a_call_panel() -> None:
    calls, app = desk()
    async with calls, app.run_test(size=(60, 20)):
        await calls.leave_session()
        for wrong in (Vertical(), "call-container", 5, CallPanel()):
            result = await calls.join_session_by_id("standup", {}, wrong)
            assert result.error is not None and result.error.field == "container"
            assert "CallPanel" in result.error.description
        assert (await calls.join_session_by_id("standup", {}, None)).error is None


async def test_a_refused_join_leaves_the_panel_empty() -> None:
    calls, app = desk(layout="GRID")
    async with calls, app.run_test(size=(60, 20)) as pilot:
        await until(pilot, lambda: app._notifications)
        assert not app.query_one(CallPanel).view.display
        assert calls.snapshot.phase is Phase.IDLE


@pytest.mark.parametrize("theme", ["textual-light", "nord"])
async def test_colours_are_those_of_the_apps_theme(theme: str) -> None:
    calls, app = desk()
    async with calls, app.run_test(size=(60, 20)) as pilot:
        app.theme = theme
        await calls.drawn(pilot)
        view = app.query_one(CallPanel).view
        expected = app.get_css_variables()["background"]
        assert view.styles.background.hex.lower() == expected.lower()


async def test_a_headless_voice_session_is_drawn_nowhere() -> None:
    calls, app = desk(sessionType="VOICE", unstable_headlessMode=True)
    async with calls, app.run_test(size=(60, 20)) as pilot:
        await until(pilot, lambda: calls.snapshot.in_session)
        assert not app.query_one(CallPanel).view.display
