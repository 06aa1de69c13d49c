"""Control Z at a shell: the prompt is back, the call goes on, and fg brings the screen back."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from .program import CELLCALL, HAS_TMUX, Server, Tmux, environment
from .test_two_headless import GREEN, figures, media, participant

pytestmark = [
    pytest.mark.terminals,
    pytest.mark.skipif(not HAS_TMUX, reason="needs tmux (apt install tmux)"),
]


@pytest.fixture
def shell(server: Server, tmp_path: Path) -> Iterator[Tmux]:
    """A shell with job control."""
    env = environment(tmp_path, CELLCALL_API_KEY=server.api_key)
    tmux = Tmux(["bash", "--norc", "-i"], tmp_path, env, 100, 24)
    yield tmux
    tmux.close()


async def test_control_z_and_fg(server: Server, shell: Tmux) -> None:
    join = ["join", "standup", "--server", server.url, "--user", "ana", "--now"]
    sources = ["--camera", "test:bars", "--microphone", "test:tone=440", "--speaker", "null"]
    command = " ".join(shlex.quote(word) for word in [*CELLCALL, *join, *sources])
    async with participant(server, "bo", media(GREEN, 880)) as bo:

        async def heard() -> int:
            return int((await figures(bo, "ana")).get("audio_packets", 0))

        def begin() -> None:
            # The shell's job is a parent that waits, as `uv run` does.
            shell.text(f"bash -c {shlex.quote(f'{command}; echo code $?')}\n")
            shell.see("2 people", "MIC on")
            shell.keys("C-z")
            shell.see("The call goes on, and others hear you. fg brings", "Stopped")
            shell.text("echo $((6*7))\n")
            shell.see("42")

        await asyncio.to_thread(begin)
        before = await heard()
        async with asyncio.timeout(60):
            while await heard() < before + 50:
                await asyncio.sleep(0.05)

        def end() -> None:
            shell.text("fg\n")
            shell.see("2 people", "MIC on", "m Mic")
            shell.see_picture()
            shell.text("l")
            shell.see("Leave standup?")
            shell.text("l")
            shell.see("Left standup", "code 0")

        await asyncio.to_thread(end)
