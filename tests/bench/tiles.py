"""What drawing video costs: `python -m tests.bench.tiles [--json] [--seconds S]`.

Runs a real app in a real pty for each grid, the pty read as fast as it comes, and prints frames
per second, CPU milliseconds of the whole process per frame (all tiles together) and bytes written
to the terminal per frame.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from tests.stage.terminal import Terminal

GRIDS = {"80x24": 1, "160x48": 4}
FPS = 15.0


def measure(columns: int, rows: int, tiles: int, seconds: float) -> dict[str, Any]:
    """One grid's figures."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "figures.json"
        arguments = ["-m", "tests.bench.tile_app", str(tiles), str(FPS), str(seconds), str(file)]
        terminal = Terminal(arguments, columns, rows)
        try:
            written = count_between_marks(terminal, timeout_s=seconds + 30)
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


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="What drawing video costs.")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--seconds", type=float, default=5.0, help="measured time for each grid")
    options = parser.parse_args()
    grids = {}
    for name, tiles in GRIDS.items():
        columns, rows = (int(part) for part in name.split("x"))
        grids[name] = measure(columns, rows, tiles, options.seconds)
    if options.json:
        print(json.dumps({"grids": grids}))
        return
    for name, figures in grids.items():
        print(name, "  ".join(f"{key} {value}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
