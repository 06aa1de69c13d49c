"""The Calls SDK v5 in Python: codes, their order, results (spec cometchat-calls (a), (e))."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest
from cellcall.testing import scripted_calls
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.world import FakeWorld, remote
from tests.sdk.rig import MEDIA, SERVER, calls_in, joined, logged_in
from tui.domain.commands.call import JoinById
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.settings import AppSettings, parse_settings, settings_table
from tui.engine.wire import encode_command, pack
from tui.sdk.calls import SETTING_NAMES, Calls
from tui.sdk.listeners import LoginListener

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)
ANYTHING = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


async def refusal(answer: Awaitable[Any]) -> str:
    with pytest.raises(CallsError) as refused:
        await answer
    return refused.value.code


async def test_login_is_refused_in_the_documented_order() -> None:
    async with calls_in(FakeWorld()) as calls:
        assert await refusal(calls.login(None)) == ErrorCode.INVALID_UID
        assert await refusal(calls.login(" ")) == ErrorCode.INVALID_UID
        assert await refusal(calls.login("a b")) == ErrorCode.UID_WITH_SPACE
        assert await refusal(calls.login("ana")) == ErrorCode.API_KEY_NOT_FOUND
        assert await refusal(calls.login("ana", "key")) == ErrorCode.SDK_NOT_INITIALIZED
        assert await refusal(calls.login_with_auth_token(None)) == ErrorCode.BLANK_AUTH_TOKEN
        assert await refusal(calls.logout()) == ErrorCode.NO_USER_LOGGED_IN


@pytest.mark.parametrize("session_id", [None, "", "  "])
async def test_no_session_id_is_said_so(session_id: object) -> None:
    async with logged_in(FakeWorld()) as calls:
        assert await refusal(calls.generate_token(session_id)) == ErrorCode.SESSION_ID_MISSING
        result = await calls.join_session_by_id(session_id)
        assert result.error is not None and result.error.code == ErrorCode.SESSION_ID_MISSING


async def test_a_token_needs_somebody_logged_in_and_an_app() -> None:
    async with calls_in(FakeWorld()) as calls:
        assert await refusal(calls.generate_token("standup")) == ErrorCode.AUTH_TOKEN_MISSING
        given_token = calls.generate_token("standup", "token")
        assert await refusal(given_token) == ErrorCode.SDK_NOT_INITIALIZED


@pytest.mark.parametrize(
    ("app", "field"),
    [
        ({"appId": "a", "region": "mars"}, "region"),
        ({"server": "not an address"}, "server"),
        ({"server": 5}, "server"),
        ({"appID": "a"}, "appID"),
        ({}, "appId"),
        ("http://127.0.0.1:1", "settings"),
        (AppSettings(host="ftp://x"), "host"),
    ],
)
async def test_init_names_the_field_that_is_wrong(app: object, field: str) -> None:
    async with calls_in(FakeWorld()) as calls:
        with pytest.raises(CallsError) as refused:
            await calls.init(app)
    assert (refused.value.code, refused.value.field) == (ErrorCode.VALIDATION, field)


async def test_init_takes_a_mapping_keywords_settings_and_the_nested_object() -> None:
    async with calls_in(FakeWorld()) as calls:
        await calls.init({"server": SERVER, "authKey": "k"})
        await calls.init(server=SERVER, auth_key="k")
        await calls.init(AppSettings(server=SERVER))
        nested = {"appId": "a", "region": "EU", "credentials": {"authKey": "k"}, "other": 1}
        await calls.init_from_settings(nested)
        assert not calls.is_user_logged_in()


async def test_a_misspelled_field_of_init_is_answered_with_the_nearest() -> None:
    async with calls_in(FakeWorld()) as calls:
        with pytest.raises(CallsError, match="Did you mean appId"):
            await calls.init({"appID": "a"})


async def test_a_join_never_raises_and_says_what_is_wrong() -> None:
    world = FakeWorld()
    async with calls_in(world) as calls:
        result = await calls.join_session("token", {"layout": "GRID"}, object())
        assert result.error is not None and result.error.code == ErrorCode.SDK_NOT_INITIALIZED
    async with logged_in(world) as calls:
        for token in (None, "", 5):
            result = await calls.join_session(token)
            assert result.error is not None and result.error.code == ErrorCode.VALIDATION
        result = await calls.join_session_by_id("x", {"layout": "GRID"})
        assert result.error is not None
        assert (result.error.code, result.error.field) == (ErrorCode.VALIDATION, "layout")
        result = await calls.join_session_by_id("x", {}, object())
        assert result.error is not None and result.error.field == "container"
        assert "give a CallPanel" in result.error.description
        token = await calls.generate_token("x")
        result = await calls.join_session(token, {"startAudioMuted": True})
        assert result.error is None and result.data is not None and result.data.in_session
        again = await calls.join_session_by_id("y")
        assert again.error is not None and again.error.code == ErrorCode.CALL_IN_PROGRESS


async def test_a_second_login_waits_for_no_one() -> None:
    world = FakeWorld()
    async with calls_in(world) as calls:
        await calls.init(server=SERVER)
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


async def test_an_auth_token_with_a_space_is_refused_and_a_good_one_logs_in() -> None:
    world = FakeWorld()
    async with calls_in(world) as calls:
        spaced = calls.login_with_auth_token("a b")
        assert await refusal(spaced) == ErrorCode.AUTH_TOKEN_WITH_SPACE
        await calls.init(server=SERVER)
        token = await world.service.create_auth_token("ana", world.service.api_key)
        assert (await calls.login_with_auth_token(token)).uid == "ana"


async def test_a_call_token_is_for_one_user_and_one_session() -> None:
    world = FakeWorld()
    async with logged_in(world) as calls:
        token = (await calls.generate_token("standup")).token
        assert token != (await calls.generate_token("standup")).token
        other = await world.service.create_auth_token("bo", world.service.api_key)
        token_of_bo = await world.service.create_call_token(other, "standup")
        refused = await calls.join_session(token_of_bo)
        assert refused.error is not None and refused.data is None
        assert not calls.snapshot.in_session
        tampered = await calls.join_session(token[:-2] + "xx")
        assert tampered.error is not None
        assert (await calls.join_session(token)).error is None


async def test_a_refused_join_leaves_everything_as_it_was() -> None:
    world = FakeWorld()
    world.transport.refuse = CallsError(ErrorCode.SESSION_FULL, "The session is full.")
    async with logged_in(world) as calls:
        result = await calls.join_session_by_id("standup", media=MEDIA)
        assert result.error == world.transport.refuse
        assert world.transport.left
        assert calls.snapshot.user is not None and not calls.snapshot.in_session
        world.transport.refuse = None
        assert (await calls.join_session_by_id("standup", media=MEDIA)).error is None


async def test_what_needs_a_session_says_that_there_is_none() -> None:
    async with logged_in(FakeWorld()) as calls:
        for deed in (calls.mute_audio(), calls.toggle_video(), calls.raise_hand()):
            assert await refusal(deed) == ErrorCode.NO_SESSION
        assert await refusal(calls.pin_participant("bo")) == ErrorCode.NO_SESSION
        assert await refusal(calls.show_participant_list()) == ErrorCode.NO_SESSION
        await calls.leave_session()


async def test_our_own_state_is_switched_and_toggled() -> None:
    async with joined(FakeWorld()) as calls:

        def local() -> Any:
            return calls.snapshot.local

        await calls.mute_audio()
        assert local().audio_muted
        await calls.toggle_audio()
        assert not local().audio_muted
        await calls.mute_audio(False)
        assert not local().audio_muted
        await calls.toggle_hand()
        assert local().hand_raised_at_ms
        await calls.lower_hand()
        assert not local().hand_raised_at_ms
        await calls.set_layout("SPOTLIGHT")
        assert calls.snapshot.layout == "SPOTLIGHT"


async def test_a_participant_is_found_by_pid_and_by_uid() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo"), remote("cy"))
    async with joined(world) as calls:
        bo = calls.snapshot.remotes[0]
        await calls.pin_participant(bo.pid)
        by_pid = calls.snapshot.pinned
        await calls.unpin_participant()
        assert not calls.snapshot.pinned
        await calls.pin_participant("bo", "human")
        assert calls.snapshot.pinned == by_pid
        assert await refusal(calls.pin_participant("eve")) == ErrorCode.VALIDATION


async def test_events_come_by_name_until_unsubscribed() -> None:
    heard: list[str] = []
    async with joined(FakeWorld()) as calls:
        left = asyncio.Event()

        def broken(_payload: object) -> None:
            raise ValueError("a listener of the app")

        calls.add_event_listener("onAudioMuted", broken)
        stop = calls.add_event_listener("onAudioMuted", lambda _: heard.append("muted"))
        calls.add_event_listener("onAudioUnMuted", lambda _: heard.append("unmuted"))
        calls.add_event_listener("onSessionLeft", lambda _: left.set())
        await calls.mute_audio()
        await calls.unmute_audio()
        stop()
        await calls.mute_audio()
        await calls.leave_session()
        assert left.is_set(), "events of a deed come before its answer"
    assert heard == ["muted", "unmuted"]


async def test_an_event_that_is_not_documented_is_refused() -> None:
    calls = calls_in(FakeWorld())
    with pytest.raises(CallsError, match="name of an event"):
        calls.add_event_listener("onTea", print)


async def test_login_listeners_hear_both_ends_and_the_failures() -> None:
    heard: list[str] = []
    world = FakeWorld()
    async with calls_in(world) as calls:
        listener = LoginListener(
            on_login_success=lambda user: heard.append(f"in {user.uid}"),
            on_login_failure=lambda error: heard.append(error.code),
            on_logout_success=lambda: heard.append("out"),
        )
        calls.add_login_listener("first", listener)
        calls.add_login_listener("second", {"onLogoutFailure": lambda e: heard.append(e.code)})
        await calls.init(server=SERVER)
        with pytest.raises(CallsError):
            await calls.login("ana", "wrong key")
        await calls.login("ana", world.service.api_key)
        assert await calls.logout() == "Logout successful"
        with pytest.raises(CallsError):
            await calls.logout()
        calls.remove_login_listener("first")
        await calls.login("ana", world.service.api_key)
    assert heard[1:] == ["in ana", "out", ErrorCode.NO_USER_LOGGED_IN]


async def test_init_finds_the_login_of_an_earlier_run(tmp_path: Path) -> None:
    world = FakeWorld()
    async with logged_in(world, keep_login=True) as calls:
        token = calls.get_user_auth_token()
    file = tmp_path / "cellcall" / "sdk-logins.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert world.service.api_key not in file.read_text()
    async with calls_in(world, keep_login=True) as later:
        assert not later.is_user_logged_in()
        await later.init(server=SERVER)
        user = later.get_logged_in_user()
        assert user is not None and user.uid == "ana"
        assert later.get_user_auth_token() == token
        await later.init(server="http://127.0.0.1:2")
        assert not later.is_user_logged_in(), "that is another app"
        await later.init(server=SERVER)
        await later.logout()
    async with calls_in(world, keep_login=True) as last:
        await last.init(server=SERVER)
        assert not last.is_user_logged_in()
        assert last.get_logged_in_user() is None


async def test_a_bot_keeps_no_login(tmp_path: Path) -> None:
    async with logged_in(FakeWorld()):
        pass
    assert not (tmp_path / "cellcall").exists()


async def test_another_user_takes_the_place_of_a_kept_one() -> None:
    world = FakeWorld()
    async with logged_in(world, keep_login=True):
        pass
    async with calls_in(world, keep_login=True) as calls:
        await calls.init(server=SERVER)
        user = await calls.login("bo", world.service.api_key)
        assert user.uid == "bo"
    async with calls_in(world, keep_login=True) as calls:
        await calls.init(server=SERVER)
        restored = calls.get_logged_in_user()
        assert restored is not None and restored.uid == "bo"


@pytest.mark.parametrize(
    "method",
    [
        "init",
        "init_from_settings",
        "login",
        "login_with_auth_token",
        "generate_token",
        "join_session",
        "join_session_by_id",
        "mute_audio",
        "pause_video",
        "set_layout",
        "pin_participant",
        "mute_participant",
        "pause_participant_video",
        "remove_participant",
        "admit",
        "refuse",
        "set_audio_input_device",
        "set_audio_output_device",
        "set_video_input_device",
        "set_chat_button_unread_count",
        "set_volume",
        "send_chat",
        "send_caption",
        "create_user",
    ],
)
@ANYTHING
@given(arguments=st.lists(JSON, min_size=3, max_size=3))
async def test_whatever_comes_in_only_a_refusal_or_a_result_comes_out(
    method: str, arguments: list[Any]
) -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo"),)
    async with logged_in(world) as calls:
        if not method.startswith(("init", "log", "generate", "join")):
            assert (await calls.join_session_by_id("standup", media=MEDIA)).error is None
        taken = arguments[: _positional(calls, method)]
        refusals: list[CallsError] = []
        try:
            await getattr(calls, method)(*taken)
        except CallsError as error:
            refusals.append(error)
        assert all(error.code and error.description for error in refusals)


def _positional(calls: Calls, method: str) -> int:
    code = getattr(Calls, method).__code__
    return int(code.co_argcount) - 1


async def test_devices_are_listed_with_ids_and_the_current_one_is_among_them() -> None:
    async with scripted_calls() as calls:
        assert await calls.get_current_audio_input_device() is None
        assert (await calls.join_session_by_id("standup")).error is None
        async with asyncio.timeout(10):  # They are opened in a thread, one after another.
            while not all("Scripted" in one.label for one in calls.snapshot.devices):
                await calls.advance(0.1)
        for listed, current in (
            (calls.get_audio_input_devices, calls.get_current_audio_input_device),
            (calls.get_audio_output_devices, calls.get_current_audio_output_device),
            (calls.get_video_input_devices, calls.get_current_video_input_device),
        ):
            devices = await listed()
            assert [one.device_id for one in devices] == ["scripted"]
            assert await current() == devices[0]
        await calls.switch_camera()
        assert await calls.get_current_video_input_device() is not None


@ANYTHING
@given(
    given=st.dictionaries(
        st.sampled_from([camel for _, camel, *_ in settings_table()]),
        JSON | st.fixed_dictionaries({"images": st.lists(JSON | st.just("\ud800"))}),
        max_size=3,
    )
)
def test_settings_that_are_taken_can_be_sent_to_the_engine(given: dict[str, Any]) -> None:
    try:
        parsed = parse_settings(given)
    except CallsError:
        return
    sent = {name: getattr(parsed, name) for name in SETTING_NAMES}
    assert pack(encode_command(JoinById("standup", sent, MEDIA)))


FILTERS = (
    "limit",
    "call_type",
    "status",
    "category",
    "direction",
    "has_recording",
    "has_transcriptions",
    "uid",
    "guid",
    "auth_token",
)


@ANYTHING
@given(filters=st.dictionaries(st.sampled_from(FILTERS), JSON), session_id=JSON, limit=JSON)
async def test_requests_are_made_or_refused(
    filters: dict[str, Any], session_id: Any, limit: Any
) -> None:
    async with logged_in(FakeWorld()) as calls:
        made: list[object] = []
        for make in (
            lambda: calls.call_log_request(**filters),
            lambda: calls.transcript_request(session_id, limit=limit),
        ):
            try:
                made.append(make())
            except CallsError as error:
                made.append(error.code)
        assert len(made) == 2
