"""Reactions: ours is shown and taken away, those of others are said, and no other word is."""

from __future__ import annotations

import pytest

from tests.fakes.people import person
from tests.fakes.world import FakeWorld, remote
from tests.session.rig import joined
from tui.domain.commands.own import React
from tui.domain.errors import CallsError, ErrorCode
from tui.domain.meaning import next_hand
from tui.domain.reactions import Reaction, reaction, shown
from tui.domain.snapshot import Snapshot
from tui.ports.transport_events import ParticipantUpdated
from tui.session import reacting
from tui.session.seat import Seat


async def test_ours_is_shown_and_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reacting, "SHOWN_S", 0.05)
    world = FakeWorld()
    async with joined(world) as (calls, heard):
        await Seat(calls).do(React(Reaction.CLAP), action="react")
        assert heard.texts[-1] == "react: You showed applause."
        shows = [said for name, said in world.transport.said if name == "attributes"]
        assert shown(shows[0]["cellcall.reaction"]) is Reaction.CLAP
        gone = ("attributes", {"cellcall.reaction": ""})
        await heard.until(lambda: gone in world.transport.said)


async def test_those_of_others_are_said_each_time() -> None:
    world = FakeWorld()
    world.transport.others = (remote("bo", name="Bo Chen"),)
    async with joined(world) as (calls, heard):
        for said in ("wow 1", "wow 2", "", "\x1b[2J", "boo 3", "yes" * 100):
            attributes = {"cellcall.reaction": said}
            world.transport.hear(
                ParticipantUpdated(remote("bo", name="Bo Chen", attributes=attributes))
            )
        world.transport.hear(ParticipantUpdated(remote("bo", name="Bo Chen", muted=True)))
        await heard.until(lambda: calls.outlet.newest.participants[1].audio_muted)
        assert [one for one in heard.texts if one.startswith("react")] == [
            "react: Bo Chen: astonished."
        ] * 2


def test_a_reaction_is_typed_as_word_or_number() -> None:
    assert reaction("heart") is Reaction.HEART
    assert [reaction(str(number)) for number in range(1, 7)] == list(Reaction)
    for word in ("", "7", "0", "boo"):
        with pytest.raises(CallsError) as refused:
            reaction(word)
        assert refused.value.code == ErrorCode.VALIDATION
    assert len({one.sign for one in Reaction}) == len({one.told for one in Reaction}) == 6


def test_whose_hand_is_next() -> None:
    assert next_hand("", Snapshot()) == "No hand is up."
    bo, chi = (
        person(who, who.title(), hand_raised_at_ms=at) for who, at in (("bo", 9), ("chi", 5))
    )
    assert next_hand("", Snapshot(participants=(bo,))) == "Next is Bo. Nobody waits after them."
    assert next_hand("", Snapshot(participants=(bo, chi))) == "Next is Chi. Then Bo."
