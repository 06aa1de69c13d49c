"""The app in tmux at 80x24, by keys alone: log in, pick, join, mute, chat, raise a hand, leave."""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.domain.commands.call import ReadChat, SendChat

from .program import CELLCALL, HAS_TMUX, Server, Tmux, environment, until
from .test_two_headless import GREEN, media, participant

pytestmark = [
    pytest.mark.terminals,
    pytest.mark.skipif(not HAS_TMUX, reason="needs tmux (apt install tmux)"),
]


@pytest.fixture
def terminal(server: Server, tmp_path: Path) -> Iterator[Tmux]:
    """The app, signed in by nobody yet."""
    command = [*CELLCALL, "--server", server.url, "--camera", "test:bars"]
    command += ["--microphone", "test:tone=440", "--speaker", "null"]
    tmux = Tmux([shlex.quote(word) for word in command], tmp_path, environment(tmp_path), 80, 24)
    yield tmux
    tmux.close()


def sign_in(terminal: Tmux, server: Server) -> None:
    terminal.see("User ID", server.url, "Sign in")
    terminal.text("ana")
    terminal.see("User ID         █ana")
    terminal.keys("Tab")
    terminal.text(server.api_key)
    terminal.see("•••••")
    terminal.keys("Enter")
    terminal.see("Join by ID or link", "Nobody is in a session now")


def test_a_byte_that_is_no_text_is_shown_as_such(server: Server, terminal: Tmux) -> None:
    terminal.see("User ID", server.url, "Sign in")
    terminal.raw(0xE9, 0x61)  # as a terminal of Latin-1 sends "éa"
    terminal.see("User ID         █\N{REPLACEMENT CHARACTER}a")


async def test_log_in_pick_join_mute_chat_and_leave(server: Server, terminal: Tmux) -> None:
    await asyncio.to_thread(sign_in, terminal, server)
    async with participant(server, "bo", media(GREEN, 880)) as bo:

        def join() -> None:
            terminal.text("standup")
            terminal.see("standup")
            terminal.keys("Enter")
            # Sources that were named are on; nothing is sent before the second Enter.
            terminal.see("Join standup", "Join now", "test:tone=440", "level", "|||")
            assert bo.snapshot().participant("ana") is None
            terminal.keys("Enter")
            terminal.see("2 people", "MIC on", "bo")

        await asyncio.to_thread(join)
        await until(lambda: bo.snapshot().participant("ana"))
        screen = await asyncio.to_thread(terminal.see_picture)
        assert re.search(r"[34]8;2;\d+;\d+;\d+", screen), "in true colour"

        terminal.keys("m")
        await asyncio.to_thread(terminal.see, "MIC off")
        await until(lambda: (p := bo.snapshot().participant("ana")) and p.audio_muted)

        terminal.keys("Space")
        await asyncio.to_thread(terminal.see, "TALKING - Space stops")
        await until(lambda: (p := bo.snapshot().participant("ana")) and not p.audio_muted)
        await asyncio.sleep(0.75)  # sooner, a second press might be auto-repeat
        terminal.keys("Space")
        await asyncio.to_thread(terminal.see, "MIC off")
        await until(lambda: (p := bo.snapshot().participant("ana")) and p.audio_muted)

        terminal.keys("r")
        await until(lambda: [p.id for p in bo.snapshot().hands] == ["ana"])

        await bo.do(SendChat("hello \x1b[31m[b]ana[/b]"))
        terminal.keys("c")
        await asyncio.to_thread(terminal.see, "bo: hello", "[31m[b]ana[/b]")
        terminal.text("hi bo")
        await asyncio.to_thread(terminal.see, "hi bo")
        terminal.keys("Enter")
        await until(lambda: bo.snapshot().unread_chat == 1)
        assert (await bo.do(ReadChat()))[-1].text == "hi bo"

        terminal.keys("Escape")
        await asyncio.to_thread(terminal.see, "m Mic", "l Leave")
        terminal.keys("l")
        await asyncio.to_thread(terminal.see, "Leave standup?")
        terminal.keys("Enter")
        await until(lambda: bo.snapshot().participant("ana") is None)
        await asyncio.to_thread(terminal.see, "Join by ID or link", "Recent")
        terminal.keys("C-q")
        await asyncio.to_thread(terminal.see, "EXIT 0")


async def test_any_size_keeps_the_call_usable(server: Server, terminal: Tmux) -> None:
    await asyncio.to_thread(sign_in, terminal, server)

    def walk() -> None:
        terminal.text("standup")
        terminal.see("standup")
        terminal.keys("Enter")
        terminal.see("Join now")
        terminal.keys("Enter")
        terminal.see("1 person", "MIC on")
        for columns, rows in [(240, 67), (40, 12), (18, 5), (120, 36), (80, 24)]:
            terminal.resize(columns, rows)
            if columns >= 40:
                terminal.see("MIC on", timeout_s=10)
            else:
                terminal.see("20x6", timeout_s=10)
        terminal.keys("m")
        terminal.see("MIC off")

    await asyncio.to_thread(walk)
