"""The voice runs real programs: argument lists, silence at once, nothing left behind."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.fakes.handle import FakeHandle
from tests.fakes.speech import Programs
from tui.domain.announcements import Category, Priority
from tui.domain.commands import Command
from tui.domain.commands.local import Duck, Hush, Say
from tui.domain.errors import CallsError, ErrorCode
from tui.front.announcer import Announcer, BellChoice
from tui.front.announcer.announcer import RING_GAP_S
from tui.ports.handle import Handle, R


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    monkeypatch.setenv("PATH", str(tmp_path))
    fakes = Programs(tmp_path)
    fakes.add("spd-say")
    return fakes


def turned_down(handle: FakeHandle) -> list[float]:
    """For how long, each time."""
    return [duck.seconds for duck in handle.called(Duck)]


@asynccontextmanager
async def speaking(announcer: Announcer, handle: Handle | None = None) -> AsyncIterator[list[str]]:
    told: list[str] = []
    announcer.open(told.append)
    holding = handle or FakeHandle()
    task = asyncio.create_task(announcer.run(lambda: holding))
    try:
        yield told
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_announcements_are_said_with_their_priority(programs: Programs) -> None:
    handle = FakeHandle()
    announcer = Announcer(speak="auto")
    async with speaking(announcer, handle) as told:
        announcer.shown(Category.CHAT, "-h; rm -rf $HOME\x07", Priority.NORMAL)
        await until(lambda: 0 in turned_down(handle)[-1:])
        announcer.shown(Category.NET, "Connection lost.", Priority.URGENT)
        await until(lambda: len(programs.runs) == 2 and turned_down(handle)[-1] == 0)
        announcer.shown(Category.SPEAKING, "Bo.", Priority.LOW)
    assert programs.runs == [
        ["-N", "cellcall", "-w", "-P", "text", "--", "-h; rm -rf $HOME"],
        ["-N", "cellcall", "-w", "-P", "important", "--", "Connection lost."],
    ]
    assert not told
    assert turned_down(handle)[0] == 2.0, "others are turned down while it speaks"
    assert not handle.called(Say), "speech-dispatcher is not ours to mix"


async def test_a11y_13_hush_is_silent_at_once_and_forgets_what_waits(programs: Programs) -> None:
    announcer = Announcer(speak="spd-say")
    async with speaking(announcer):
        announcer.shown(Category.CHAT, "long story", Priority.NORMAL)
        announcer.shown(Category.CHAT, "another", Priority.NORMAL)
        await until(lambda: programs.pids)
        speaker = programs.pids[0]
        assert announcer.hush() == "Stopped reading aloud."
        await until(lambda: not alive(speaker))
        await until(lambda: len(programs.runs) == 2)
        await until(lambda: announcer.hush() == "Nothing was being read aloud.")
    assert programs.runs[1] == ["-N", "cellcall", "-C"], "the daemon is told, too"
    assert len(programs.runs) == 2


async def test_what_is_important_cuts_off_what_is_not(programs: Programs) -> None:
    announcer = Announcer(speak="spd-say")
    async with speaking(announcer):
        announcer.shown(Category.CHAT, "long story", Priority.NORMAL)
        await until(lambda: programs.pids)
        announcer.shown(Category.HOST, "A moderator muted you.", Priority.URGENT)
        await until(lambda: len(programs.runs) == 3)
        assert programs.runs[2][-1] == "A moderator muted you."
        assert not alive(programs.pids[0])


async def test_the_end_leaves_no_process(programs: Programs) -> None:
    announcer = Announcer(speak="spd-say")
    async with speaking(announcer):
        announcer.shown(Category.CHAT, "long story", Priority.NORMAL)
        await until(lambda: programs.pids)
    assert not alive(programs.pids[0]), "killed and reaped"


async def test_a_program_that_fails_is_told_once_and_left_alone(programs: Programs) -> None:
    announcer = Announcer(speak="spd-say")
    async with speaking(announcer) as told:
        announcer.shown(Category.CHAT, "broken", Priority.NORMAL)
        await until(lambda: told)
        announcer.shown(Category.CHAT, "more", Priority.NORMAL)
        assert told == ["Reading aloud is off: spd-say ended with code 3. To try again: /speak on"]
        assert announcer.speak("").endswith("off.")
        assert "with spd-say" in announcer.speak("on")


class Gone(FakeHandle):
    """An engine that is gone."""

    async def do(self, command: Command[R], *, action: str = "") -> R:
        raise CallsError(ErrorCode.CONNECTION_FAILED, "Gone.")


@pytest.mark.parametrize("program", ["spd-say", "espeak-ng"])
async def test_an_engine_that_is_gone_keeps_nobody_from_speaking(
    programs: Programs, program: str
) -> None:
    programs.add("espeak-ng")
    announcer = Announcer(speak=program)
    async with speaking(announcer, Gone()):
        announcer.shown(Category.INFO, "Hello.", Priority.REPLY)
        await until(lambda: programs.runs)


# ---- in the sound of the call
@pytest.fixture
def handle() -> FakeHandle:
    handle = FakeHandle()
    handle.has_loudspeaker = True
    return handle


@pytest.mark.parametrize(("name", "speak"), [("espeak-ng", "auto"), ("say", "say")])
async def test_it_is_heard_in_the_sound_of_the_call(
    programs: Programs, handle: FakeHandle, name: str, speak: str
) -> None:
    programs.add("say")
    programs.add("espeak-ng")
    announcer = Announcer(speak=speak)
    async with speaking(announcer, handle) as told:
        announcer.shown(Category.CHAT, "-x [[hi]]\x07", Priority.NORMAL)
        await until(lambda: handle.called(Say) and turned_down(handle)[-1] == 0)
        assert handle.called(Say) == [Say("-x [hi]", name)]
        assert turned_down(handle)[0] == 2.0
        assert "part of the call's sound" in announcer.speak("")
        handle.has_loudspeaker = False
        announcer.shown(Category.CHAT, "after the call", Priority.NORMAL)
        await until(lambda: programs.runs)
    assert programs.runs == [["--", "after the call"]], "past the call only where there is none"
    assert not told


async def test_hush_and_what_is_important_end_it_in_the_call(
    programs: Programs, handle: FakeHandle
) -> None:
    programs.add("espeak-ng")
    announcer = Announcer(speak="espeak-ng")
    async with speaking(announcer, handle):
        announcer.shown(Category.CHAT, "long story", Priority.NORMAL)
        announcer.shown(Category.CHAT, "another", Priority.NORMAL)
        await until(lambda: handle.called(Say))
        assert announcer.hush() == "Stopped reading aloud."
        await until(lambda: announcer.hush() == "Nothing was being read aloud.")
        assert len(handle.called(Hush)) == 1
        announcer.shown(Category.CHAT, "long story", Priority.NORMAL)
        await until(lambda: len(handle.called(Say)) == 2)
        announcer.shown(Category.HOST, "A moderator muted you.", Priority.URGENT)
        await until(lambda: len(handle.called(Say)) == 3)
        assert handle.called(Say)[-1] == Say("A moderator muted you.", "espeak-ng")
        announcer.shown(Category.CHAT, "long story", Priority.NORMAL)
        await until(lambda: len(handle.called(Say)) == 4)
    assert len(handle.called(Hush)) == 3, "the end of the front end ends it, too"
    assert not programs.runs


@pytest.mark.parametrize(
    ("speak", "far_host", "told"),
    [
        ("off", "", ""),
        ("auto", "build7", "it would speak on build7, not where you are. /speak on does it"),
        ("espeak-ng", "", "espeak-ng is not installed. To fix it: sudo apt install espeak-ng"),
        ("spd-say", "build7", ""),
    ],
)
async def test_what_is_in_the_way_is_told_in_one_line(
    programs: Programs, speak: str, far_host: str, told: str
) -> None:
    async with speaking(Announcer(speak=speak, far_host=far_host)) as lines:
        assert len(lines) == bool(told)
        assert not told or told in lines[0]


async def test_speak_on_and_off(programs: Programs) -> None:
    announcer = Announcer()
    async with speaking(announcer):
        announcer.shown(Category.CHAT, "unheard", Priority.NORMAL)
        assert announcer.speak("on").startswith("Reading announcements aloud with spd-say.")
        announcer.shown(Category.CHAT, "heard", Priority.NORMAL)
        await until(lambda: programs.runs)
        assert programs.runs[0][-1] == "heard"
        assert announcer.speak("off") == "Reading announcements aloud is off."
        with pytest.raises(CallsError, match="allowed: on or off"):
            announcer.speak("loud")
    (programs.folder / "spd-say").unlink()
    with pytest.raises(CallsError, match="sudo apt install espeak-ng"):
        announcer.speak("on")


def test_the_bell_rings_at_most_every_two_seconds() -> None:
    now = [100.0]
    announcer = Announcer(bell=BellChoice.IMPORTANT, clock=lambda: now[0])
    rung: list[float] = []
    announcer.ring = lambda: rung.append(now[0])
    for _ in range(10):
        announcer.shown(Category.ERROR, "No.", Priority.NORMAL)
    now[0] += RING_GAP_S
    announcer.shown(Category.CHAT, "Bo: hi", Priority.NORMAL)
    announcer.shown(Category.NET, "Lost.", Priority.URGENT)
    assert rung == [100.0, 102.0]


def test_quiet_time() -> None:
    now = [100.0]
    announcer = Announcer(clock=lambda: now[0])
    chat = (Category.CHAT, Priority.NORMAL)
    assert not announcer.silences(*chat)
    assert announcer.quiet("").startswith("Announcements are not silenced.")
    assert announcer.quiet("5").startswith("Quiet for 5 minutes: only what is urgent")
    assert announcer.silences(*chat)
    assert not announcer.silences(Category.NET, Priority.URGENT)
    now[0] += 4 * 60
    assert announcer.quiet("").startswith("Quiet for 1 minute:")
    now[0] += 61
    assert not announcer.silences(*chat)
    announcer.quiet("5")
    announcer.quiet("off")
    assert not announcer.silences(*chat)
    for wrong in ("soon", "-3", "601", "1.5"):
        with pytest.raises(CallsError, match="allowed: 1 to 600 minutes, or off"):
            announcer.quiet(wrong)
