"""How long a person waits: from the command to the screen, from joining to picture and sound.

`python -m tests.bench.join --json` prints one object, in seconds (medians of a few runs):
`command_to_screen_s` from starting `cellcall demo` to the in-call screen on a pseudo-terminal,
`join_to_first_frame_s` and `join_to_first_sound_s` from the join to the first decoded picture and
the first packet of another participant, in a process that has joined before.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pty
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from tests.whole.program import CELLCALL, Server, children_of, environment, signal_all
from tests.whole.test_two_headless import GREEN, RED, media, participant
from tui.bootstrap import open_local_handle
from tui.domain.commands.account import Init, Login
from tui.domain.commands.call import GetStats, JoinById
from tui.domain.settings import AppSettings


def command_to_screen_s(folder: Path) -> float:
    """One start of the demo on an 80x24 pseudo-terminal."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, True)
    started = time.monotonic()
    process = subprocess.Popen(
        [*CELLCALL, "demo", "--tui"],
        env=environment(folder, TERM="xterm-256color", COLORTERM="truecolor"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    try:
        while b"MIC" not in seen:
            seen += os.read(ours, 65536)
        return time.monotonic() - started
    finally:
        signal_all([*children_of(process.pid), process.pid], signal.SIGKILL)
        process.wait()
        os.close(ours)


async def join_s(server: Server, session: str) -> tuple[float, float]:
    """One join beside one participant who is there already: (first frame, first sound)."""
    handle = await open_local_handle()
    try:
        await handle.do(Init(AppSettings(server=server.url)))
        await handle.do(Login("ana", server.api_key))
        started = time.monotonic()
        joining = asyncio.create_task(handle.do(JoinById(session, {}, media(RED, 440))))
        first: dict[str, float] = {}
        while len(first) < 2:
            figures = (await handle.do(GetStats())).get("participants", {}).get("bo", {})
            for name in ("video_frames", "audio_packets"):
                if figures.get(name):
                    first.setdefault(name, time.monotonic() - started)
            await asyncio.sleep(0.005)
        await joining
        return first["video_frames"], first["audio_packets"]
    finally:
        await handle.close()


async def joins(server: Server, runs: int) -> list[tuple[float, float]]:
    """A few joins; the first one, which loads the libraries, does not count."""
    async with participant(server, "bo", media(GREEN, 880)):
        await join_s(server, "standup")
        return [await join_s(server, "standup") for _ in range(runs)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object (the only form)")
    parser.add_argument("--runs", type=int, default=5)
    runs: int = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        screens = [command_to_screen_s(folder) for _ in range(runs)]
        server = Server(folder)
        try:
            joined = asyncio.run(joins(server, runs))
        finally:
            server.stop()
    print(
        json.dumps(
            {
                "command_to_screen_s": round(statistics.median(screens), 3),
                "join_to_first_frame_s": round(statistics.median(j[0] for j in joined), 3),
                "join_to_first_sound_s": round(statistics.median(j[1] for j in joined), 3),
            }
        )
    )


if __name__ == "__main__":
    main()
