"""How long a person waits: from the command to the screen, from joining to picture and sound.

`python -m tests.bench.join --json` prints one object, in seconds (medians of a few runs):
`command_to_first_frame_s` and `command_to_screen_s` from starting `cellcall demo` to the first
words, to the screen of the call, and (`command_to_call_s`) to the moment it shows the robot beside
you, on a pseudo-terminal; `command_to_call_cpu_s` is what all its processes used until then,
`opening_bytes` what the terminal got.
`first_start_*` is one with nothing compiled, Python's own modules included; where
`PYTHONDONTWRITEBYTECODE` is set, every start is one.
`join_to_first_frame_s` and `join_to_first_sound_s` from the join to the first decoded picture and
the first packet of another participant, in a process that has joined before.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import pty
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.whole.program import CELLCALL, Server, children_of, environment, signal_all
from tests.whole.test_two_headless import GREEN, RED, media, participant
from tui.bootstrap import open_local_handle
from tui.domain.commands.account import Init, Login
from tui.domain.commands.call import GetStats, JoinById
from tui.domain.settings import AppSettings


def cpu_s(pids: list[int]) -> float:
    """What these processes have used so far [s of CPU], children that have ended included."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Start:
    """One start: seconds since the command, of CPU of all processes, and bytes written."""

    first_s: float
    screen_s: float
    call_s: float
    cpu_s: float
    size: int


def start_of_demo(folder: Path, **variables: str) -> Start:
    """One start of the demo on an 80x24 pseudo-terminal, until it shows a call of two.

    Args:
        folder: For its state.
        variables: Environment on top.
    """
    ours, theirs = pty.openpty()
    os.set_blocking(ours, True)
    started = time.monotonic()
    process = subprocess.Popen(
        [*CELLCALL, "demo", "--tui"],
        env={
            **environment(folder, TERM="xterm-256color", COLORTERM="truecolor"),
            "PYTHONDONTWRITEBYTECODE": "",
            **variables,
        },
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen, first_s, screen_s = b"", 0.0, 0.0
    try:
        while b"2 people" not in seen:
            seen += os.read(ours, 65536)
            first_s = first_s or time.monotonic() - started
            if b"MIC" in seen:
                screen_s = screen_s or time.monotonic() - started
        call_s = time.monotonic() - started
        used_s = cpu_s([*children_of(process.pid), process.pid])
        return Start(first_s, screen_s, call_s, used_s, len(seen))
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
        compiled = folder / "compiled"
        first = start_of_demo(folder, PYTHONPYCACHEPREFIX=str(compiled))
        start_of_demo(folder)
        starts = [start_of_demo(folder) for _ in range(runs)]
        server = Server(folder)
        try:
            joined = asyncio.run(joins(server, runs))
        finally:
            server.stop()
    print(
        json.dumps(
            {
                "first_start_to_call_s": round(first.call_s, 3),
                "first_start_cpu_s": round(first.cpu_s, 3),
                "command_to_first_frame_s": round(median(s.first_s for s in starts), 3),
                "command_to_screen_s": round(median(s.screen_s for s in starts), 3),
                "command_to_call_s": round(median(s.call_s for s in starts), 3),
                "command_to_call_cpu_s": round(median(s.cpu_s for s in starts), 3),
                "opening_bytes": median(s.size for s in starts),
                "join_to_first_frame_s": round(median(j[0] for j in joined), 3),
                "join_to_first_sound_s": round(median(j[1] for j in joined), 3),
            }
        )
    )


if __name__ == "__main__":
    main()
