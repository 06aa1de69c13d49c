"""`cellcall share` as a person runs it: into a call that runs, into one of several, by a link."""

from __future__ import annotations

import asyncio
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tui.domain.commands.local import ReadTerminal
from tui.domain.device_choice import MediaChoice
from tui.domain.terminal_text import TerminalScreen
from tui.ports.handle import Handle

from .program import CELLCALL, HAS_TMUX, START_S, AppOnPty, Server, Tmux, environment, until
from .test_over_ssh import CAN_SSH, over, sshd
from .test_two_headless import participant

pytestmark = [
    pytest.mark.terminals,
    pytest.mark.skipif(not HAS_TMUX, reason="needs tmux (apt install tmux)"),
]
LISTENER = MediaChoice("null", "null", "null")
COUNTS = ("sh", "-c", "echo $((6*7)) apples; cat")

Opened = Callable[..., Tmux]


@pytest.fixture
def share(tmp_path: Path) -> Iterator[Opened]:
    """`cellcall share ARGUMENTS` in a terminal of this machine."""
    opened: list[Tmux] = []

    def run(*arguments: str) -> Tmux:
        folder = tmp_path / f"shares-{len(opened)}"
        folder.mkdir()
        words = [*CELLCALL, "share", *arguments]
        env = environment(tmp_path)
        opened.append(Tmux([shlex.quote(word) for word in words], folder, env, 70, 20))
        return opened[-1]

    yield run
    for one in opened:
        one.close()


@pytest.fixture
def ana(server: Server, tmp_path: Path) -> Iterator[Callable[[str], AppOnPty]]:
    """Ana's calls, each in a terminal of its own."""
    calls: list[AppOnPty] = []

    def join(session: str) -> AppOnPty:
        calls.append(AppOnPty(server, tmp_path, session, "--muted"))
        return calls[-1]

    yield join
    for one in calls:
        one.close()


async def terminal_of(handle: Handle, name: str) -> TerminalScreen:
    """The terminal that somebody shares, once there is one."""

    def theirs() -> list[str]:
        people = {one.id: one.name for one in handle.snapshot().participants}
        found = handle.snapshot().terminals
        return [one.participant for one in found if people.get(one.participant) == name]

    who = (await until(theirs, START_S))[0]
    return (await handle.do(ReadTerminal(who))).screen


async def shows(handle: Handle, name: str, words: str) -> TerminalScreen:
    """That terminal, once these words are on it."""
    async with asyncio.timeout(START_S):
        while True:
            screen = await terminal_of(handle, name)
            if any(words in row for row in screen.plain_rows):
                return screen
            await asyncio.sleep(0.05)


async def used_and_ended(terminal: Tmux, bo: Handle, name: str) -> None:
    """Somebody types in it, which everybody reads; then the command ends, and the share."""
    screen = await shows(bo, name, "42 apples")
    assert (screen.columns, len(screen.rows)) == (70, 20)
    terminal.text("and pears\n")
    await shows(bo, name, "and pears")
    terminal.keys("C-d")
    await asyncio.to_thread(terminal.see, "This terminal is no longer shared.", "EXIT 0")
    await until(lambda: not bo.snapshot().terminals)


async def test_the_call_that_runs_shows_it_and_goes_on(
    server: Server, ana: Callable[[str], AppOnPty], share: Opened
) -> None:
    ana("standup")
    async with participant(server, "bo", LISTENER) as bo:
        await until(lambda: bo.snapshot().participant("ana"), START_S)
        await used_and_ended(share("--", *COUNTS), bo, "ana")
        assert bo.snapshot().participant("ana")


async def test_of_several_calls_it_asks_which(
    server: Server, ana: Callable[[str], AppOnPty], share: Opened
) -> None:
    alone = ana("retro")
    await until(lambda: b"1 person" in alone.written, START_S)
    async with participant(server, "bo", LISTENER) as bo:
        call = ana("standup")
        await until(lambda: bo.snapshot().participant("ana"), START_S)
        await until(lambda: b"2 people" in call.written, START_S)
        terminal = share("--", *COUNTS)
        screen = await asyncio.to_thread(terminal.see, "2. ", "Share with which:")
        lines = [line for line in screen.splitlines() if line[:3] in ("1. ", "2. ")]
        assert len(lines) == 2, screen
        (number,) = [line[0] for line in lines if "standup" in line]
        terminal.keys("7", "Enter")
        await asyncio.to_thread(terminal.see, "7 is not in the range")
        terminal.keys(number, "Enter")
        await used_and_ended(terminal, bo, "ana")


async def test_a_link_brings_it_into_a_call_of_others(
    server: Server, share: Opened, tmp_path: Path
) -> None:
    make = [*CELLCALL, "links", "--state", str(server.folder / "server"), "make", "standup"]
    made = await asyncio.to_thread(
        subprocess.run, make, env=environment(tmp_path), capture_output=True, text=True, check=True
    )
    async with participant(server, "bo", LISTENER) as bo:
        terminal = share("--join", made.stdout.strip(), "--name", "Build", "--", *COUNTS)
        await used_and_ended(terminal, bo, "Build")
        await until(lambda: [one.name for one in bo.snapshot().participants] == ["bo"])


async def test_the_call_that_ends_ends_it(
    server: Server, ana: Callable[[str], AppOnPty], share: Opened
) -> None:
    call = ana("standup")
    async with participant(server, "bo", LISTENER) as bo:
        await until(lambda: bo.snapshot().participant("ana"), START_S)
        terminal = share("--", *COUNTS)
        await shows(bo, "ana", "42 apples")
        call.press("l")
        await until(lambda: b"Leave standup?" in call.written, START_S)
        call.press("\r")
        await until(lambda: bo.snapshot().participant("ana") is None, START_S)
        # Whoever works in it goes on; what they do is nobody's any more.
        terminal.text("still here\n")
        await asyncio.to_thread(terminal.see, "still here")
        terminal.keys("C-d")
        await asyncio.to_thread(terminal.see, "This terminal is no longer shared.")


@pytest.mark.skipif(not CAN_SSH, reason="needs root, ssh and sshd (apt install openssh-server)")
async def test_over_ssh_the_other_machines_terminal_is_shown(
    server: Server, ana: Callable[[str], AppOnPty], tmp_path: Path
) -> None:
    ana("standup")
    with sshd(tmp_path) as ssh:
        async with participant(server, "bo", LISTENER) as bo:
            await until(lambda: bo.snapshot().participant("ana"), START_S)
            terminal = over(ssh, server, tmp_path, "share", "--", *COUNTS, size=(70, 20))
            try:
                await used_and_ended(terminal, bo, "ana")
            finally:
                terminal.close()
