"""Whole calls, as printed."""

import time

import pytest

from tests.fakes.handle import FakeHandle, people
from tests.fakes.happenings import somebody
from tests.linear.rig import NOW_MS, in_call, running
from tui.domain.call_log import LoggedCall
from tui.domain.commands.account import Login
from tui.domain.commands.call import Stay
from tui.domain.happenings import (
    ConnectionLost,
    ConnectionRestored,
    IdlePrompted,
    Joined,
    Left,
    MutedByModerator,
    Person,
)
from tui.domain.ids import ParticipantId
from tui.domain.settings import AppSettings
from tui.domain.snapshot import ChatMessage, IdlePrompt, RunningSession
from tui.front.start import Credentials, Entrance, StartPlan
from tui.front.whose_sound import whose_sound

BUILD7 = whose_sound({"SSH_CONNECTION": "1"}, "build7")
GOLDEN = """\
info: Plain mode on (flag). Type /help for commands.
info: You are connected by SSH. Microphone and speaker are those of host build7, not your local \
machine.
call: Starting.
ask: Sign in where? Enter for http://127.0.0.1:7880, the address of another cellcall server, or \
app for a CometChat app.
ask: User ID?
ask: API key? Typing is hidden.
info: Signed in as Ana Lopez.
menu: 1. Join by session ID or link.
menu: 2. Start a new session.
menu: 3. standup, running, with Bo Chen and Chi Okafor.
menu: 4. retro, yesterday 09:00, 24 minutes.
menu: 5. Sign out.
ask: Choose 1 to 5.
info: Microphone: USB Audio.
info: Speaker: Headset.
info: Camera: none found. You will join without video.
info: Network: ok, 45 ms.
info: Say something. Listening for 3 seconds.
info: Microphone level good. /hear-me plays you to yourself.
ask: Join standup muted? yes or no. Default yes.
call: Connecting.
call: Joined standup. 3 people: Ana Lopez (you), Bo Chen, Chi Okafor. You are muted. Camera off.
speaking: Bo Chen.
chat: Bo Chen: notes are at example.org/n
join: Dee Park joined. 4 people.
hand: Your hand is up. You are number 1.
host: Bo Chen muted you. Turn the microphone on when you want to speak.
mic: Microphone on.
you: on my way to finish the parser
mic: Microphone off.
who: 4 people in the call.
who: 1. Ana Lopez, you, moderator, muted, camera off, hand up.
who: 2. Bo Chen, microphone on, speaking, camera on.
who: 3. Chi Okafor, microphone on, camera on.
who: 4. Dee Park, microphone on, camera on.
net: Connection lost. Trying again. Nobody hears you now.
net: Connected again after 6 seconds. You are muted.
info: standup, 12 minutes. Microphone off. Camera off. Hand up, number 1. 4 people. \
You are connected by SSH. Microphone and speaker are those of host build7, not your local machine.
leave: Bo Chen, Chi Okafor and Dee Park left. You are alone.
idle: You are the only person. The call ends in 3 minutes. Press Enter to stay, or type /leave.
ask: Leave standup? yes or no. Default yes.
call: Leaving.
call: Left standup after 15 minutes.
menu: 1. Join by session ID or link.
menu: 2. Start a new session.
menu: 3. Sign out.
ask: Choose 1 to 3.
"""


@pytest.fixture
def _utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_utc")
async def test_pln_t7_a_whole_call_reads_like_this():
    handle = FakeHandle(remotes=people("Bo Chen", "Chi Okafor"))
    handle.running = (RunningSession("standup", NOW_MS, ("Bo Chen", "Chi Okafor")),)
    day = 86_400_000
    handle.log = (LoggedCall("retro", NOW_MS - day, NOW_MS - day + 24 * 60_000),)
    plan = StartPlan(
        credentials=Credentials(app=AppSettings(server="http://127.0.0.1:7880")),
        entrance=Entrance(),
    )
    async with running(handle, plan, whose_sound=BUILD7) as rig:
        rig.type("", "ana", "secret", "3", "")
        await rig.until("call: Joined")
        handle.change_participant("bo", speaking=True)
        await rig.settle()
        await rig.pass_time(0.8)
        handle.push(ChatMessage("bo", "Bo Chen", "notes are at example.org/n", NOW_MS))
        await rig.settle()
        dee = people("x", "y", "Dee Park")[2]
        handle.change(participants=(*handle.snapshot().participants, dee))
        handle.push(Joined(somebody("Dee Park"), 4))
        await rig.settle()
        await rig.pass_time(0.8)
        rig.type("/hand")
        await rig.until("hand: Your hand is up")
        handle.push(MutedByModerator("Bo Chen"))
        await rig.until("host:")
        rig.type("/unmute")
        await rig.until("mic: Microphone on")
        rig.type("on my way to finish the parser")
        await rig.until("you: on my way")
        rig.type("/mute")
        await rig.until("mic: Microphone off")
        rig.type("/who")
        await rig.until("who: 4. Dee")
        handle.push(ConnectionLost())
        handle.push(ConnectionRestored(6.2, muted=True))
        await rig.until("net: Connected again")
        handle.now_ms = NOW_MS + 12 * 60_000
        rig.type("/status")
        await rig.until("info: standup, 12 minutes")
        local = handle.snapshot().local
        handle.change(participants=(local,))
        for rest, name in ((3, "Bo Chen"), (2, "Chi Okafor"), (1, "Dee Park")):
            handle.push(Left(somebody(name), rest))
        await rig.settle()
        await rig.pass_time(0.8)
        handle.change(idle=IdlePrompt(NOW_MS))
        handle.push(IdlePrompted(180))
        await rig.until("idle:")
        rig.type("")
        await rig.settle()
        assert handle.called(Stay) == [Stay()]
        handle.now_ms = NOW_MS + 15 * 60_000
        handle.running = handle.log = ()
        rig.type("/leave", "")
        await rig.until("ask: Choose 1 to 3.")
        assert rig.text == GOLDEN
        assert rig.keyboard.hidden == [True, False]
        assert [(one.uid, one.api_key) for one in handle.called(Login)] == [("ana", "secret")]
        await rig.settle()
        assert rig.exit_code is not None
        assert not rig.exit_code.done()
        rig.type("/quit")
        assert await rig.ended() == 0


async def test_a_named_session_is_joined_and_leaving_it_ends_the_program():
    async with in_call(FakeHandle(remotes=people("Bo Chen"))) as rig:
        rig.type("/leave", "yes")
        assert await rig.ended() == 0
        assert rig.lines[-1].startswith("call: Left standup after ")
        assert rig.keyboard.closed


async def test_two_people_of_one_name_are_two():
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        first, second = (Person(ParticipantId(f"id {n}"), "", "Guest") for n in (1, 2))
        handle.push(Joined(first, 3))
        await rig.settle()
        await rig.pass_time(0.3)
        handle.push(Joined(second, 4))
        await rig.settle()
        await rig.pass_time(1)
        assert rig.lines[-1] == "join: Guest and Guest joined. 4 people."
        await rig.pass_time(3)
        handle.push(Left(first, 3))
        handle.push(Joined(Person(ParticipantId("id 3"), "", "Guest"), 4))
        await rig.settle()
        await rig.pass_time(3)
        assert rig.lines[-2:] == ["leave: Guest left. 4 people.", "join: Guest joined. 4 people."]
