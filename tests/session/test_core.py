"""The session core by itself: refusals that no SDK method asks for, and events of a front end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.world import FakeWorld
from tests.session.rig import APP, MEDIA, joined, logged_in
from tui.domain.call_log import CallLogQuery
from tui.domain.commands import Command
from tui.domain.commands.account import Init, ListCalls, ListRunning, ListTranscripts
from tui.domain.commands.call import PressButton
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.events import EVENT_NAMES
from tui.domain.settings import AppSettings
from tui.ports.service import Service
from tui.session.core import SessionCore
from tui.session.login import Login
from tui.session.seat import Seat


async def test_a_session_id_with_an_invisible_mark_is_the_session_without_it() -> None:
    world = FakeWorld()
    async with logged_in(world) as (calls, _):
        await calls.join_session_by_id("\u202estandup\u200b", {}, MEDIA)
        assert calls.outlet.newest.session_id == "standup"


def unneeded(_app: AppSettings) -> Service:
    raise AssertionError("nothing is asked of a service")


async def test_a_missing_key_is_asked_for_by_the_name_it_has_there() -> None:
    for app, whose in ((APP, "server's API key"), (AppSettings(app_id="desk"), "app's Auth Key")):
        login = Login(unneeded)
        login.app = app
        with pytest.raises(CallsError, match=whose):
            await login.with_uid("ana", "")


async def test_an_address_that_is_none_is_named() -> None:
    async with logged_in(FakeWorld()) as (calls, _):
        with pytest.raises(CallsError) as refused:
            await calls.join_url("ws://[::1", "token", {}, MEDIA)
        assert (refused.value.code, refused.value.field) == (ErrorCode.VALIDATION, "server")


async def test_what_a_front_end_did_is_heard_by_name() -> None:
    async with joined(FakeWorld()) as (calls, heard):
        for name in ("onChatButtonClicked", "onParticipantListVisible"):
            await Seat(calls).do(PressButton(name))
        assert heard.events[-2:] == ["onChatButtonClicked", "onParticipantListVisible"]
        assert set(heard.events) <= EVENT_NAMES
        with pytest.raises(CallsError, match="onSessionLeft is not an event of a front end"):
            await Seat(calls).do(PressButton("onSessionLeft"))


@pytest.mark.parametrize(
    "command", [ListRunning(), ListCalls(CallLogQuery()), ListTranscripts("standup", 1, 10)]
)
async def test_a_list_asks_for_init_first_then_for_a_login(command: Command[Any]) -> None:
    core = SessionCore(FakeWorld().world())
    with pytest.raises(CallsError) as refused:
        await Seat(core).do(command)
    assert refused.value.code == ErrorCode.SDK_NOT_INITIALIZED
    await Seat(core).do(Init(APP))
    with pytest.raises(CallsError) as refused:
        await Seat(core).do(command)
    assert refused.value.code == ErrorCode.AUTH_TOKEN_MISSING
    await core.aclose()
