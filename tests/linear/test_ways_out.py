"""How a run ends, and with which exit code; logging in; the menu."""

import asyncio
from dataclasses import replace

import pytest

from tests.fakes.handle import NOW_MS, FakeHandle, people
from tests.linear.rig import KEY, TO, in_call, running
from tui.domain.call_log import LoggedCall
from tui.domain.commands.account import Init, ListRunning, Login, Logout
from tui.domain.commands.call import EndForAll, JoinById, JoinRoom, Leave, Remove, SendChat
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import SessionEnded
from tui.domain.happenings.english_phrases import ending_sentence
from tui.domain.settings import AppSettings
from tui.domain.snapshot import EndReason, Phase, RunningSession
from tui.front.start import Credentials, Entrance, JoinTarget, StartPlan, new_session_id
from tui.linear.line_editor import EndOfLineInput
from tui.ports.handle import EngineGone
from tui.ports.memory import Forgetful
from tui.wire.address import make_join_link

SERVER = AppSettings(server="http://127.0.0.1:7880")
ANA = StartPlan(credentials=Credentials(app=SERVER, uid="ana", api_key="key"))


async def test_control_c_twice_leaves_with_130():
    handle = FakeHandle()
    async with in_call(handle) as rig:
        rig.press_control_c()
        await rig.until("info: Type /leave to leave, or press Control C again within 3 seconds.")
        rig.press_control_c()
        assert await rig.ended() == 130
        assert handle.called(Leave) == [Leave()]
        assert rig.lines[-1].startswith("call: Left standup")


async def test_control_c_twice_with_time_between_stays():
    async with in_call(FakeHandle()) as rig:
        rig.press_control_c()
        await rig.until("press Control C again")
        rig.clock.now_s += 4
        rig.press_control_c()
        await rig.until("press Control C again", times=2)
        rig.type("/status")
        await rig.until("info: standup")


async def test_control_c_in_the_menu_says_how_to_quit():
    async with running(FakeHandle(), ANA) as rig:
        await rig.until("ask: Choose")
        rig.press_control_c()
        await rig.until("info: Type /quit to quit,")
        rig.press_control_c()
        assert await rig.ended() == 130


async def test_control_c_ends_a_join_that_hangs():
    handle = FakeHandle()

    async def hang(*_):
        await asyncio.Event().wait()

    handle.instead[JoinById] = hang
    plan = StartPlan(credentials=KEY, target=TO)
    async with running(handle, plan) as rig:
        await rig.until("call: Connecting.")
        rig.press_control_c()
        rig.press_control_c()
        assert await rig.ended() == 130


async def test_control_d_asks_before_leaving():
    handle = FakeHandle()
    async with in_call(handle) as rig:
        rig.press_control_d()
        await rig.until("ask: Leave standup? yes or no. Default yes.")
        rig.type("no", "/status")
        await rig.until("info: standup")
        rig.press_control_d()
        rig.type("")
        assert await rig.ended() == 0


async def test_the_end_of_a_pipe_leaves_after_the_lines_before_it():
    handle = FakeHandle()
    async with in_call(handle, interactive=False) as rig:
        rig.type("hello", "/who")
        rig.end_input()
        assert await rig.ended() == 0
        assert handle.called(SendChat) == [SendChat("hello")]
        assert "who: 1. Ana Lopez" in rig.text


async def test_lines_that_arrive_before_the_join_are_kept():
    handle = FakeHandle()
    plan = StartPlan(credentials=KEY, target=TO)
    async with running(handle, plan, interactive=False) as rig:
        rig.type("early", "/leave")
        rig.end_input()
        assert await rig.ended() == 0
        assert handle.called(SendChat) == [SendChat("early")]


async def test_a_pipe_is_never_asked():
    handle = FakeHandle()
    async with in_call(handle, interactive=False) as rig:
        rig.type("/leave")
        assert await rig.ended() == 0
        assert "ask:" not in rig.text


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (EndReason.ENDED_FOR_ALL, 0),
        (EndReason.REMOVED, 0),
        (EndReason.REPLACED, 0),
        (EndReason.LOST, 5),
        (EndReason.SERVER_CLOSED, 5),
        (EndReason.IDLE, 6),
    ],
)
async def test_the_exit_code_says_how_the_call_ended(reason, code):
    handle = FakeHandle()
    async with in_call(handle) as rig:
        handle.change(phase=Phase.ENDED, ended=reason, ended_detail="It is over, and why.")
        assert await rig.ended() == code
        assert rig.lines[-1] == f"call: {ending_sentence(reason, 'It is over, and why.')}"
        assert rig.lines[-1].endswith(" It is over, and why.")


async def test_the_end_is_told_once_when_the_words_come_before_the_snapshot():
    handle = FakeHandle()
    async with in_call(handle) as rig:
        handle.push(SessionEnded(EndReason.REMOVED))
        await rig.until("call: A moderator removed you")
        handle.change(phase=Phase.ENDED, ended=EndReason.REMOVED)
        assert await rig.ended() == 0
        assert rig.text.count("removed you") == 1


async def test_a_call_that_ends_during_a_question_ends_the_question():
    handle = FakeHandle()
    async with in_call(handle) as rig:
        rig.type("/leave")
        await rig.until("ask: Leave standup?")
        handle.change(phase=Phase.ENDED, ended=EndReason.IDLE, ended_detail="Nobody else came.")
        assert await rig.ended() == 6


async def test_an_engine_that_dies_is_said_and_is_5():
    handle = FakeHandle()
    async with in_call(handle) as rig:
        handle.push(EngineGone("The engine process ended."))
        assert await rig.ended() == 5
        assert rig.lines[-1] == "call: The call is over: The engine process ended."


async def test_a11y_11_a_refused_join_is_one_line_a_question_and_4():
    handle = FakeHandle()

    async def refuse(*_):
        raise CallsError(ErrorCode.SESSION_FULL, "The session is full.")

    handle.instead[JoinById] = refuse
    plan = StartPlan(credentials=KEY, target=TO)
    async with running(handle, plan) as rig:
        await rig.until("ask: Try again? yes or no. Default yes.")
        rig.type("", "no")
        assert await rig.ended() == 4
        assert rig.lines[-2] == "error: The session is full."
        assert len(handle.called(JoinById)) == 2


async def test_nobody_is_asked_to_try_again_what_cannot_work():
    handle = FakeHandle()

    async def refuse(*_):
        raise CallsError("AUTH_ERR_CALL_TOKEN_EXPIRED", "The token has expired.")

    handle.instead[JoinById] = refuse
    async with running(handle, StartPlan(credentials=KEY, target=TO)) as rig:
        assert await rig.ended() == 3
        assert rig.lines[-1] == "error: The token has expired."


async def test_an_engine_that_dies_in_a_join_is_told_once():
    handle = FakeHandle()

    async def die(*_):
        handle.push(EngineGone("The engine process ended."))
        await rig.settle()
        raise CallsError(ErrorCode.CONNECTION_FAILED, "The engine process ended.")

    handle.instead[JoinById] = die
    async with running(handle, ANA) as rig:
        rig.type("/join standup", "")
        await rig.ended()
        assert rig.text.count("The engine process ended.") == 1


async def test_a_refused_login_asks_again():
    handle = FakeHandle(refuse=CallsError("AUTH_ERR_API_KEY_NOT_FOUND", "Wrong API key."))
    async with running(handle, ANA) as rig:
        await rig.until("error: Wrong API key.")
        await rig.until("ask: API key?")
        handle.refuse = None
        rig.type("right")
        await rig.until("info: Signed in as Ana Lopez.")
        assert [(one.uid, one.api_key) for one in handle.called(Login)] == [
            ("ana", "key"),
            ("ana", "right"),
        ]
        assert "right" not in rig.text


async def test_a_refused_login_on_a_pipe_is_3():
    handle = FakeHandle(refuse=CallsError("AUTH_ERR_API_KEY_NOT_FOUND", "Wrong API key."))
    async with running(handle, ANA, interactive=False) as rig:
        assert await rig.ended() == 3


async def test_without_a_login_a_pipe_is_3():
    plan = StartPlan(credentials=Credentials(app=SERVER), target=TO)
    async with running(FakeHandle(), plan, interactive=False) as rig:
        assert await rig.ended() == 3
        assert rig.lines[-1].startswith("error: Nobody is logged in.")


async def test_a_livekit_room_needs_no_login():
    handle = FakeHandle()
    plan = StartPlan(target=JoinTarget(url="wss://example.org", token="jwt"))
    async with running(handle, plan) as rig:
        await rig.until("call: Joined")
        joined = handle.called(JoinRoom)[0]
        assert (joined.url, joined.token) == ("wss://example.org", "jwt")
        assert handle.called(Login) == []


async def test_a_call_token_needs_no_login():
    handle = FakeHandle()
    plan = StartPlan(
        target=JoinTarget(session_id="standup", token="call-token-standup", server=SERVER.server)
    )
    async with running(handle, plan) as rig:
        await rig.until("call: Joined standup")
        assert handle.called(Login) == []


async def test_a_duration_ends_the_call():
    handle = FakeHandle()
    plan = StartPlan(credentials=KEY, target=TO, duration_s=0.2)
    async with running(handle, plan) as rig:
        assert await rig.ended() == 0
        assert handle.called(Leave)


async def test_the_menu_takes_numbers_names_links_and_commands():
    handle = FakeHandle(remotes=people("Bo Chen"))
    handle.running = (RunningSession("standup", NOW_MS, ("Bo Chen",)),)
    handle.log = (LoggedCall("retro", NOW_MS - 1000, NOW_MS),)
    async with running(handle, replace(ANA, entrance=Entrance())) as rig:
        await rig.until("ask: Choose 1 to 5.")
        rig.type("9", "nobody")
        await rig.until("error: Nothing here is called that. Type a number, or b to quit.", times=2)
        rig.type("stand", "no")
        await rig.until("call: Joined standup.")
        assert handle.called(JoinById)[0].settings["startAudioMuted"] is False
        rig.type("/leave", "")
        await rig.until("ask: Choose 1 to 5.", times=4)
        rig.type("1", "my room", "")
        await rig.until("call: Joined my room.")
        rig.type("/leave", "")
        await rig.until("ask: Choose", times=5)
        rig.type(f"/join {make_join_link(SERVER.server, 'planning')}", "")
        await rig.until("call: Joined planning.")
        rig.type("/leave", "")
        await rig.until("ask: Choose", times=6)
        rig.type("/join http://elsewhere:1/join/x")
        await rig.until(
            "error: This link is for http://elsewhere:1, and your sign-in is for http://127.0.0.1:7880"
        )
        rig.type("/new voice", "")
        await rig.until("call: Joined ", times=4)
        assert handle.called(JoinById)[-1].settings["sessionType"] == "VOICE"


async def test_signing_in_to_an_app_of_cometchat():
    handle = FakeHandle()
    known = Credentials(app=SERVER, api_key="of the server")
    async with running(handle, StartPlan(credentials=known)) as rig:
        await rig.until("ask: Sign in where? Enter for")
        rig.type("app")
        await rig.until("ask: App ID?")
        rig.type("app1")
        await rig.until("ask: Region? us, eu, in or in-private. Enter for us.")
        rig.type("eu", "ana")
        await rig.until("ask: API key?")  # that of the server stays behind
        rig.type("of app1")
        await rig.until("info: Signed in as Ana Lopez.")
        assert handle.called(Init)[-1].settings == AppSettings(app_id="app1", region="eu")
        assert handle.called(Login)[-1].api_key == "of app1"


async def test_the_menu_refreshes_and_signs_out():
    handle = FakeHandle()
    async with running(handle, ANA) as rig:
        await rig.until("ask: Choose 1 to 3.")
        handle.running = (RunningSession("standup", NOW_MS, ("Bo Chen",)),)
        rig.type("/refresh")
        await rig.until("menu: 3. standup, running, with Bo Chen.")
        rig.type("/logout")
        await rig.until("info: Signed out.")
        await rig.until("ask: Sign in where?")
        assert handle.called(Logout) == [Logout()]


async def test_control_d_in_the_menu_quits():
    async with running(FakeHandle(), ANA) as rig:
        await rig.until("ask: Choose")
        rig.press_control_d()
        assert await rig.ended() == 0


async def test_a_service_without_lists_still_lets_one_join():
    handle = FakeHandle()

    async def refuse(*_):
        raise CallsError(ErrorCode.BAD_RESPONSE, "No such page.")

    handle.instead[ListRunning] = refuse
    async with running(handle, ANA) as rig:
        await rig.until("error: No list of sessions: No such page.")
        rig.type("/join standup", "")
        await rig.until("call: Joined standup")


def test_a_session_id_can_be_read_out():
    assert {len(new_session_id()) for _ in range(20)} == {12}
    assert new_session_id() != new_session_id()


async def test_commands_work_before_signing_in():
    async with running(FakeHandle(), StartPlan(credentials=Credentials(app=SERVER))) as rig:
        await rig.until("ask: Sign in where?")
        rig.type("/new", "/devices", "/who", "/quit")
        await rig.until("error: Sign in first.")
        await rig.until("info: Microphone: using USB Audio.")
        await rig.until("error: /who works in a call, and you are not in one.")
        assert await rig.ended() == 0


async def test_an_engine_that_does_not_answer_keeps_nobody(monkeypatch):
    monkeypatch.setattr("tui.domain.endings._LEAVE_S", 0.05)
    monkeypatch.setattr("tui.linear.dispatch._ANSWER_S", 0.05)
    handle = FakeHandle()

    async def hang(*_):
        await asyncio.Event().wait()

    async with in_call(handle) as rig:
        handle.instead[Leave] = hang
        rig.type("/leave", "")
        await rig.until("error: /leave had no answer in 0 seconds.")
        rig.end_input()
        assert await rig.ended() == 0


async def test_a_user_id_with_a_space_is_refused_before_the_key_is_asked_for():
    handle = FakeHandle()
    async with running(handle, StartPlan(credentials=Credentials(app=SERVER))) as rig:
        rig.type("", "ana lopez")
        await rig.until("error: A user ID has no spaces. Check it.")
        await rig.until("ask: Sign in where?", times=2)
        assert "API key?" not in rig.text


async def test_control_d_before_a_call_says_that_it_quits():
    async with running(FakeHandle(), StartPlan(credentials=Credentials(app=SERVER))) as rig:
        await rig.until("ask: Sign in where?")
        rig.keyboard.typed.put_nowait(EndOfLineInput())
        assert await rig.ended() == 0
        assert rig.lines[-1] == "info: Quitting."


async def test_a_pipe_is_asked_too_before_a_call_ends_for_all():
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle, interactive=False) as rig:
        rig.type("/end", "/host-remove Bo")
        await rig.until("error: End the call for all 2 people? Not done: nobody can answer here.")
        await rig.until("error: Remove Bo Chen from the call? Not done")
        assert (handle.called(EndForAll), handle.called(Remove)) == ([], [])
        rig.type("/host-remove Bo --yes")
        await rig.until("host: Removed Bo Chen.")
        rig.type("/end --yes")
        assert await rig.ended() == 0
        assert handle.called(EndForAll) == [EndForAll()]


async def test_what_announce_chose_is_there_in_the_next_call():
    memory = Forgetful()
    async with in_call(FakeHandle(), memory=memory) as rig:
        rig.type("/announce chat off", "/announce speaking all")
        await rig.until("info: Announcements of who speaks: all.")
    async with in_call(FakeHandle(), memory=memory) as rig:
        rig.type("/announce")
        await rig.until("chat off")
        await rig.until("speaking all.")
