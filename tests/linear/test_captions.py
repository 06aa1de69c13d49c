"""Captions in plain mode: a line a turn, one at a time when pulled, and typed by a captioner."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.handle import NOW_MS, FakeHandle, people
from tests.linear.rig import Rig, in_call
from tui.domain.captions import Caption
from tui.domain.commands.call import SendCaption, SendChat
from tui.domain.happenings import Captioned


@pytest.fixture
def handle() -> FakeHandle:
    return FakeHandle(remotes=people("Bo Chen", "Chi Okafor"))


async def says(rig: Rig, who: str, text: str, after_s: float = 0.0, writer: str = "") -> None:
    rig.handle.push(Captioned(Caption(who, text, NOW_MS, NOW_MS + 1, writer=writer)))
    await rig.settle()
    await rig.pass_time(after_s)


def captions(rig: Rig) -> list[str]:
    return [line.removeprefix("caption: ") for line in rig.lines if line.startswith("caption:")]


async def test_a11y_14_a_turn_is_one_line_when_it_has_ended(handle: FakeHandle) -> None:
    async with in_call(handle, plan={"captions": "on"}) as rig:
        await says(rig, "Bo Chen", "The parser", after_s=1)
        await says(rig, "Bo Chen", "lands today.", after_s=1)
        assert captions(rig) == []
        await says(rig, "Chi Okafor", "Good.", after_s=3, writer="Cap")
        await says(rig, "Bo Chen", "x" * 200)
        await says(rig, "Bo Chen", "y" * 200, after_s=3)
        assert captions(rig) == [
            "Bo Chen: The parser lands today.",
            "Chi Okafor, written by Cap: Good.",
            f"Bo Chen: {'x' * 200}",
            f"Bo Chen: {'y' * 200}",
        ]


async def test_they_are_off_until_they_are_wished(handle: FakeHandle) -> None:
    async with in_call(handle) as rig:
        await says(rig, "Bo Chen", "Unheard.", after_s=3)
        assert captions(rig) == []
        rig.type(
            "/captions", "/captions on", "/captions 1", "/captions maybe", "/transcript find RD"
        )
        await rig.until("info: Captions are off.")
        await rig.until("info: Captions are on.")
        await rig.until("caption: Bo Chen: Unheard.", times=2)
        await rig.until("error: /captions takes on, off")


async def test_pulled_each_enter_gives_the_next_turn(handle: FakeHandle) -> None:
    async with in_call(handle, plan={"captions": "pull"}) as rig:
        for number in range(3):
            await says(rig, "Bo Chen", f"Line {number}.", after_s=3)
        await says(rig, "Chi Okafor", "And I")
        assert captions(rig) == []
        rig.type("/captions")
        await rig.until("Enter gives the next turn. 4 turns wait.")
        rig.type("")
        await rig.until("caption: Bo Chen: Line 0.")
        assert len(captions(rig)) == 1
        rig.type("", "", "", "")
        await rig.until("info: Nothing more was said.")
        assert captions(rig)[-1] == "Chi Okafor: And I"


async def test_nothing_grows_without_end(handle: FakeHandle) -> None:
    async with in_call(handle, plan={"captions": "pull"}) as rig:
        for number in range(2010):
            handle.push(Captioned(Caption(f"P{number}", "said", NOW_MS, NOW_MS + 1)))
        await rig.settle()
        await rig.pass_time(3)
        rig.type("")
        await rig.until("info: 10 turns too many to keep came before.")
        assert captions(rig) == ["P10: said"]


async def test_a_captioner_types_captions(handle: FakeHandle) -> None:
    async with in_call(handle) as rig:
        rig.type("/captioner on", "bo: Good morning.", "Bo Chen: Hello.", "Note: hello", "/say Hi")
        await rig.until("you: Hi")
        bo = handle.snapshot().remotes[0].id
        sent = [(one.text.strip(), one.speaker) for one in handle.called(SendCaption)]
        assert sent == [("Good morning.", bo), ("Hello.", bo), ("Note: hello", "")]
        assert [one.text for one in handle.called(SendChat)] == ["Hi"]
        assert "info: What you type is captions now: WORDS, or NAME: WORDS." in rig.text
        rig.type("/captioner off", "chat again", "/who")
        await rig.until("you: chat again")


async def test_a_log_of_its_own_gets_every_turn(handle: FakeHandle, tmp_path: Path) -> None:
    log = tmp_path / "captions"
    async with in_call(handle, plan={"captions_log": str(log)}) as rig:
        await says(rig, "Bo Chen", "Hello.", after_s=3)
        assert log.read_text() == "caption: Bo Chen: Hello.\n"
    nowhere = str(tmp_path / "no" / "log")
    async with in_call(FakeHandle(), plan={"captions_log": nowhere}) as rig:
        await rig.until("error: --captions-log: ")


async def test_for_programs_each_caption_at_once(handle: FakeHandle) -> None:
    async with in_call_json(handle) as rig:
        rig.handle.push(Captioned(Caption("Bo Chen", "Hello.", NOW_MS, NOW_MS + 1)))
        await rig.until('"type": "caption"')


def in_call_json(handle: FakeHandle):
    return in_call(handle, plan={"captions": "on", "json": True})
