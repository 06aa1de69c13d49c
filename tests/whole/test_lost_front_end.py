"""A stopped screen costs no sound; a killed one leaves no open microphone."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.ports.handle import MediaChoice

from .program import CELLCALL, Server, children_of, environment, signal_all, until
from .test_two_headless import figures, participant

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")

LISTENER = MediaChoice("null", "null", "null")


class App:
    """The app on a pseudo-terminal that is always read."""

    def __init__(self, server: Server, folder: Path):
        self._terminal, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [
                *(*CELLCALL, "join", "standup", "--tui", "--server", server.url, "--user", "ana"),
                *("--camera", "test:bars", "--microphone", "test:tone=440", "--speaker", "null"),
            ],
            env=environment(folder, CELLCALL_API_KEY=server.api_key, TERM="xterm-256color"),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while os.read(self._terminal, 65536):
                pass
        except OSError:
            return

    def close(self) -> None:
        everyone = [*children_of(self.process.pid), self.process.pid]
        signal_all(everyone, signal.SIGCONT)
        signal_all(everyone, signal.SIGKILL)
        self.process.wait()
        self._reader.join(5)
        os.close(self._terminal)


@pytest.fixture
def app(server: Server, tmp_path: Path) -> Iterator[App]:
    app = App(server, tmp_path)
    yield app
    app.close()


async def test_a_screen_stopped_for_3_s_makes_no_gap_in_the_sound(server: Server, app: App) -> None:
    async with participant(server, "bo", LISTENER) as bo:

        async def packets() -> int:
            return int((await figures(bo, "ana")).get("audio_packets", 0))

        async def come(count: int) -> None:
            start = await packets()
            async with asyncio.timeout(60):
                while await packets() < start + count:
                    await asyncio.sleep(0.05)

        await come(150)
        before = await figures(bo, "ana")
        os.kill(app.process.pid, signal.SIGSTOP)
        await come(150)
        os.kill(app.process.pid, signal.SIGCONT)
        await come(25)
        after = await figures(bo, "ana")
        assert after["audio_gaps"] == before["audio_gaps"], "no gap over 60 ms"
        assert abs(after["audio_peak_hz"] - 440) <= 6
        assert app.process.poll() is None


async def test_a_killed_screen_mutes_within_2_s_and_leaves_within_10_s(
    server: Server, app: App
) -> None:
    async with participant(server, "bo", LISTENER) as bo:
        await until(
            lambda: (p := bo.snapshot().participant("ana")) and p.has_audio and not p.audio_muted,
            60,
        )
        engine = children_of(app.process.pid)
        os.kill(app.process.pid, signal.SIGKILL)
        app.process.wait()
        await until(lambda: (p := bo.snapshot().participant("ana")) and p.audio_muted, 2)
        await until(lambda: bo.snapshot().participant("ana") is None, 10)
        await until(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in engine), 10)
