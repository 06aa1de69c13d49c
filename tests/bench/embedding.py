"""What a call costs in somebody else's app, beside our own call screen.

`python -m tests.bench.embedding [--json] [--seconds S] [--rounds N]`

Both are drawn in a real pty of 100x30 in turn, with the same pictures. The figures are the median
of the rounds: CPU milliseconds of the whole process for each frame drawn. `import_s` is the CPU
time of `import cellcall` in a fresh interpreter.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.tiles import count_between_marks
from tests.stage.terminal import Terminal

COLUMNS, ROWS, FPS = 100, 30, 15.0


def measure(which: str, seconds: float) -> float:
    """CPU milliseconds a frame of `panel` or `app`."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "figures.json"
        arguments = ["-m", "tests.bench.embedding_app", which, str(FPS), str(seconds), str(file)]
        terminal = Terminal(arguments, COLUMNS, ROWS)
        try:
            count_between_marks(terminal, timeout_s=seconds + 60)
        finally:
            terminal.close()
        figures = json.loads(file.read_text())
    return float(1000 * figures["cpu_s"] / max(1, figures["frames"]))


def import_s() -> float:
    """CPU seconds of `import cellcall`."""
    program = (
        "import time; a = time.process_time(); import cellcall; print(time.process_time() - a)"
    )
    times = [
        float(subprocess.check_output([sys.executable, "-c", program], text=True)) for _ in range(5)
    ]
    return statistics.median(times)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="What a call costs in somebody else's app.")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--seconds", type=float, default=6.0, help="measured time of each round")
    parser.add_argument("--rounds", type=int, default=3, help="of each, in turn")
    options = parser.parse_args()
    cost: dict[str, list[float]] = {"panel": [], "app": []}
    for _ in range(options.rounds):
        for which, found in cost.items():
            found.append(measure(which, options.seconds))
    figures = {
        "panel_cpu_ms_per_frame": round(statistics.median(cost["panel"]), 2),
        "app_cpu_ms_per_frame": round(statistics.median(cost["app"]), 2),
        "import_s": round(import_s(), 4),
    }
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:24} {value}")


if __name__ == "__main__":
    main()
