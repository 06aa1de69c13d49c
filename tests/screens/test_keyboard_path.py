"""A call from signing in to leaving, by keys alone (spec ux 8, KEY-T1)."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.handle import FakeHandle, people
from tests.screens.driving import (
    STANDUP,
    called,
    card,
    in_call,
    logged_in,
    make_app,
    running,
    text_of,
    until,
)
from tui.domain.commands.account import Init, ListRunning, Login, MeetServer
from tui.domain.commands.call import JoinAsGuest, JoinById, Leave, SendChat
from tui.domain.commands.own import SetMuted
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.settings import AppSettings
from tui.domain.snapshot import EndReason, Phase, RunningSession
from tui.front.start import Credentials, StartPlan
from tui.panel.dialog import Dialog
from tui.screens.login import LoginScreen
from tui.screens.picker import PickerScreen
from tui.wire.address import make_join_link


async def test_key_t1_login_pick_join_mute_chat_leave() -> None:
    handle = FakeHandle(remotes=people("Bo Chen"))
    app = make_app(handle, StartPlan())
    async with running(app) as pilot:
        await until(pilot, lambda: isinstance(app.base, LoginScreen))
        await pilot.press(*"http://h:1", "tab", *"ana", "tab", *"key", "enter")
        await until(pilot, lambda: isinstance(app.base, PickerScreen), "the sessions screen")
        assert [(one.uid, one.api_key) for one in called(handle, Login)] == [("ana", "key")]
        assert called(handle, Init)[0].settings.server == "http://h:1"
        await until(pilot, lambda: called(handle, ListRunning))
        await pilot.press(*"standup", "enter")
        await until(pilot, lambda: app.call and app.call.snapshot.in_session, "the call")
        assert called(handle, JoinById)[0].session_id == "standup"
        await pilot.press("m")
        await until(pilot, lambda: called(handle, SetMuted) == [SetMuted(True)])
        await until(pilot, lambda: "MIC off" in text_of(app), "MIC off")
        await pilot.press("c")
        await until(pilot, lambda: app.call and app.call.open_panel == "chat")
        await pilot.press(*"hi!", "enter", "escape")
        await until(pilot, lambda: called(handle, SendChat) == [SendChat("hi!")])
        await until(pilot, lambda: "You: hi!" in text_of(app), "our message")
        await pilot.press("l")
        await until(pilot, lambda: isinstance(card(app), Dialog), "the question")
        await pilot.press("l")
        await until(pilot, lambda: isinstance(app.base, PickerScreen), "the sessions screen again")
        assert called(handle, Leave) == [Leave()]
        await pilot.press("escape", "ctrl+q")
    assert app.return_value == 0


async def test_a_direct_join_ends_the_app_when_left() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        app.ui.clock.now_ms += 15 * 60_000  # type: ignore[attr-defined]
        await pilot.press("l")
        await until(pilot, lambda: isinstance(card(app), Dialog))
        await pilot.press("enter")
        await until(pilot, lambda: app.return_value is not None, "the end")
    assert (app.return_value, app.flow.last_line) == (0, "Left Standup after 15 minutes.")


async def test_esc_stays_in_the_call() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await pilot.press("l")
        await until(pilot, lambda: isinstance(card(app), Dialog))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.base)
        await pilot.press("escape", "escape")
        assert not called(handle, Leave)
        assert app.call is not None
        assert app.call.snapshot.phase is Phase.LIVE


async def test_a11y_11_a_refused_login_is_said_under_its_field_and_keeps_what_was_typed() -> None:
    refusal = CallsError("ERR_UID_NOT_FOUND", 'No such user ID "zoe" in this app.')
    handle = FakeHandle(refuse=refusal)
    app = make_app(handle, StartPlan())
    async with running(app) as pilot:
        await pilot.press(*"http://h:1", "tab", *"zoe", "tab", *"key", "enter")
        await until(pilot, lambda: "No such user ID" in text_of(app), "the error")
        assert isinstance(app.base, LoginScreen)
        assert app.base.field("uid").value == "zoe"
        assert app.focused is app.base.field("uid").input


async def test_what_is_missing_is_said_before_anything_is_sent() -> None:
    handle = FakeHandle()
    app = make_app(handle, StartPlan())
    async with running(app) as pilot:
        await pilot.press(*"ftp://nonsense", "enter")
        await until(pilot, lambda: "it must begin with" in text_of(app), "the server error")
        assert isinstance(app.base, LoginScreen)
        assert app.focused is app.base.field("server").input
        assert not handle.calls


async def test_signing_in_to_an_app_of_cometchat() -> None:
    handle = FakeHandle()
    known = Credentials(app=AppSettings(server="http://h:1"), uid="ana", api_key="of h")
    app = make_app(handle, StartPlan(credentials=replace(known, uid="")))
    async with running(app) as pilot:
        await until(pilot, lambda: "(*) cellcall server" in text_of(app), "where it signs in")
        await pilot.press("shift+tab", "shift+tab", "enter")
        await until(pilot, lambda: "(*) CometChat app" in text_of(app), "the other choice")
        await pilot.press(*"app1", "tab", *"eu", "tab", *"ana", "enter")
        assert isinstance(app.base, LoginScreen)
        await until(pilot, lambda: "is for http://h:1" in text_of(app), "whose key it is")
        assert not handle.calls
        app.base.field("api-key").input.value = ""
        await pilot.press(*"of app1", "enter")
        await until(pilot, lambda: called(handle, Login))
        assert called(handle, Init)[0].settings == AppSettings(app_id="app1", region="eu")
        assert called(handle, Login)[0].api_key == "of app1"


async def test_why_there_is_no_list_stands_where_the_list_would() -> None:
    handle = FakeHandle(remotes=people("Bo Chen"))

    async def none(*_: object) -> None:
        raise CallsError(ErrorCode.NOT_SUPPORTED, "The cloud tells of no running sessions.")

    handle.instead[ListRunning] = none
    app = make_app(handle, StartPlan(credentials=Credentials(uid="ana", api_key="key")))
    async with running(app) as pilot:
        await until(pilot, lambda: "The cloud tells of no running" in text_of(app), "why")
        assert "Error" not in text_of(app)


async def test_known_credentials_sign_in_without_asking() -> None:
    handle = FakeHandle(remotes=people("Bo Chen"))
    start = StartPlan(credentials=Credentials(uid="ana", api_key="key"), target=STANDUP.target)
    app = make_app(handle, start)
    async with in_call(app):
        assert [(one.uid, one.api_key) for one in called(handle, Login)] == [("ana", "key")]
        assert called(handle, JoinById)[0].session_id == "4f2a-91"


async def test_a_running_session_is_joined_from_the_list() -> None:
    handle = logged_in()
    handle.running = (RunningSession("retro", handle.now_ms - 60_000, ("Bo Chen",)),)
    app = make_app(handle, StartPlan())
    async with running(app) as pilot:
        await until(pilot, lambda: "retro" in text_of(app), "the list")
        await pilot.press("escape", "enter")
        await until(pilot, lambda: called(handle, JoinById), "the join")
        assert called(handle, JoinById)[0].session_id == "retro"


async def test_letters_of_the_lobby_act_only_outside_the_field() -> None:
    handle = logged_in()
    app = make_app(handle, StartPlan())
    async with running(app) as pilot:
        await until(pilot, lambda: called(handle, ListRunning))
        await pilot.press("n")
        await pilot.pause(0.1)
        assert not called(handle, JoinById)
        assert "n New session" not in text_of(app)
        assert "Enter Join" in text_of(app) and "Esc Lists and keys" in text_of(app)
        await pilot.press("escape")
        await until(pilot, lambda: "n New session" in text_of(app), "what the keys do now")
        await pilot.press("n")
        await until(pilot, lambda: called(handle, JoinById))
        assert called(handle, JoinById)[0].session_id == "new-1"


async def test_a_refused_join_from_the_lobby_goes_back_to_the_field() -> None:
    handle = logged_in()
    handle.refuse = CallsError(ErrorCode.SESSION_FULL, "The session is full. Try again later.")
    app = make_app(handle, StartPlan())
    async with running(app) as pilot:
        await until(pilot, lambda: called(handle, ListRunning))
        await pilot.press(*"full", "enter")
        await until(pilot, lambda: "The session is full" in text_of(app), "the refusal")
        assert isinstance(app.base, PickerScreen)


async def test_a_link_says_which_certificate_its_server_made() -> None:
    handle = logged_in()
    met, refused = MeetServer("https://calls.test", "print"), "another certificate than the link"

    async def refuse(_: MeetServer) -> None:
        raise CallsError(ErrorCode.CONNECTION_FAILED, f"It shows {refused} says.")

    handle.instead[MeetServer] = refuse
    app = make_app(handle, StartPlan())
    async with running(app) as pilot:
        await until(pilot, lambda: called(handle, ListRunning))
        link = make_join_link(met.address, "standup", invitation="abc", certificate="print")
        app.flow.pick_session(link)
        await until(pilot, lambda: refused in text_of(app), "the refusal")
        assert called(handle, JoinAsGuest) == []
        del handle.instead[MeetServer]
        app.flow.pick_session(link)
        await until(pilot, lambda: called(handle, JoinAsGuest), "the join")
        assert called(handle, MeetServer) == [met, met]


async def test_a_refused_direct_join_asks_and_quits_with_its_code() -> None:
    handle = logged_in()
    handle.refuse = CallsError(ErrorCode.SESSION_FULL, "The session is full.")
    app = make_app(handle)
    async with running(app) as pilot:
        await until(pilot, lambda: isinstance(card(app), Dialog), "the dialog")
        assert "ERROR_SESSION_FULL" in text_of(app)
        await pilot.press("q")
        await until(pilot, lambda: app.return_value is not None)
    assert app.return_value == 4


async def test_a_lost_call_offers_to_rejoin() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        handle.change(
            phase=Phase.ENDED,
            ended=EndReason.LOST,
            ended_detail="Connection lost.",
            participants=(),
        )
        await until(pilot, lambda: isinstance(card(app), Dialog), "the dialog")
        await pilot.press("t")
        await until(pilot, lambda: len(called(handle, JoinById)) == 2, "the rejoin")
        await until(pilot, lambda: app.call and app.call.snapshot.in_session)


async def test_reconnecting_is_a_banner_that_cannot_be_put_away() -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        handle.change(phase=Phase.RECONNECTING, reconnect_attempt=2)
        await until(pilot, lambda: "Trying again (attempt 2)" in text_of(app), "the banner")
        assert "MIC off (not sending)" in text_of(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "Trying again" in text_of(app)
        handle.change(phase=Phase.LIVE, reconnect_attempt=0)
        await until(pilot, lambda: "Trying again" not in text_of(app), "the end of the banner")


async def test_cancelling_while_connecting_leaves() -> None:
    handle = logged_in()
    app = make_app(handle)

    async def never(*_: object) -> None:
        import asyncio

        await asyncio.Event().wait()

    handle.instead[JoinById] = never
    async with running(app) as pilot:
        await until(pilot, lambda: "Connecting to" in text_of(app), "connecting")
        await pilot.press("escape")
        await until(pilot, lambda: app.return_value is not None, "the end")
    assert app.flow.last_line == "Cancelled before joining."
