"""What decoding costs by codec: CPU time of one picture, as our client decodes it.

python -m tests.bench.decoding [--json]: {codec: {"us_per_picture", "times_vp8", "kbit_per_s"}}.
Pictures of 640 x 360 that move and have a camera's noise, at 15 a second and some 600 kbit/s; the
median of some runs, which take turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
from aiortc.codecs.h264 import H264Decoder
from aiortc.codecs.vpx import Vp8Decoder

from tests.coded_pictures import ENCODERS, priority_kept
from tui.transport.rtc.decoders import DECODERS

RUNS = 5
COUNT = 150
SIZE = (640, 360)
BITS_PER_S = 600_000
_CONSTANT = "lookahead=0:pred-struct=1:rc=2"
"""Without `rc=2`, SVT-AV1 takes no bit rate where no picture may wait for later ones."""


def pictures(codec: str) -> list[bytes]:
    """Ten seconds."""
    name, options = ENCODERS[codec]
    encoder: Any = av.CodecContext.create(name, "w")
    encoder.width, encoder.height, encoder.pix_fmt = *SIZE, "yuv420p"
    encoder.time_base, encoder.bit_rate = Fraction(1, 15), BITS_PER_S
    encoder.options = options if codec != "AV1" else options | {"svtav1-params": _CONSTANT}
    noise = np.random.default_rng(1).integers(-6, 7, (540, 640))
    rows = np.arange(540)[:, None] * 0.3 + np.arange(640) * 0.2
    made = []
    for index in range(COUNT):
        shown = ((rows + index * 4) % 180 + 30 + np.roll(noise, index, 1)).clip(16, 235)
        frame = av.VideoFrame.from_ndarray(shown.astype(np.uint8), format="yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, 15)
        made += [bytes(packet) for packet in encoder.encode(frame)]
    return made + [bytes(packet) for packet in encoder.encode(None)]


def us_per_picture(decoder: Any, coded: list[bytes]) -> float:
    """CPU time [microseconds] of all threads."""
    began_s = time.process_time()
    shown = 0
    for number, data in enumerate(coded):
        shown += len(decoder.decode(SimpleNamespace(data=data, timestamp=6000 * number)))
    if shown < COUNT - 3:
        raise AssertionError(f"{shown} of {COUNT} pictures came out")
    return (time.process_time() - began_s) / COUNT * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    decoders = {"VP8": Vp8Decoder, "H264": H264Decoder, **DECODERS}
    with priority_kept():
        coded = {codec: pictures(codec) for codec in decoders}
    runs: dict[str, list[float]] = {codec: [] for codec in decoders}
    for _ in range(RUNS):
        for codec, make in decoders.items():
            runs[codec].append(us_per_picture(make(), coded[codec]))
    spent = {codec: statistics.median(some) for codec, some in runs.items()}
    figures = {
        codec: {
            "us_per_picture": round(spent[codec]),
            "times_vp8": round(spent[codec] / spent["VP8"], 2),
            "kbit_per_s": round(sum(map(len, coded[codec])) * 8 * 15 / COUNT / 1000),
        }
        for codec in decoders
    }
    if as_json:
        print(json.dumps(figures))
    else:
        print(*(f"{codec}: {told}" for codec, told in figures.items()), sep="\n")


if __name__ == "__main__":
    main()
