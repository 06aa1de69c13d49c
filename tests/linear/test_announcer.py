"""Speech, bell and quiet time in plain mode: what is printed is said, and no more."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.fakes.handle import NOW_MS, FakeHandle, people
from tests.fakes.speech import Programs
from tests.front.announcer.test_voice import until
from tests.linear.rig import in_call
from tui.domain.commands.local import Duck, Hush, Say
from tui.domain.happenings import ConnectionLost, MutedByModerator
from tui.domain.happenings.english import sentence
from tui.domain.snapshot import ChatMessage
from tui.domain.wording import time_of_day
from tui.front.announcer import Announcer, BellChoice
from tui.linear.printer import Printer


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    monkeypatch.setenv("PATH", str(tmp_path))
    fakes = Programs(tmp_path)
    fakes.add("espeak-ng")
    return fakes


async def test_lines_are_read_aloud_and_others_turned_down(programs: Programs) -> None:
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle, announcer=Announcer(speak="espeak-ng")) as rig:
        await until(lambda: programs.runs)
        handle.push(ChatMessage("bo", "Bo Chen", "a story", 1))
        await until(lambda: any("Bo Chen: a story" in run[-1] for run in programs.runs))
        assert Duck(2.0) in handle.called(Duck)
        await until(lambda: handle.called(Duck)[-1] == Duck(0))
        rig.type("/shh")
        await rig.until("info: Nothing was being read aloud.")
        rig.type("/speak off", "/status")
        await rig.until("info: Reading announcements aloud is off.")
        await rig.until("info: standup")
    assert not any("Nothing was" in run[-1] or "standup," in run[-1] for run in programs.runs)


async def test_in_a_call_they_are_part_of_its_sound(programs: Programs) -> None:
    handle = FakeHandle(remotes=people("Bo Chen"))
    handle.has_loudspeaker = True
    async with in_call(handle, announcer=Announcer(speak="espeak-ng")) as rig:
        handle.push(ChatMessage("bo", "Bo Chen", "a long story", 1))
        await until(lambda: Say("Bo Chen: a long story", "espeak-ng") in handle.called(Say))
        rig.type("/shh")
        await rig.until("info: Stopped reading aloud.")
        await until(lambda: handle.called(Hush))
    assert not programs.runs


async def test_quiet_keeps_chat_to_the_log_and_lets_what_is_urgent_through() -> None:
    handle = FakeHandle(remotes=people("Bo Chen"))
    async with in_call(handle) as rig:
        rig.type("/quiet 5")
        await rig.until("info: Quiet for 5 minutes")
        handle.push(ChatMessage("bo", "Bo Chen", "psst", 1))
        handle.push(ConnectionLost())
        await rig.until("net: Connection lost.")
        assert "psst" not in rig.text
        rig.type("/log 5")
        await rig.until(f"chat: {time_of_day(NOW_MS)} Bo Chen: psst")
        await rig.pass_time(301)
        handle.push(ChatMessage("bo", "Bo Chen", "and now", 2))
        await rig.settle()
        await rig.pass_time(1)
        await rig.until("chat: Bo Chen: and now")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bell_is_for_terminals_only() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    for output in (terminal, pipe):
        Printer(output).ring()
    assert (terminal.getvalue(), pipe.getvalue()) == ("\a", "")


async def test_what_is_important_rings_once() -> None:
    handle = FakeHandle(remotes=people("Bo Chen"))
    announcer = Announcer(bell=BellChoice.IMPORTANT, clock=lambda: 100.0)
    async with in_call(handle, announcer=announcer) as rig:
        rung: list[str] = []
        announcer.ring = lambda: rung.append(rig.lines[-1])
        handle.push(ChatMessage("bo", "Bo Chen", "hi", 1))
        for _ in range(3):
            handle.push(MutedByModerator())
        await rig.until("host: A moderator muted you.", times=3)
        assert rung == [f"host: {sentence(MutedByModerator())}"]
