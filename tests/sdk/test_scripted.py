"""The testing kit: people who follow a script, and time that stands still."""

from __future__ import annotations

import pytest
from cellcall.testing import (
    Captions,
    ConnectionLost,
    ConnectionRestored,
    EndsForAll,
    HasQuality,
    Joins,
    Leaves,
    Mutes,
    MutesUs,
    RaisesHand,
    ScriptedCalls,
    Shares,
    StopsVideo,
    Talks,
    Writes,
    scripted_calls,
)

from tui.domain.errors import CallsError, ErrorCode
from tui.domain.events import EVENTS
from tui.domain.ids import TrackSource
from tui.domain.participant import Quality
from tui.domain.snapshot import EndReason, Phase

PEOPLE = ("Bo Chen", "Cy Young")


class Heard:
    """Names of events, in order."""

    def __init__(self, calls: ScriptedCalls):
        self.names: list[str] = []
        for name in EVENTS:
            calls.add_event_listener(name, lambda _, name=name: self.names.append(name))

    def of(self, *names: str) -> list[str]:
        return [name for name in self.names if name in names]


async def joined(calls: ScriptedCalls, **settings: object) -> None:
    token = await calls.generate_token("standup")
    result = await calls.join_session(token, settings)
    assert result.error is None


async def test_a_scripted_call_is_joined_like_any_other() -> None:
    async with scripted_calls(user="ana", people=PEOPLE) as calls:
        user = calls.get_logged_in_user()
        assert user is not None and (user.uid, user.name) == ("ana", "Ana")
        heard = Heard(calls)
        await joined(calls)
        assert [one.name for one in calls.snapshot.participants] == ["Ana", *PEOPLE]
        assert [one.uid for one in calls.snapshot.remotes] == ["bo", "cy"]
        assert all(one.has_video and not one.audio_muted for one in calls.snapshot.remotes)
        assert heard.names[0] == "onSessionJoined"
        assert heard.of("onParticipantJoined") == ["onParticipantJoined"] * 2


async def test_an_app_may_init_and_log_in_as_ever() -> None:
    async with scripted_calls(user="ana") as calls:
        await calls.init(appId="desk", region="eu")
        assert (await calls.login("eve", "any key")).uid == "eve"
        await joined(calls)


async def test_people_do_what_the_script_says_when_it_says_it() -> None:
    script = [
        Joins("Di Fox", at_s=1),
        Mutes("Bo Chen", at_s=2),
        Mutes("Bo Chen", at_s=3, muted=False),
        StopsVideo("Bo Chen", at_s=3),
        RaisesHand("Cy Young", at_s=4),
        RaisesHand("Cy Young", at_s=5, raised=False),
        Talks("Cy Young", at_s=6, for_s=3),
        Writes("Bo Chen", "Good morning", at_s=7),
        HasQuality("Bo Chen", Quality.WEAK, at_s=7),
        Leaves("Cy Young", at_s=20),
    ]
    async with scripted_calls(people=PEOPLE, script=script) as calls:
        heard = Heard(calls)
        await joined(calls)
        assert len(calls.snapshot.remotes) == 2
        await calls.advance(2)
        di = calls.snapshot.remotes[-1]
        assert (di.name, di.uid) == ("Di Fox", "di")
        assert calls.snapshot.remotes[0].audio_muted
        await calls.advance(1)
        assert not calls.snapshot.remotes[0].audio_muted and calls.snapshot.remotes[0].video_paused
        await calls.advance(1)
        assert [one.name for one in calls.snapshot.hands] == ["Cy Young"]
        await calls.advance(3)
        assert calls.snapshot.hands == ()
        assert [one.name for one in calls.snapshot.remotes if one.speaking] == ["Cy Young"]
        assert [m.text for m in await calls.chat_history()] == ["Good morning"]
        assert calls.snapshot.remotes[0].quality is Quality.WEAK
        await calls.advance(4)  # The mark stays 1.5 s longer than the voice.
        assert not any(one.speaking for one in calls.snapshot.remotes)
        await calls.play()
        assert [one.name for one in calls.snapshot.remotes] == ["Bo Chen", "Di Fox"]
        assert heard.of("onParticipantHandRaised", "onParticipantLeft", "onDominantSpeakerChanged")
        assert calls.now_s == 20


async def test_time_stands_still_between_two_steps() -> None:
    async with scripted_calls() as calls:
        await joined(calls, idleTimeoutPeriodBeforePrompt=5000, idleTimeoutPeriodAfterPrompt=9000)
        assert calls.snapshot.idle is None
        await calls.advance(7)
        assert calls.snapshot.idle is not None
        heard = Heard(calls)
        await calls.advance(9)
        assert calls.snapshot.ended is EndReason.IDLE
        assert "onSessionTimedOut" in heard.names


async def test_a_screen_is_shared_and_shared_no_more() -> None:
    script = [Shares("Bo Chen"), Shares("Bo Chen", at_s=2, shared=False)]
    async with scripted_calls(people=["Bo Chen"], script=script) as calls:
        await joined(calls)
        await calls.advance(0)
        bo = calls.snapshot.remotes[0]
        assert bo.stream(TrackSource.SCREEN_SHARE) is not None
        await calls.play()
        assert calls.snapshot.remotes[0].stream(TrackSource.SCREEN_SHARE) is None


async def test_a_connection_is_lost_and_comes_back() -> None:
    script = [ConnectionLost(at_s=1), Leaves("Cy Young", at_s=2), ConnectionRestored(at_s=3)]
    async with scripted_calls(people=PEOPLE, script=script) as calls:
        heard = Heard(calls)
        await joined(calls)
        await calls.advance(1.5)
        assert calls.snapshot.phase is Phase.RECONNECTING
        await calls.advance(10)
        assert calls.snapshot.phase is Phase.LIVE
        assert heard.of("onConnectionLost", "onConnectionRestored") == [
            "onConnectionLost",
            "onConnectionRestored",
        ]


async def test_a_moderator_mutes_us_and_ends_the_session() -> None:
    script = [MutesUs(at_s=1), EndsForAll(at_s=2)]
    async with scripted_calls(people=PEOPLE, script=script) as calls:
        await joined(calls)
        await calls.advance(1)
        assert calls.snapshot.local is not None and calls.snapshot.local.audio_muted
        await calls.play()
        assert calls.snapshot.ended is EndReason.ENDED_FOR_ALL


async def test_our_user_moderates_the_cast() -> None:
    async with scripted_calls(people=PEOPLE) as calls:
        await joined(calls)
        await calls.mute_participant("bo")
        await calls.remove_participant("cy")
        await calls.advance(0)
        assert [one.name for one in calls.snapshot.remotes] == ["Bo Chen"]
        assert calls.snapshot.remotes[0].audio_muted
    async with scripted_calls(people=PEOPLE, moderator=False) as calls:
        await joined(calls)
        with pytest.raises(CallsError) as refused:
            await calls.mute_participant("bo")
        assert refused.value.code == ErrorCode.NOT_PERMITTED


async def test_a_join_is_refused_when_the_test_says_so() -> None:
    full = CallsError(ErrorCode.SESSION_FULL, "The session is full.")
    async with scripted_calls(people=PEOPLE, refuse=full) as calls:
        result = await calls.join_session_by_id("standup")
        assert result.error == full


async def test_captions_are_read_and_written() -> None:
    said = [
        Captions("Bo Chen", "Good mor", at_s=1, final=False, segment="1"),
        Captions("Bo Chen", "Good morning.", at_s=2, segment="1"),
    ]
    async with scripted_calls(people=PEOPLE, script=said) as calls:
        await joined(calls)
        await calls.advance(1.5)
        assert await calls.caption_history() == ()
        await calls.advance(1)
        await calls.send_caption("I heard him.")
        bo = next(one for one in calls.snapshot.participants if one.name == "Bo Chen")
        await calls.send_caption("He nodded.", speaker=bo.uid)
        told = [f"{one.label}: {one.text}" for one in await calls.caption_history()]
        ours = calls.snapshot.local.name
        assert told == [
            "Bo Chen: Good morning.",
            f"{ours}: I heard him.",
            f"Bo Chen, written by {ours}: He nodded.",
        ]


async def test_what_our_user_writes_is_kept() -> None:
    async with scripted_calls(people=PEOPLE) as calls:
        await joined(calls)
        await calls.send_chat("Hello")
        assert calls.written == ["Hello"]


@pytest.mark.parametrize("pictures", ["nothing like it", "colour=red", {"Bo Chen": "/no/where"}])
async def test_pictures_that_are_none_are_named(pictures: str | dict[str, str]) -> None:
    with pytest.raises(CallsError) as refused:
        scripted_calls(people=["Bo Chen"], pictures=pictures)
    assert refused.value.field == "pictures"


async def test_a_step_of_somebody_who_is_not_there_is_named() -> None:
    async with scripted_calls(people=PEOPLE, script=[Mutes("Eve", at_s=1)]) as calls:
        await joined(calls)
        with pytest.raises(CallsError, match=r"Eve.*Bo Chen, Cy Young"):
            await calls.play()
