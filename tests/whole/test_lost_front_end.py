"""A stopped screen costs no sound; a killed one leaves no open microphone."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tui.domain.device_choice import MediaChoice

from .program import AppOnPty, Server, children_of, until
from .test_two_headless import figures, participant

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")

LISTENER = MediaChoice("null", "null", "null")


@pytest.fixture
def app(server: Server, tmp_path: Path) -> Iterator[AppOnPty]:
    app = AppOnPty(server, tmp_path, "standup")
    yield app
    app.close()


async def test_arc_t2_a_screen_stopped_for_3_s_makes_no_gap_in_the_sound(
    server: Server, app: AppOnPty
) -> None:
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
    server: Server, app: AppOnPty
) -> None:
    async with participant(server, "bo", LISTENER) as bo:
        await until(
            lambda: (p := bo.snapshot().participant("ana")) and p.has_audio and not p.audio_muted,
            60,
        )
        engine = children_of(app.process.pid)
        os.kill(app.process.pid, signal.SIGKILL)
        app.process.wait()
        # Whoever was still on the way in is gone at once, which is as silent.
        await until(lambda: (p := bo.snapshot().participant("ana")) is None or p.audio_muted, 2)
        await until(lambda: bo.snapshot().participant("ana") is None, 10)
        await until(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in engine), 10)
