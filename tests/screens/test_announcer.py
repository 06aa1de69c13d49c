"""Speech, bell and quiet time in the app, by keys and typed commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes.happenings import somebody
from tests.fakes.speech import Programs
from tests.front.announcer.test_voice import alive
from tests.screens.driving import Driver, called, in_call, logged_in, make_app, until
from tui.domain.commands.local import Duck, Hush, Say
from tui.domain.happenings import (
    ConnectionRestored,
    IdlePrompted,
    Joined,
    MutedByModerator,
    SpeakerChanged,
)
from tui.domain.happenings.english import sentence
from tui.domain.snapshot import ChatMessage
from tui.front.announcer import Announcer, BellChoice
from tui.widgets.command_line import CommandLine

MUTED = sentence(MutedByModerator("long is this"))


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    monkeypatch.setenv("PATH", str(tmp_path))
    fakes = Programs(tmp_path)
    fakes.add("espeak-ng")
    return fakes


async def type_command(pilot: Driver, command: str) -> None:
    app = pilot.app
    await pilot.press("colon")
    await until(pilot, lambda: app.screen.query(CommandLine), "the command line")
    app.screen.query_one(CommandLine).input.value = command
    await pilot.press("enter")
    await until(pilot, lambda: not app.screen.query(CommandLine), "the line put away")


async def test_chat_is_read_aloud_until_z(programs: Programs) -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    async with in_call(app) as pilot:
        await type_command(pilot, "speak on")
        await until(pilot, lambda: programs.runs, "its answer read aloud")
        handle.push(ChatMessage("bo", "Bo Chen", "hi", 1, is_local=False))
        await until(pilot, lambda: any(r[-1] == "Bo Chen: hi" for r in programs.runs), "the chat")
        assert Duck(2.0) in called(handle, Duck)
        handle.push(MutedByModerator("long is this"))
        await until(pilot, lambda: programs.runs[-1][-1] == MUTED, "the host")
        await pilot.press("z")
        await until(pilot, lambda: not alive(programs.pids[-1]), "silence")
        assert "Stopped reading aloud." in app.notices.event_log.lines()[-1].plain


async def test_in_a_call_it_is_part_of_its_sound_until_z(programs: Programs) -> None:
    handle = logged_in("Bo Chen")
    handle.has_loudspeaker = True
    app = make_app(handle, announcer=Announcer(speak="espeak-ng"))
    async with in_call(app) as pilot:
        handle.push(ChatMessage("bo", "Bo Chen", "a long story", 1, is_local=False))
        said = Say("Bo Chen: a long story", "espeak-ng")
        await until(pilot, lambda: said in called(handle, Say), "the chat")
        await pilot.press("z")
        await until(pilot, lambda: called(handle, Hush), "silence")
        assert "Stopped reading aloud." in app.notices.event_log.lines()[-1].plain
    assert not programs.runs


async def test_quitting_leaves_nothing_speaking(programs: Programs) -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle, announcer=Announcer(speak="espeak-ng"))
    async with in_call(app) as pilot:
        handle.push(MutedByModerator("long is this"))
        await until(pilot, lambda: any(r[-1] == MUTED for r in programs.runs), "the host")
        speaker = programs.pids[-1]
    assert not alive(speaker)


async def test_quiet_shows_no_toast_but_keeps_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    toasts: list[str] = []
    async with in_call(app) as pilot:
        await type_command(pilot, "quiet 5")
        monkeypatch.setattr(app.ui, "toast", lambda text, *_: toasts.append(text))
        handle.push(ChatMessage("bo", "Bo Chen", "psst", 1, is_local=False))
        handle.push(Joined(somebody("Dee"), 3))
        handle.push(ConnectionRestored(6.0, muted=True))
        await until(pilot, lambda: toasts, "the urgent one")
        assert toasts == ["Connected again after 6 seconds. You are muted."]
        log = "\n".join(line.plain for line in app.notices.event_log.lines())
        assert "psst" in log and "Dee joined." in log


async def test_announce_chooses_as_in_plain_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    handle = logged_in("Bo Chen")
    app = make_app(handle)
    toasts: list[str] = []
    async with in_call(app) as pilot:
        monkeypatch.setattr(app.ui, "toast", lambda text, *_: toasts.append(text))
        await type_command(pilot, "announce speaking all")
        await type_command(pilot, "announce join off")
        await type_command(pilot, "announce net off")
        handle.push(Joined(somebody("Dee"), 3))
        handle.push(SpeakerChanged(somebody("Bo Chen")))
        await until(pilot, lambda: "Bo Chen." in toasts, "who speaks")
        assert toasts == [
            "Announcements of who speaks: all.",
            "Announcements of join are off.",
            "net can't be switched off: it is urgent.",
            "Bo Chen.",
        ]
        await type_command(pilot, "announce speaking off")
        await pilot.press("u")
        await until(pilot, lambda: toasts[-1] == "Nobody is speaking.", "the answer all the same")
        log = "\n".join(line.plain for line in app.notices.event_log.lines())
        assert "Dee joined. 3 people" in log


@pytest.mark.parametrize(("wish", "times"), [("none", 0), ("important", 1), ("all", 2)])
async def test_the_bell_follows_the_wish(wish: str, times: int) -> None:
    handle = logged_in("Bo Chen")
    now = [100.0]
    announcer = Announcer(bell=BellChoice(wish), clock=lambda: now[0])
    app = make_app(handle, announcer=announcer)
    rung: list[float] = []
    async with in_call(app) as pilot:
        announcer.ring = lambda: rung.append(now[0])
        handle.push(ChatMessage("bo", "Bo Chen", "hi", 1, is_local=False))
        await until(pilot, lambda: "hi" in app.notices.event_log.lines()[-1].plain, "the chat")
        now[0] += 5
        handle.push(IdlePrompted(180))
        await until(
            pilot, lambda: "only person" in app.notices.event_log.lines()[-1].plain, "the prompt"
        )
        assert len(rung) == times
