"""`--json`: plain mode for programs."""

import json
from typing import Any

from tests.fakes.handle import NOW_MS, FakeHandle, people
from tests.fakes.happenings import somebody
from tests.linear.rig import Rig, in_call
from tui.domain.happenings import HandRaised, Joined, Person, SpeakerChanged
from tui.domain.snapshot import ChatMessage


def objects(rig: Rig) -> list[dict[str, Any]]:
    return [json.loads(line) for line in rig.lines]


async def test_each_line_is_one_object_and_the_first_says_how_it_came_to_this() -> None:
    async with in_call(FakeHandle(remotes=people("Bo Chen")), plan={"json": True}) as rig:
        rig.type("/who", "/help mute", "/nonsense")
        await rig.until("There is no command /nonsense.")
        told = objects(rig)
    assert told[0] == {
        "type": "info",
        "at_ms": NOW_MS,
        "priority": "reply",
        "text": "Plain mode on (flag). Type /help for commands.",
    }
    assert [one["type"] for one in told[-5:]] == ["who", "who", "who", "help", "error"]


async def test_nothing_waits_and_nothing_is_summed_up() -> None:
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle, plan={"json": True}) as rig:
        before = len(rig.lines)
        rig.keyboard.on_key(line_is_empty=False)
        for name in ("Dee", "Eli", "Fay"):
            handle.push(Joined(somebody(name), 4))
        for name in ("Dee", "Eli", "Fay"):
            handle.push(SpeakerChanged(somebody(name)))
        await rig.settle()  # no time passes
        printed = objects(rig)[before:]
        told = [(one["type"], one["text"]) for one in printed if one["type"] != "event"]
        events = [one["name"] for one in printed if one["type"] == "event"]
    assert events == ["onParticipantJoined"] * 3 + ["onDominantSpeakerChanged"] * 3
    assert told == [("join", f"{name} joined. 4 people.") for name in ("Dee", "Eli", "Fay")] + [
        ("speaking", f"{name}.") for name in ("Dee", "Eli", "Fay")
    ]


async def test_chat_says_whose_it_is_and_events_of_the_sdk_are_there() -> None:
    handle = FakeHandle(remotes=people("Bo Chen"))
    payload = {"pid": "1", "name": "Bo \u202e", "uid": "bo"}
    async with in_call(handle, plan={"json": True}) as rig:
        handle.push(HandRaised(Person("PA_1", "bo", "Bo \u202e", pid="1"), 1))
        handle.push(ChatMessage("bo", "Bo", 'say "hi"\n\x1b[2J ünd 😀', 77))
        await rig.until("ParticipantHandRaised")
        await rig.until('"uid": "bo", "name": "Bo", "text"')
        told = objects(rig)
        assert rig.text.isascii()
        assert "\x1b" not in rig.text
    assert {"type": "event", "name": "onParticipantHandRaised", "payload": payload}.items() <= (
        told[-3].items()
    )
    assert told[-1] == {
        "type": "chat",
        "at_ms": 77,
        "priority": "normal",
        "uid": "bo",
        "name": "Bo",
        "text": 'say "hi"\n\x1b[2J ünd 😀',
    }


async def test_people_see_no_events_of_the_sdk() -> None:
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        handle.push(HandRaised(somebody("Bo"), 1))
        await rig.until("hand: Bo raised a hand.")
        assert "onParticipant" not in rig.text
