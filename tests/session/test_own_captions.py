"""Captions of what we say: heard behind the gate, sent to all, told to all, never in the way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.audio.test_phrases import silence, speech
from tests.fakes.world import FakeWorld, remote
from tests.session.rig import MEDIA, Heard, joined
from tui.domain.commands.call import ReadCaptions
from tui.domain.commands.own import SetMuted, SetOwnCaptions
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.happenings import CaptionedByProgram, OwnCaptions, OwnCaptionsBehind
from tui.domain.rights import Rights
from tui.ports.recogniser import RecogniserGone
from tui.ports.transport_events import CaptionReceived, CaptionSegment, ParticipantUpdated
from tui.session.core import SessionCore
from tui.session.seat import Seat


@dataclass
class FakeRecogniser:
    """Answers how long a phrase is, and what is in `answers` first."""

    language: str = "en"
    heard: list[tuple[float, bool]] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    async def words(self, samples: NDArray[np.int16], *, final: bool) -> str:
        await self.held.wait()
        seconds = len(samples) / 16_000
        self.heard.append((seconds, final))
        answer = self.answers.pop(0) if self.answers else f"{seconds:.0f} seconds"
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    async def close(self) -> None:
        self.closed = True


@dataclass
class FakeRecognisers:
    made: list[FakeRecogniser] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    refuse: CallsError | None = None

    async def begin(self, model: str, language: str) -> FakeRecogniser:
        self.asked.append((model, language))
        if self.refuse is not None:
            raise self.refuse
        self.made.append(FakeRecogniser())
        self.made[-1].held.set()
        return self.made[-1]


@pytest.fixture
def world() -> FakeWorld:
    world = FakeWorld()
    world.recognisers = FakeRecognisers()
    world.transport.others = (remote("bo", name="Bo Chen"),)
    return world


OWN = replace(MEDIA, captions_model="/model", own_captions=True)


def sent(world: FakeWorld) -> list[str]:
    return [words for name, (_, words) in _said(world)]


def _said(world: FakeWorld) -> list[tuple[str, Any]]:
    return [one for one in world.transport.said if one[0] == "caption"]


def speak(world: FakeWorld, *parts: NDArray[np.int16]) -> None:
    """Into the microphone, as its thread does."""
    sound = np.concatenate(parts)
    for at in range(0, len(sound), 4800):
        assert world.devices.microphone.on_block is not None
        world.devices.microphone.on_block(sound[at : at + 4800])


async def on(calls: SessionCore, heard: Heard) -> None:
    await heard.until(lambda: calls.outlet.newest.local.captioned)


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


async def test_what_we_say_is_sent_kept_and_told(world: FakeWorld) -> None:
    async with joined(world, media=OWN) as (calls, heard):
        await on(calls, heard)
        assert world.recognisers.asked == [("/model", "en-US")]
        assert world.transport.attributes["cellcall.captioned"] == "1"
        assert (
            "info: A program here writes captions of what you say. Everybody is told."
            in heard.texts
        )
        speak(world, silence(1), speech(2), silence(1))
        await until(lambda: sent(world))
        (_, (speaker, words)) = _said(world)[0]
        assert (speaker, words) == ("ana", "3 seconds")
        (kept,) = await Seat(calls).do(ReadCaptions())
        assert (kept.label, kept.text) == ("Ana Lopez, written by a program", "3 seconds")
        await Seat(calls).do(SetOwnCaptions(False))
        assert "cellcall.captioned" not in world.transport.attributes
        assert world.recognisers.made[0].closed
        assert calls.current.joined().media.capture.heard is None
        assert heard.happenings.count(OwnCaptions(False)) == 1
        await Seat(calls).do(SetOwnCaptions(False))
        assert heard.happenings.count(OwnCaptions(False)) == 1, "nothing was on"


async def test_nothing_is_heard_while_muted(world: FakeWorld) -> None:
    async with joined(world, media=OWN) as (calls, heard):
        await on(calls, heard)
        speak(world, silence(1), speech(2))
        await Seat(calls).do(SetMuted(True))
        speak(world, speech(5), silence(1))
        await until(lambda: sent(world))
        await Seat(calls).do(SetMuted(False))
        speak(world, silence(0.5), speech(1), silence(1))
        await until(lambda: len(sent(world)) == 2)
        finals = [seconds for seconds, final in world.recognisers.made[0].heard if final]
        assert finals == pytest.approx([3.0, 2.0], abs=0.2), "5 seconds were said to nobody"


async def test_a_phrase_is_guessed_at_and_its_end_replaces_the_guesses(world: FakeWorld) -> None:
    async with joined(world, media=OWN) as (calls, heard):
        await on(calls, heard)
        recogniser = world.recognisers.made[0]
        recogniser.answers = ["he low", "he low", "Hello every", ""]
        for _ in range(3):
            speak(world, speech(1.6))
            known = len(recogniser.heard)
            await until(lambda known=known: len(recogniser.heard) > known)
        await heard.until(lambda: calls.outlet.newest.captions)
        assert not calls.outlet.newest.captions[0].final
        speak(world, silence(1))
        await until(lambda: recogniser.heard[-1][1])
        await until(lambda: len(sent(world)) == 3)
        assert sent(world) == ["he low", "Hello every", "Hello every"], "what was read stands"
        ids = {words.id for words in world.transport.captions}
        assert len(ids) == 1
        assert [words.final for words in world.transport.captions] == [False, False, True]
        assert all(words.program for words in world.transport.captions)


async def test_a_machine_too_slow_leaves_out_the_oldest_and_says_so(world: FakeWorld) -> None:
    async with joined(world, media=OWN) as (calls, heard):
        await on(calls, heard)
        recogniser = world.recognisers.made[0]
        recogniser.held.clear()
        for _ in range(9):
            speak(world, silence(0.5), speech(4), silence(1))
        await heard.until(lambda: any(isinstance(x, OwnCaptionsBehind) for x in heard.happenings))
        told = [one for one in heard.happenings if isinstance(one, OwnCaptionsBehind)]
        assert len(told) == 1
        assert 10 < told[0].seconds < 30
        recogniser.held.set()
        await until(lambda: sent(world))


async def test_a_fault_of_ours_ends_the_captions_and_not_the_call(world: FakeWorld) -> None:
    async with joined(world, media=OWN) as (calls, heard):
        await on(calls, heard)
        recogniser = world.recognisers.made[0]
        recogniser.answers = [ZeroDivisionError()]
        speak(world, silence(1), speech(2), silence(1))
        await heard.until(lambda: not calls.outlet.newest.local.captioned)
        assert "Something went wrong; the log says what." in heard.texts[-1]
        assert (recogniser.closed, calls.outlet.newest.in_session) == (True, True)


async def test_one_that_dies_ends_the_captions_and_not_the_call(world: FakeWorld) -> None:
    async with joined(world, media=OWN) as (calls, heard):
        await on(calls, heard)
        world.recognisers.made[0].answers = [RecogniserGone("The recogniser has ended (SIGKILL).")]
        speak(world, silence(1), speech(2), silence(1))
        await heard.until(lambda: not calls.outlet.newest.local.captioned)
        assert heard.texts[-1] == (
            "info: No program writes captions of what you say. The recogniser has ended "
            "(SIGKILL). /captions own on starts it again."
        )
        assert calls.outlet.newest.in_session
        assert "cellcall.captioned" not in world.transport.attributes
        await Seat(calls).do(SetOwnCaptions(True, "/other"))
        await on(calls, heard)
        assert world.recognisers.asked[-1] == ("/other", "en-US")


async def test_a_model_that_is_none_is_told_and_the_call_goes_on(world: FakeWorld) -> None:
    world.recognisers.refuse = CallsError(ErrorCode.VALIDATION, "/model is not a folder.")
    async with joined(world, media=OWN) as (calls, heard):
        await heard.until(lambda: OwnCaptions(False, "/model is not a folder.") in heard.happenings)
        assert calls.outlet.newest.in_session
        with pytest.raises(CallsError, match="is not a folder"):
            await Seat(calls).do(SetOwnCaptions(True))


async def test_where_they_can_not_be_sent_nothing_begins(world: FakeWorld) -> None:
    async with joined(world) as (calls, _heard):
        world.transport.carries_captions = False
        with pytest.raises(CallsError) as refused:
            await Seat(calls).do(SetOwnCaptions(True, "/model"))
        assert refused.value.code == ErrorCode.NOT_SUPPORTED
        assert "not available in this call" in refused.value.description
        assert not world.recognisers.asked


async def test_who_may_not_write_has_none(world: FakeWorld) -> None:
    world.transport.rights = Rights(write=False)
    async with joined(world) as (calls, _heard):
        with pytest.raises(CallsError) as refused:
            await Seat(calls).do(SetOwnCaptions(True, "/model"))
        assert refused.value.code == ErrorCode.NOT_PERMITTED


async def test_the_call_s_end_closes_it(world: FakeWorld) -> None:
    async with joined(world, media=OWN) as (calls, heard):
        await on(calls, heard)
        await calls.leave()
        await until(lambda: world.recognisers.made[0].closed)


async def test_others_see_that_a_program_writes(world: FakeWorld) -> None:
    async with joined(world) as (calls, heard):
        theirs = remote("bo", name="Bo Chen", attributes={"cellcall.captioned": "1"})
        world.transport.hear(ParticipantUpdated(theirs))
        words = CaptionSegment("1", "Good morning.", True, "en", program=True)
        world.transport.hear(CaptionReceived("bo", "bo", (words,)))
        await heard.until(lambda: calls.outlet.newest.captions)
        assert calls.outlet.newest.captions[0].label == "Bo Chen, written by a program"
        assert "info: A program writes captions of what Bo Chen says." in heard.texts
        world.transport.hear(ParticipantUpdated(remote("bo", name="Bo Chen")))
        await heard.until(
            lambda: (
                [x.on for x in heard.happenings if isinstance(x, CaptionedByProgram)]
                == [True, False]
            )
        )


async def test_whoever_comes_later_is_told(world: FakeWorld) -> None:
    attributes = {"cellcall.captioned": "1"}
    world.transport.others = (remote("bo", name="Bo Chen", attributes=attributes),)
    async with joined(world) as (_calls, heard):
        await heard.until(
            lambda: "info: A program writes captions of what Bo Chen says." in heard.texts
        )
