"""Captions in a session: whose words they are, who wrote them, what is final; all bounded."""

from __future__ import annotations

import pytest

from tests.fakes.world import NOW_MS, FakeWorld, remote
from tests.session.rig import joined
from tui.domain.captions import KEPT, Caption
from tui.domain.commands.call import ReadCaptions, SendCaption, SetCaptioner
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import CaptionCut, Captioned, CaptionsBegan
from tui.domain.ids import NOBODY, ParticipantId
from tui.ports.transport_events import (
    CaptionReceived,
    CaptionSegment,
    JoinedSession,
    ParticipantUpdated,
    Reconnected,
)
from tui.session.captions import SHOWN
from tui.session.core import SessionCore
from tui.session.seat import Seat


@pytest.fixture
def world() -> FakeWorld:
    world = FakeWorld()
    world.transport.others = (
        remote("bo", name="Bo Chen"),
        remote("cap", name="Cap", attributes={"cellcall.captioner": "1"}),
        remote("bot", name="Scribe", agent=True),
    )
    return world


def said(sender: str, text: str, *, of: str = NOBODY, segment: str = "", final: bool = True):
    words = CaptionSegment(segment or text, text, final)
    return CaptionReceived(sender, of, (words,))


async def transcript(calls: SessionCore) -> list[str]:
    return [f"{one.label}: {one.text}" for one in await Seat(calls).do(ReadCaptions())]


async def test_whose_words_they_are_and_who_wrote_them(world: FakeWorld) -> None:
    async with joined(world) as (calls, heard):
        for event in (
            said("bo", "My own client wrote this."),
            said("bot", "An agent wrote this.", of="bo"),
            said("bot", "I am the agent."),
            said("cap", "A person wrote this.", of="bo"),
            said("cap", "Nobody said whose."),
            said("bo", "I say what you said.", of="ana"),
            said("stranger", "Who am I?", of="bo"),
        ):
            world.transport.hear(event)
        await heard.until(
            lambda: len([x for x in heard.happenings if isinstance(x, Captioned)]) == 7
        )
        assert await transcript(calls) == [
            "Bo Chen: My own client wrote this.",
            "Bo Chen: An agent wrote this.",
            "Scribe: I am the agent.",
            "Bo Chen, written by Cap: A person wrote this.",
            "Written by Cap: Nobody said whose.",
            "Ana Lopez, written by Bo Chen: I say what you said.",
            "Bo Chen, written by Somebody: Who am I?",
        ]
        assert heard.texts.count("caption: Bo Chen: My own client wrote this.") == 1
        people = {one.name: one for one in calls.outlet.newest.participants}
        assert (people["Scribe"].agent, people["Cap"].captioner) == (True, True)


async def test_what_is_sent_again_after_a_reconnect_keeps_its_time_and_order(
    world: FakeWorld,
) -> None:
    async with joined(world) as (calls, heard):
        now_ms = NOW_MS

        async def told(text: str, at_ms: int) -> int:
            segment = CaptionSegment(text, text, True, at_ms=at_ms)
            world.transport.hear(CaptionReceived(ParticipantId("bo"), NOBODY, (segment,)))
            await heard.until(lambda: any(text in one for one in heard.texts))
            return int((await Seat(calls).do(ReadCaptions()))[-1].at_ms) - now_ms

        assert await told("before", now_ms - 60_000) == 0, "other clocks may be wrong"
        world.time.now_s += 20
        bo = remote("bo", name="Bo Chen")
        world.transport.hear(Reconnected(JoinedSession("standup", 1, world.transport.local, (bo,))))
        assert await told("meanwhile", now_ms + 8_000) == 8_000
        assert await told("a slow clock", now_ms - 60_000) == 8_000
        assert await told("a fast clock", now_ms + 90_000) == 20_000
        world.time.now_s += 10
        assert await told("later", now_ms + 22_000) == 30_000


async def test_a_guess_is_shown_and_the_final_words_are_kept_once(world: FakeWorld) -> None:
    async with joined(world) as (calls, heard):
        world.transport.hear(said("bo", "he low", segment="1", final=False))
        await heard.until(lambda: calls.outlet.newest.captions)
        (guess,) = calls.outlet.newest.captions
        assert (guess.text, guess.final) == ("he low", False)
        assert await transcript(calls) == []
        for _ in range(2):  # in the newer and in the older form
            world.transport.hear(said("bo", "Hello.", segment="1"))
        world.transport.hear(said("bo", "And then", segment="2", final=False))
        await heard.until(lambda: len(calls.outlet.newest.captions) == 2)
        assert [one.text for one in calls.outlet.newest.captions] == ["Hello.", "And then"]
        assert await transcript(calls) == ["Bo Chen: Hello."]
        assert heard.happenings.count(CaptionsBegan()) == 1


async def test_a_segment_that_is_never_final_is_kept_as_it_stands(world: FakeWorld) -> None:
    async with joined(world) as (calls, heard):
        world.transport.hear(said("bo", "unfinished", final=False))
        await heard.until(lambda: calls.outlet.newest.captions)
        world.time.now_s += 11
        await heard.until(lambda: any(isinstance(one, Captioned) for one in heard.happenings))
        assert await transcript(calls) == ["Bo Chen: unfinished"]


async def test_hostile_and_endless_captions_are_cleaned_and_bounded(world: FakeWorld) -> None:
    async with joined(world) as (calls, heard):
        world.transport.hear(said("bo", "\x1b[2J[bold]x[/]\u202e\n"))
        world.transport.hear(said("bo", " \x00 "))
        for number in range(2):
            world.transport.hear(said("bo", f"{number}" * 20_000))
        for number in range(KEPT + 50):
            world.transport.hear(said("bo", f"word {number}"))
        for number in range(100):
            world.transport.hear(said("bo", f"guess {number}", segment=f"g{number}", final=False))
        last = f"word {KEPT + 49}"
        await heard.until(lambda: any(c.text == "guess 99" for c in calls.outlet.newest.captions))
        kept = await Seat(calls).do(ReadCaptions())
        assert len(kept) == KEPT
        assert len(calls.outlet.newest.captions) == SHOWN
        assert any(one.text == last for one in kept)
        assert heard.happenings.count(CaptionCut("Bo Chen")) == 1
        first, second, *_ = (one.caption for one in heard.happenings if isinstance(one, Captioned))
        assert first.text == "[2J[bold]x[/]"
        assert len(second.text) == 1000
        assert second.text.endswith("…")


async def test_ours_go_out_and_stand_in_the_transcript(world: FakeWorld) -> None:
    async with joined(world) as (calls, heard):
        seat = Seat(calls)
        await seat.do(SendCaption("I say this myself."))
        await seat.do(SetCaptioner(True))
        assert ("attributes", {"cellcall.captioner": "1"}) in world.transport.said
        assert calls.outlet.newest.local.captioner
        await seat.do(SendCaption("Good morning.", "bo"))
        await seat.do(SendCaption("No name."))
        sent = [what for name, what in world.transport.said if name == "caption"]
        assert sent == [
            (NOBODY, "I say this myself."),
            ("bo", "Good morning."),
            (NOBODY, "No name."),
        ]
        assert await transcript(calls) == [
            "Ana Lopez: I say this myself.",
            "Bo Chen, written by Ana Lopez: Good morning.",
            "Written by Ana Lopez: No name.",
        ]
        for text in ("", " \n", "x" * 1001):
            with pytest.raises(CallsError) as refused:
                await seat.do(SendCaption(text))
            assert refused.value.code == ErrorCode.VALIDATION
        world.transport.hear(ParticipantUpdated(remote("cap", name="Cap")))
        await heard.until(lambda: "info: Cap no longer writes captions." in heard.texts)


def test_a_label_says_who_wrote_it() -> None:
    assert Caption("", "x", 1, writer="Cap").label == "Written by Cap"
    assert Caption("Ana", "x", 1).label == "Ana"
