"""Codes and their order at the SDK surface (spec cometchat-calls (e))."""

from __future__ import annotations

import asyncio

import pytest

from tests.fakes.world import FakeWorld
from tests.session.rig import APP, MEDIA, joined, logged_in
from tui.domain.commands.call import PressButton
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.events import EVENT_NAMES
from tui.domain.settings import AppSettings
from tui.session.calls import Calls
from tui.session.panel import FrontEndPanel
from tui.session.seat import Seat


async def refusal(awaitable) -> str:
    with pytest.raises(CallsError) as refused:
        await awaitable
    return refused.value.code


async def test_login_checks_come_in_the_documented_order() -> None:
    calls = Calls(FakeWorld().world())
    assert await refusal(calls.login(" ")) == ErrorCode.INVALID_UID
    assert await refusal(calls.login("a b")) == ErrorCode.UID_WITH_SPACE
    assert await refusal(calls.login("ana")) == ErrorCode.API_KEY_NOT_FOUND
    assert await refusal(calls.login("ana", "key")) == ErrorCode.SDK_NOT_INITIALIZED
    assert await refusal(calls.login_with_auth_token("")) == ErrorCode.BLANK_AUTH_TOKEN
    assert await refusal(calls.login_with_auth_token("a b")) == ErrorCode.AUTH_TOKEN_WITH_SPACE
    assert await refusal(calls.logout()) == ErrorCode.NO_USER_LOGGED_IN


async def test_generate_token_checks_come_in_the_documented_order() -> None:
    world = FakeWorld()
    calls = Calls(world.world())
    assert await refusal(calls.generate_token("")) == ErrorCode.SESSION_ID_MISSING
    assert await refusal(calls.generate_token("x")) == ErrorCode.AUTH_TOKEN_MISSING
    assert await refusal(calls.generate_token("x", "token")) == ErrorCode.SDK_NOT_INITIALIZED
    async with logged_in(world) as (calls, _):
        assert (await calls.generate_token("x")).token


async def test_a_second_login_waits_for_no_one() -> None:
    world = FakeWorld()
    calls = Calls(world.world())
    await calls.init(APP)
    entered, go = asyncio.Event(), asyncio.Event()
    create = world.service.create_auth_token

    async def slow(uid: str, api_key: str) -> str:
        entered.set()
        await go.wait()
        return await create(uid, api_key)

    world.service.create_auth_token = slow  # type: ignore[method-assign]
    first = asyncio.create_task(calls.login("ana", world.service.api_key))
    await entered.wait()
    assert await refusal(calls.login("bo", "key")) == ErrorCode.LOGIN_IN_PROGRESS
    go.set()
    assert (await first).uid == "ana"
    assert calls.is_user_logged_in()
    token = calls.get_user_auth_token()
    await calls.login("ana", world.service.api_key)
    assert calls.get_user_auth_token() == token, "the same user again needs no network"
    await calls.logout()
    assert calls.get_logged_in_user() is None


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        (AppSettings(app_id=" "), "appId"),
        (AppSettings(region="mars"), "region"),
        (AppSettings(server="not an address"), "server"),
        (AppSettings(host="ftp://x"), "host"),
        (AppSettings(server="http://[::1"), "server"),
    ],
)
async def test_init_names_the_wrong_field(settings: AppSettings, field: str) -> None:
    with pytest.raises(CallsError) as refused:
        await Calls(FakeWorld().world()).init(settings)
    assert (refused.value.code, refused.value.field) == (ErrorCode.VALIDATION, field)


async def test_a_join_never_raises_and_says_what_is_wrong() -> None:
    world = FakeWorld()
    calls = Calls(world.world())
    panel = FrontEndPanel()
    errors = [
        (await calls.join_session("token", {}, panel)).error,
        (await calls.join_session_by_id("", {}, panel)).error,
        (await calls.join_session_by_id("x", {}, panel)).error,
    ]
    assert [error.code for error in errors if error] == [
        ErrorCode.SDK_NOT_INITIALIZED,
        ErrorCode.SESSION_ID_MISSING,
        ErrorCode.AUTH_TOKEN_MISSING,
    ]
    async with logged_in(world) as (calls, _):
        result = await calls.join_session_by_id("x", {"layout": "GRID"}, panel)
        assert result.error is not None
        assert (result.error.code, result.error.field) == (ErrorCode.VALIDATION, "layout")
        result = await calls.join_session_by_id("x", {}, None)
        assert result.error is not None and result.error.field == "container"
        result = await calls.join_session_by_id("x", {}, panel)
        assert result.error is None and result.data is not None and result.data.in_session
        again = await calls.join_session_by_id("y", {}, panel)
        assert again.error is not None and again.error.code == ErrorCode.CALL_IN_PROGRESS


async def test_a_call_token_is_for_one_user_and_one_session() -> None:
    world = FakeWorld()
    async with logged_in(world) as (calls, _):
        token = (await calls.generate_token("standup")).token
        other = await world.service.create_auth_token("bo", world.service.api_key)
        token_of_bo = await world.service.create_call_token(other, "standup")
        panel = FrontEndPanel()
        refused = await calls.join_session(token_of_bo, {}, panel)
        assert refused.error is not None and refused.data is None
        assert not calls.outlet.newest.in_session
        tampered = await calls.join_session(token[:-2] + "xx", {}, panel)
        assert tampered.error is not None
        assert (await calls.join_session(token, {}, panel)).error is None


async def test_a_refused_join_leaves_everything_as_it_was() -> None:
    world = FakeWorld()
    world.transport.refuse = CallsError(ErrorCode.SESSION_FULL, "The session is full.")
    async with logged_in(world) as (calls, _):
        result = await calls.join_session_by_id("standup", {}, FrontEndPanel(), media=MEDIA)
        assert result.error == world.transport.refuse
        assert world.transport.left
        assert calls.outlet.newest.user is not None and not calls.outlet.newest.in_session
        world.transport.refuse = None
        again = await calls.join_session_by_id("standup", {}, FrontEndPanel(), media=MEDIA)
        assert again.error is None


async def test_events_are_known_by_name_and_a_bad_listener_harms_nobody() -> None:
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        with pytest.raises(CallsError, match="not an event"):
            calls.add_event_listener("onSomething", print)
        got: list[object] = []

        def broken(_payload: object) -> None:
            raise RuntimeError("listener")

        calls.add_event_listener("onAudioMuted", broken)
        unsubscribe = calls.add_event_listener("onAudioMuted", got.append)
        await calls.mute_audio()
        assert got == [None]
        unsubscribe()
        await calls.unmute_audio()
        await calls.mute_audio()
        assert got == [None]
        assert set(heard.events) <= EVENT_NAMES


async def test_a_session_id_with_an_invisible_mark_is_the_session_without_it() -> None:
    world = FakeWorld()
    async with logged_in(world) as (calls, _):
        result = await calls.join_session_by_id("\u202estandup\u200b", {}, FrontEndPanel())
        assert result.error is None
        assert calls.outlet.newest.session_id == "standup"


async def test_an_address_that_is_none_is_named() -> None:
    async with logged_in(FakeWorld()) as (calls, _):
        result = await calls.join_url("ws://[::1", "token", {}, FrontEndPanel())
        assert result.error is not None
        assert (result.error.code, result.error.field) == (ErrorCode.VALIDATION, "server")


async def test_what_a_front_end_did_is_heard_by_name() -> None:
    async with joined(FakeWorld()) as (calls, heard):
        for name in ("onChatButtonClicked", "onParticipantListVisible"):
            await Seat(calls).do(PressButton(name))
        assert heard.events[-2:] == ["onChatButtonClicked", "onParticipantListVisible"]
        with pytest.raises(CallsError, match="onSessionLeft is no event of a front end"):
            await Seat(calls).do(PressButton("onSessionLeft"))
