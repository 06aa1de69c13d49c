"""What recording a call costs: `python -m tests.bench.recording [--json] [--seconds N]`.

CPU seconds a second of call, of this whole process: packets of three voices and pictures of three
cameras (640x360, 15 a second) into tracks and one file (`tracks`, from which the clock that feeds
them is taken off); one film of that file (`film`); and the screen of a call of four into an
asciicast at ten frames a second (`cast`). Nothing waits in real time but the tracks.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.fakes.people import camera, voice
from tests.transport.media import encode_tone
from tui.devices.recording.film import film
from tui.devices.recording.recorder import FileRecordings
from tui.domain.media import AudioPacket, EncodedPicture
from tui.terminal.cast import CastFile
from tui.wire.picture_header import vp8_shape

PEOPLE = ("ana", "bo", "chi")
SIZE = (640, 360)


def pictures(count: int) -> list[EncodedPicture]:
    """Of something that moves, with a camera's noise."""
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = *SIZE, "yuv420p"
    encoder.time_base, encoder.bit_rate = Fraction(1, 15), 600_000
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0"}
    noise = np.random.default_rng(1).integers(-6, 7, (540, 640))
    rows = np.arange(540)[:, None] * 0.3 + np.arange(640) * 0.2
    made = []
    for index in range(count):
        shown = ((rows + index * 4) % 180 + 30 + np.roll(noise, index, 1)).clip(16, 235)
        frame = av.VideoFrame.from_ndarray(shown.astype(np.uint8), format="yuv420p")
        frame.pts, frame.time_base = index, Fraction(1, 15)
        for packet in encoder.encode(frame):
            data = bytes(packet)
            made.append(EncodedPicture(data, index * 6000, vp8_shape(data).size))
    return made


async def feed(path: Path, seconds: int, tone: list[bytes], shown: list[EncodedPicture]) -> float:
    """In real time; CPU seconds. Without a file it only keeps time."""
    recorder = FileRecordings().begin(str(path), print) if path.name else None
    began_s, spent_s = time.monotonic(), time.process_time()
    sent = 0
    for index in range(seconds * 50):
        await asyncio.sleep(max(0.0, began_s + index * 0.02 - time.monotonic()))
        due = min(len(shown), index * 15 // 50 + 1)
        for who in PEOPLE if recorder is not None else ():
            recorder.sound(voice(who), who, AudioPacket(tone[index % 50], index * 960))
            for picture in shown[sent:due]:
                recorder.picture(camera(who), who, picture)
        sent = due
    if recorder is not None:
        await recorder.close()
    return time.process_time() - spent_s


def cast(path: Path, seconds: int) -> float:
    """CPU seconds of writing a screen in which a fifth of the cells change each time."""
    at = random.Random(1)
    frames = [
        "".join(
            f"\x1b[{row};{at.randrange(60)}H"
            + "".join(
                f"\x1b[38;2;{at.randrange(256)};40;90;48;2;9;{at.randrange(256)};9m▀"
                for _ in range(32)
            )
            for row in range(1, 49)
        )
        for _ in range(10)
    ]
    spent_s = time.process_time()
    file = CastFile(str(path), lambda: (160, 48), "bench")
    for index in range(seconds * 10):
        file.write(frames[index % 10])
    file.close()
    return time.process_time() - spent_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.add_argument("--seconds", type=int, default=10, help="of call")
    options = parser.parse_args()
    seconds: int = options.seconds
    tone, shown = encode_tone(440, 50), pictures(seconds * 15)
    with tempfile.TemporaryDirectory() as folder:
        call = Path(folder) / "call.mkv"
        idle_s = asyncio.run(feed(Path(), seconds, tone, shown))
        tracks_s = asyncio.run(feed(call, seconds, tone, shown)) - idle_s
        spent_s = time.process_time()
        film(call, Path(folder) / "film.mkv", lambda _done: None)
        film_s = time.process_time() - spent_s
        cast_s = cast(Path(folder) / "call.cast", seconds)
    figures = {
        "cpu_s_per_s_tracks": round(tracks_s / seconds, 4),
        "cpu_s_per_s_film": round(film_s / seconds, 3),
        "cpu_s_per_s_cast": round(cast_s / seconds, 4),
    }
    print(json.dumps(figures) if options.json else json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
