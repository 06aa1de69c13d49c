"""Every documented event fires, or is named as never firing with the reason."""

from __future__ import annotations

import pytest
from cellcall.testing import (
    ConnectionLost,
    ConnectionRestored,
    EndsForAll,
    GivesUp,
    HasQuality,
    Leaves,
    Mutes,
    PlugsIn,
    RaisesHand,
    Records,
    ScriptedCalls,
    Shares,
    Step,
    StopsVideo,
    Talks,
    scripted_calls,
)

from tests.sdk.test_scripted import PEOPLE, Heard, joined
from tui.domain.actions import ACTIONS
from tui.domain.commands.call import PressButton, ReadChat
from tui.domain.events import EVENTS, FRONT_END_EVENTS, NEVER_FIRED
from tui.domain.participant import Quality
from tui.domain.snapshot import EndReason

BUSY: tuple[Step, ...] = (
    Mutes("Bo Chen", at_s=1),
    Mutes("Bo Chen", at_s=2, muted=False),
    StopsVideo("Bo Chen", at_s=1),
    StopsVideo("Bo Chen", at_s=2, stopped=False),
    RaisesHand("Bo Chen", at_s=3),
    RaisesHand("Bo Chen", at_s=4, raised=False),
    Talks("Cy Young", at_s=5),
    Records("Cy Young", at_s=6),
    Records("Cy Young", at_s=7, records=False),
    Shares("Cy Young", at_s=6),
    Shares("Cy Young", at_s=7, shared=False),
    PlugsIn("Headset", at_s=8),
    ConnectionLost(at_s=10),
    ConnectionRestored(at_s=11),
    Leaves("Cy Young", at_s=12),
)


async def busy_call() -> set[str]:
    """What is heard when people and we do whatever there is to do."""
    async with scripted_calls(people=PEOPLE, script=BUSY) as calls:
        heard = Heard(calls)
        await joined(calls)
        await calls.play()
        await calls.toggle_audio()
        await calls.toggle_audio()
        await calls.pause_video()
        await calls.resume_video()
        await calls.toggle_recording()
        assert calls.snapshot.recording.endswith(".mkv")
        await calls.toggle_recording()
        await calls.start_screen_sharing("test:bars")
        await calls.stop_screen_sharing()
        await calls.set_layout("SPOTLIGHT")
        await calls.set_audio_input_device("Headset")
        await calls.set_audio_output_device("Headset")
        await calls.set_video_input_device("Headset")
        for action in ACTIONS:
            if action.button_event:
                await calls._line.do(ReadChat(), action=action.id)
        for name in FRONT_END_EVENTS:
            await calls._line.do(PressButton(name))
        await calls.leave_session()
        return set(heard.names)


async def lost_call() -> set[str]:
    async with scripted_calls(people=PEOPLE, script=[GivesUp(at_s=1)]) as calls:
        heard = Heard(calls)
        await joined(calls)
        await calls.play()
        return set(heard.names)


async def idle_call() -> list[str]:
    async with scripted_calls() as calls:
        heard = Heard(calls)
        await joined(calls, idleTimeoutPeriodBeforePrompt=1000, idleTimeoutPeriodAfterPrompt=1000)
        await calls.advance(5)
        return heard.names


async def peer_call(*script: Step) -> tuple[ScriptedCalls, list[str]]:
    calls = scripted_calls(people=["Bo Chen"], script=script, moderator=False)
    heard = Heard(calls)
    await joined(calls, isPeerCall=True)
    await calls.play()
    return calls, heard.names


async def test_each_one_fires_or_is_named_with_the_reason_why_not() -> None:
    weak = HasQuality("Bo Chen", Quality.LOST, at_s=1), HasQuality("Bo Chen", Quality.GOOD, at_s=2)
    calls, between_two = await peer_call(*weak)
    await calls.close()
    fired = await busy_call() | await lost_call() | set(await idle_call()) | set(between_two)
    assert fired & NEVER_FIRED.keys() == set()
    assert set(EVENTS) - fired - NEVER_FIRED.keys() == set()
    assert all(reason for reason in NEVER_FIRED.values())
    assert len(EVENTS) == 54


async def test_an_idle_session_is_timed_out_left_and_closed_in_this_order() -> None:
    names = await idle_call()
    assert names[-3:] == ["onSessionTimedOut", "onSessionLeft", "onConnectionClosed"]


async def test_our_own_leaving_is_told_as_left_and_closed() -> None:
    async with scripted_calls(people=PEOPLE) as calls:
        heard = Heard(calls)
        await joined(calls)
        await calls.leave_session()
        assert heard.names[-2:] == ["onSessionLeft", "onConnectionClosed"]


async def test_a_session_ended_for_all_is_told_as_left_and_closed() -> None:
    async with scripted_calls(people=PEOPLE, script=[EndsForAll(at_s=1)]) as calls:
        heard = Heard(calls)
        await joined(calls)
        await calls.play()
        assert heard.names[-2:] == ["onSessionLeft", "onConnectionClosed"]


async def test_a_peer_call_ends_for_both_when_the_other_one_leaves() -> None:
    calls, names = await peer_call(Leaves("Bo Chen", at_s=1))
    assert calls.snapshot.ended is EndReason.PEER_LEFT
    assert names[-2:] == ["onSessionLeft", "onConnectionClosed"]
    await calls.close()


async def test_a_call_of_several_goes_on_when_one_leaves() -> None:
    async with scripted_calls(people=["Bo Chen"], script=[Leaves("Bo Chen", at_s=1)]) as calls:
        await joined(calls)
        await calls.play()
        assert calls.snapshot.ended is None


async def test_a_broken_listener_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    async with scripted_calls(people=PEOPLE) as calls:
        heard = Heard(calls)

        def broken(_: object) -> None:
            raise ValueError("a fault of the app")

        calls.add_event_listener("onSessionJoined", broken)
        await joined(calls)
        assert "onSessionJoined" in heard.names
    assert "a fault of the app" in caplog.text
