"""A Jitsi room that does not let us in, line by line."""

import asyncio

import pytest

from tests.fakes.handle import FakeHandle
from tests.front.refusals import REFUSALS, ROOM, WRONG_PASSWORD
from tests.linear.rig import KEY, running
from tui.domain.commands.account import MeetServer
from tui.domain.commands.call import JoinAsGuest, JoinJitsi, Leave
from tui.domain.errors import CallsError, exit_code_of
from tui.domain.happenings import InLobby, SessionJoined
from tui.front.start import StartPlan
from tui.wire.address import make_join_link


@pytest.mark.parametrize(("error", "words"), REFUSALS, ids=[words for _, words in REFUSALS])
async def test_why_is_said(error: CallsError, words: str):
    handle = FakeHandle()

    async def refuse(_):
        raise error

    handle.instead[JoinJitsi] = refuse
    async with running(handle, ROOM, interactive=False) as rig:
        assert await rig.ended() == exit_code_of(error)
        assert rig.lines[-1].startswith("error: ") and words in rig.lines[-1]


async def test_the_password_is_asked_for_until_it_is_right():
    handle, given, right = FakeHandle(), [], asyncio.Event()

    async def guarded(command):
        given.append(command.password)
        if command.password != "sesame":
            raise WRONG_PASSWORD
        right.set()

    handle.instead[JoinJitsi] = guarded
    async with running(handle, ROOM) as rig:
        await rig.until("error: The room has another password.")
        await rig.until("ask: Password? Typing is hidden.")
        rig.type("sesam")
        await rig.until("ask: Password? Typing is hidden.", times=2)
        rig.type("sesame")
        await asyncio.wait_for(right.wait(), 5)
    assert given == ["", "sesam", "sesame"]
    assert "sesame" not in rig.text


async def test_waiting_outside_and_no_way_for_media_are_said():
    handle = FakeHandle()
    async with running(handle, ROOM) as rig:
        await rig.until("call: Connecting.")
        handle.push(InLobby())
        await rig.until("call: You wait in the lobby until a moderator lets you in.")
        handle.push(InLobby(not_begun=True))
        await rig.until("call: You wait until somebody with an account begins the call.")
        handle.push(SessionJoined("Room", ("Ana",), True, True, "no UDP packet comes through"))
        await rig.until("nobody hears you and you hear nobody: no UDP packet comes through")


@pytest.mark.parametrize("stop", ["/leave", "/quit", "control c", "control d"])
async def test_waiting_to_be_let_in_is_given_up_at_once(stop: str):
    handle, waiting = FakeHandle(), asyncio.Event()

    async def wait(_):
        waiting.set()
        await asyncio.Event().wait()

    handle.instead[JoinJitsi] = wait
    async with running(handle, ROOM) as rig:
        await waiting.wait()
        rig.type("kept for the call")
        handle.push(InLobby())
        await rig.until("call: You wait in the lobby until a moderator lets you in.")
        rig.type("/who")
        if stop == "control c":
            rig.press_control_c()
        elif stop == "control d":
            rig.press_control_d()
        else:
            rig.type(stop)
        assert await rig.ended() == 0
        assert "call: You no longer wait." in rig.lines
    assert Leave() in handle.calls


async def test_a_link_says_which_certificate_its_server_made():
    handle = FakeHandle()
    link = make_join_link("https://calls.test", "standup", invitation="abc", certificate="print")
    async with running(handle, StartPlan(credentials=KEY)) as rig:
        await rig.until("ask: Choose")
        rig.type(f"/join {link}")
        await rig.until("call: Connecting.")
    assert handle.called(MeetServer) == [MeetServer("https://calls.test", "print")]
    assert [one.invitation for one in handle.called(JoinAsGuest)] == ["abc"]
