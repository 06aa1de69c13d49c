"""What end-to-end encryption costs: CPU time to seal and to open one frame.

python -m tests.bench.sealing [--json]: {"us_per_voice_frame", "us_per_picture_12kB"}, each the
median of some runs of sealing a frame and opening it again (a voice of 80 bytes, a key picture).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable

from tui.transport.livekit.keys import Keys

RUNS = 9
FRAMES = 500
VOICE = b"\x78" + os.urandom(79)
PICTURE = b"\x10" + os.urandom(11_999)


def us_per_frame(
    seal: Callable[[bytes], bytes], opened: Callable[[bytes], bytes | None], frame: bytes
) -> float:
    """Median CPU time [microseconds] of one frame sealed and opened."""
    runs = []
    for _ in range(RUNS):
        began_s = time.process_time()
        for _ in range(FRAMES):
            if opened(seal(frame)) != frame:
                raise AssertionError("what was opened is not what was sealed")
        runs.append((time.process_time() - began_s) / FRAMES * 1e6)
    return round(statistics.median(runs), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    keys = Keys("a key of the benchmark")
    figures = {
        "us_per_voice_frame": us_per_frame(keys.seal_voice, keys.open_voice, VOICE),
        "us_per_picture_12kB": us_per_frame(keys.seal_picture, keys.open_picture, PICTURE),
    }
    if as_json:
        print(json.dumps(figures))
    else:
        print(*(f"{name}: {value}" for name, value in figures.items()), sep="\n")


if __name__ == "__main__":
    main()
