"""What a call costs while little happens: a quiet call, and one in which somebody else speaks.

`python -m tests.bench.quiet [--json] [--seconds S] [--settle S] [--only CASE]`

The real app (`cellcall join` in a pty of 80x24, its engine process, a server and one other
participant), without cameras, and with devices that need no sound server. For each case, of the
`front_end` and of the `engine`: `cpu_percent` of one core (user and system time of all threads,
from the kernel) and `wakes_per_s` (how often a thread that waited ran again); `cpu_percent` of
both; and `bytes_per_s` to the terminal. Linux only.

- `quiet`: nobody has a word to say, and only the clock of the call changes on the screen;
- `voice`: the other participant sends sound all the time (a tone, which DTX never leaves out).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.bench.tiles import read_for
from tests.stage.terminal import Terminal
from tests.whole.program import CELLCALL, Server, children_of, environment, signal_all

CASES: Final = {"quiet": "test:silence", "voice": "test:tone=440"}
"""What the other participant's microphone hears."""
_SESSION: Final = "bench"
_JOINED_WITHIN_S: Final = 90.0


class Used(NamedTuple):
    """What a process has used so far."""

    cpu_s: float
    wakes: int

    @classmethod
    def by(cls, pids: list[int]) -> Used:
        """These processes together, all threads."""
        ticks = wakes = 0
        for pid in pids:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
            for status in Path(f"/proc/{pid}/task").glob("*/status"):
                lines = status.read_text().splitlines()
                wakes += next(int(x.split()[1]) for x in lines if x.startswith("voluntary_ctxt"))
        return cls(ticks / os.sysconf("SC_CLK_TCK"), wakes)

    def figures_since(self, before: Used, seconds: float) -> dict[str, float]:
        """What was used in between, for a person."""
        return {
            "cpu_percent": round(100 * (self.cpu_s - before.cpu_s) / seconds, 2),
            "wakes_per_s": round((self.wakes - before.wakes) / seconds, 1),
        }


def measure(microphone: str, seconds: float, settle_s: float) -> dict[str, Any]:
    """One case."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = Server(folder, _SESSION)
        keys = {"CELLCALL_API_KEY": server.api_key, "CELLCALL_SERVER": server.url}
        other = [*CELLCALL, "join", _SESSION, "--user", "ben", "--headless", "--camera", "none"]
        other += ["--microphone", microphone, "--speaker", "null"]
        null = subprocess.DEVNULL
        speaks = subprocess.Popen(
            other, env=environment(folder, **keys), stdin=null, stdout=null, stderr=null
        )
        me = [*CELLCALL[1:], "join", _SESSION, "--user", "ana", "--tui", "--now"]
        me += ["--camera", "none", "--microphone", "test:silence", "--speaker", "null"]
        places = {k: v for k, v in environment(folder, **keys).items() if k.startswith("XDG_")}
        terminal = Terminal(me, 80, 24, **places, **keys)
        try:
            _wait_for_two(terminal)
            read_for(terminal, settle_s)
            return _figures(terminal, seconds)
        finally:
            everyone = [*children_of(terminal.pid), terminal.pid]
            everyone += [*children_of(speaks.pid), speaks.pid]
            signal_all(everyone, 9)
            terminal.close()
            speaks.wait()
            server.stop()


def _wait_for_two(terminal: Terminal) -> None:
    until_s, seen = time.monotonic() + _JOINED_WITHIN_S, b""
    while b"2 people" not in seen:
        if time.monotonic() > until_s:
            raise RuntimeError(
                "the other one did not join in time; the screen: " + repr(seen[-500:])
            )
        seen = (seen + read_for(terminal, 0.5))[-100_000:]


def _figures(terminal: Terminal, seconds: float) -> dict[str, Any]:
    front_end, engine = [terminal.pid], children_of(terminal.pid)
    began_s, before = time.monotonic(), (Used.by(front_end), Used.by(engine))
    written = len(read_for(terminal, seconds))
    took_s = time.monotonic() - began_s
    after = Used.by(front_end), Used.by(engine)
    found = {
        name: now.figures_since(then, took_s)
        for name, now, then in zip(("front_end", "engine"), after, before, strict=True)
    }
    both = sum(one["cpu_percent"] for one in found.values())
    return {"cpu_percent": round(both, 2), "bytes_per_s": round(written / took_s), **found}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="What a call costs while little happens.")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--seconds", type=float, default=20.0, help="measured time of each case")
    parser.add_argument("--settle", type=float, default=10.0, help="time before it")
    parser.add_argument("--only", choices=list(CASES), help="one case")
    options = parser.parse_args()
    found = {
        name: measure(microphone, options.seconds, options.settle)
        for name, microphone in CASES.items()
        if options.only in (None, name)
    }
    if options.json:
        print(json.dumps(found))
        return
    for name, figures in found.items():
        print(name, "  ".join(f"{key} {value}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
