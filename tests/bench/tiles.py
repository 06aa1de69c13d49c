"""What drawing video costs.

`python -m tests.bench.tiles [--json] [--seconds S] [--glyphs SET,SET | --all] [--demo]`

Runs a real app in a real pty for each grid, the pty read as fast as it comes, and prints frames
per second, CPU milliseconds of the whole process per frame (all tiles together) and bytes written
to the terminal per frame. The app is a stage with camera-like pictures and nothing else: `grids`
has it with the glyphs it uses when nobody chose any, `glyphs` with each set asked for: `block`,
unless others are named; `--all` takes two minutes. With
`--demo` it is `cellcall demo`'s front-end process, in a call with robots (Linux only).
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.stage.terminal import SYNC_QUERY, Terminal

GRIDS = {"80x24": 1, "160x48": 4}
LARGE = {"240x67": 9}
"""Measured with each glyph set asked for."""
FPS = 15.0
DEMO_WARM_UP_S = 15.0
SYNC_START = b"\x1b[?2026h"
"""Textual begins every update with it, once the terminal said that it knows it."""


def measure(
    columns: int, rows: int, tiles: int, seconds: float, glyphs: str = ""
) -> dict[str, Any]:
    """One grid's figures."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "figures.json"
        arguments = ["-m", "tests.bench.tile_app", str(tiles), str(FPS), str(seconds), str(file)]
        arguments += [glyphs] if glyphs else []
        terminal = Terminal(arguments, columns, rows)
        try:
            written = count_between_marks(terminal, timeout_s=seconds + 60)
        finally:
            terminal.close()
        figures = json.loads(file.read_text())
    frames = max(1, figures["frames"])
    return {
        "tiles": tiles,
        "fps": round(figures["frames"] / figures["seconds"], 2),
        "cpu_ms_per_frame": round(1000 * figures["cpu_s"] / frames, 2),
        "cpu_core_share": round(figures["cpu_s"] / figures["seconds"], 3),
        "bytes_per_frame": round(written / frames),
    }


def count_between_marks(terminal: Terminal, timeout_s: float) -> int:
    """Bytes between the program's begin and end marks."""
    output = bytearray()
    waited = 0.0
    while waited < timeout_s:
        data = terminal.read(1.0)
        if data is None:
            break
        if not data:
            waited += 1.0
        output += data
    begin = output.find(b"\x1b]777;begin\x07")
    end = output.find(b"\x1b]777;end\x07")
    if not 0 <= begin < end:
        raise RuntimeError("the measured program gave no marks; its output: " + repr(output[-500:]))
    return end - begin


def measure_demo(columns: int, rows: int, tiles: int, seconds: float) -> dict[str, Any]:
    """The same of `cellcall demo`: our own camera is on when more than one picture is wanted."""
    arguments = ["-m", "tui", "demo", "--fps", str(FPS), "--people", str(max(1, tiles - 1))]
    arguments += ["--camera", "none" if tiles == 1 else "test:bars"]
    arguments += ["--microphone", "test:silence", "--speaker", "null"]
    terminal = Terminal(arguments, columns, rows)
    try:
        read_for(terminal, DEMO_WARM_UP_S)
        began, cpu = time.monotonic(), cpu_s(terminal.pid)
        output = read_for(terminal, seconds)
        took, cpu = time.monotonic() - began, cpu_s(terminal.pid) - cpu
        os.kill(terminal.pid, signal.SIGTERM)  # it takes its server and robots with it
        until = time.monotonic() + 15
        while terminal.read(1.0) is not None and time.monotonic() < until:
            pass
    finally:
        terminal.close()
    frames = output.count(SYNC_START)
    if not frames:
        raise RuntimeError("the demo drew nothing; its output: " + repr(output[-500:]))
    return {
        "tiles": tiles,
        "fps": round(frames / took, 2),
        "cpu_ms_per_frame": round(1000 * cpu / frames, 2),
        "cpu_core_share": round(cpu / took, 3),
        "bytes_per_frame": round(len(output) / frames),
    }


def read_for(terminal: Terminal, seconds: float) -> bytes:
    """What the program writes in this time; says that the terminal knows synchronized updates."""
    output = bytearray()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        data = terminal.read(0.05)
        if data is None:
            raise RuntimeError("the program ended; its output: " + repr(output[-500:]))
        output += data
        if SYNC_QUERY in data:
            os.write(terminal.fd, b"\x1b[?2026;2$y")
    return bytes(output)


def cpu_s(pid: int) -> float:
    """CPU seconds a process has used, all threads, from the kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="What drawing video costs.")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--seconds", type=float, default=5.0, help="measured time for each grid")
    parser.add_argument("--glyphs", default="block", help="sets, separated by commas")
    parser.add_argument(
        "--all", dest="glyphs", action="store_const", const="half,block,all", help="three sets"
    )
    parser.add_argument("--demo", action="store_true", help="measure cellcall demo")
    options = parser.parse_args()
    how = measure_demo if options.demo else measure
    found: dict[str, Any] = {"grids": measure_all(how, GRIDS, options.seconds)}
    if not options.demo:
        found["glyphs"] = {
            glyphs: measure_all(partial(measure, glyphs=glyphs), GRIDS | LARGE, options.seconds)
            for glyphs in options.glyphs.split(",")
            if glyphs
        }
    if options.json:
        print(json.dumps(found))
        return
    for glyphs, grids in {"default": found["grids"], **found.get("glyphs", {})}.items():
        for name, figures in grids.items():
            print(glyphs, name, "  ".join(f"{key} {value}" for key, value in figures.items()))


def measure_all(
    how: Callable[[int, int, int, float], dict[str, Any]], grids: dict[str, int], seconds: float
) -> dict[str, Any]:
    """Figures by grid."""
    return {
        name: how(*(int(part) for part in name.split("x")), tiles, seconds)
        for name, tiles in grids.items()
    }


if __name__ == "__main__":
    main()
