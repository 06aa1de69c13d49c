"""A call over a slow link: `python -m tests.bench.governor [--json] [options]`.

The real app (`cellcall join`, embedded server, engine process, three other participants and our
own picture: four moving tiles) in a pty behind a slow link (`tests.bench.slow_terminal`): 1 Mbit/s
and a round trip of 50 ms unless told otherwise, with a buffer as deep as ssh's and the sockets' on
the way. Prints one JSON object:

- `key_to_screen_ms_p95`: from a key pressed at a random moment to its effect on the screen
  (the microphone's word in the status line, or the focus mark of a tile), both ways included;
- `video_fps`: pictures a second of a tile, mean of the four;
- `picture_behind_sound_ms_p95`: a participant flashes and beeps at once; how much later the flash
  is on the screen than the beep is at the speaker;
- `bytes_per_s`: towards the terminal.

`--details` adds more. The app is told that it runs over SSH, unless `--local`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyte

from tests.bench.flash_peer import FLASH_S
from tests.bench.slow_terminal import SlowTerminal
from tests.whole.program import CELLCALL, Server, children_of, environment, signal_all

SETTLE_S = 8.0
JOINED_WITHIN_S = 60.0
SESSION = "bench"
WAV_HEADER = 44
SYNC_END = b"\x1b[?2026l"
SYNC_BEGIN = b"\x1b[?2026h"
_PICTURE = re.compile("[\u2580-\u259f\u2800-\u28ff\U0001fb00-\U0001fbff\U0001cd00-\U0001cdff]")


@dataclass
class Key:
    """One press and what it should do."""

    name: str
    at_s: float = 0.0
    shown_s: float = 0.0


@dataclass
class Recording:
    """What happened in a run."""

    shown: list[tuple[float, bytes]]
    keys: list[Key]
    sound: list[tuple[float, int]]
    wav: bytes
    begin_s: float
    end_s: float
    waiting: list[tuple[float, int]] = field(default_factory=list)
    cpu_share: float = 0.0


class SoundWatch:
    """Notes how long the speaker's file is at which moment."""

    def __init__(self, path: Path) -> None:
        self.path, self.sizes = path, [(0.0, 0)]
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._ended.wait(0.004):
            try:
                size = os.stat(self.path).st_size
            except FileNotFoundError:
                continue
            if size != self.sizes[-1][1]:
                self.sizes.append((time.monotonic(), size))

    def close(self) -> None:
        self._ended.set()
        self._thread.join()


def record(options: argparse.Namespace, folder: Path) -> Recording:
    """One call."""
    server = Server(folder, SESSION)
    peers: list[subprocess.Popen[bytes]] = []
    wav = folder / "heard.wav"
    env = environment(folder, CELLCALL_API_KEY=server.api_key, CELLCALL_SERVER=server.url)
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    quiet |= {"stderr": subprocess.DEVNULL}
    try:
        flash = [sys.executable, "-m", "tests.bench.flash_peer", server.url, server.api_key]
        peers.append(subprocess.Popen([*flash, SESSION, "flash"], env=env, **quiet))
        for number in range(2):
            robot = [*CELLCALL, "join", SESSION, "--user", f"robot{number}", "--headless"]
            robot += ["--camera", "test:robot", "--microphone", "test:silence"]
            peers.append(subprocess.Popen([*robot, "--speaker", "null"], env=env, **quiet))
        env |= {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for name in ("SSH_CONNECTION", "SSH_TTY", "TMUX", "STY"):
            env.pop(name, None)
        if not options.local:
            env["SSH_CONNECTION"] = "192.0.2.1 40000 192.0.2.2 22"
        app = [*CELLCALL, "join", SESSION, "--user", "me", "--tui", "--now"]
        app += ["--camera", "test:bars"]
        app += ["--microphone", "test:silence", "--speaker", f"file:{wav}", *options.app]
        terminal = SlowTerminal(
            app,
            env,
            options.columns,
            options.rows,
            bytes_per_s=options.kbit * 1000 / 8,
            delay_s=options.round_trip_ms / 2000,
            buffer_bytes=options.buffer_kb * 1024,
            jitter_s=options.jitter_ms / 1000,
        )
        watch = SoundWatch(wav)
        try:
            return _run(options, terminal, watch, wav)
        finally:
            watch.close()
            terminal.close()
    finally:
        everyone = [pid for peer in peers for pid in [*children_of(peer.pid), peer.pid]]
        signal_all(everyone, 9)
        for peer in peers:
            peer.wait()
        server.stop()


def _run(
    options: argparse.Namespace, terminal: SlowTerminal, watch: SoundWatch, wav: Path
) -> Recording:
    keys: list[Key] = []
    chance = random.Random(options.seed)
    until_s = time.monotonic() + JOINED_WITHIN_S
    while not any(b"4 people" in data for _, data in terminal.shown[-200:]):
        if time.monotonic() > until_s:
            raise RuntimeError("the others did not join in time")
        terminal.run(time.monotonic() + 0.5)
    terminal.press(b"\t")
    terminal.run(time.monotonic() + options.settle)
    begin_s = time.monotonic()
    cpu = _cpu_s(terminal.pid)
    at_s = begin_s + 0.5
    number = 0
    while at_s < begin_s + options.seconds - 1.5:
        # Tab has given the first tile the focus; arrows move it to and fro.
        name, sequence = ("mic", b"m") if number % 2 == 0 else ("focus", b"\x1b[C")
        if number % 4 == 3:
            sequence = b"\x1b[D"
        key = Key(name)
        keys.append(key)

        def press(key: Key = key, sequence: bytes = sequence) -> None:
            terminal.press(sequence, lambda sent_s: setattr(key, "at_s", sent_s))

        terminal.at(at_s, press)
        at_s += chance.uniform(0.45, 1.0)
        number += 1
    terminal.run(begin_s + options.seconds)
    end_s = time.monotonic()
    cpu = _cpu_s(terminal.pid) - cpu
    heard = wav.read_bytes() if wav.exists() else b""
    if options.keep:
        Path(options.keep).write_bytes(b"".join(data for _, data in terminal.shown))
    return Recording(
        terminal.shown, keys, watch.sizes, heard, begin_s, end_s, terminal.waiting,
        cpu / (end_s - begin_s),
    )  # fmt: skip


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def updates(shown: list[tuple[float, bytes]]) -> Iterator[tuple[float, bytes, bytes]]:
    """(when it was whole on the screen, an update, what came before it outside of any)."""
    rest = b""
    for at_s, data in shown:
        rest += data
        while (end := rest.find(SYNC_END)) >= 0:
            begin = rest.find(SYNC_BEGIN)
            begin = begin if 0 <= begin < end else 0
            yield at_s, rest[begin : end + len(SYNC_END)], rest[:begin]
            rest = rest[end + len(SYNC_END) :]


@dataclass
class Seen:
    """What the screen showed."""

    pictures: dict[int, list[float]] = field(default_factory=dict)
    """By tile, in reading order: when a picture of it was drawn."""
    flashes: list[float] = field(default_factory=list)
    outside: int = 0
    """Bytes of pictures outside of a synchronized update."""
    largest: int = 0
    """Bytes of the largest update in the measured time."""


def look_at(recording: Recording, columns: int, rows: int) -> Seen:
    """Draw what was recorded, and note keys answered, pictures and flashes."""
    screen = pyte.Screen(columns, rows)
    stream = pyte.ByteStream(screen)
    seen = Seen()
    pending = list(recording.keys)
    before: dict[str, str] = {}
    states: dict[str, list[tuple[float, str]]] = {"mic": [], "focus": []}
    bright = False
    for at_s, update, outside in updates(recording.shown):
        stream.feed(outside)
        stream.feed(update)
        measured = recording.begin_s <= at_s <= recording.end_s
        if measured and _is_picture(outside):
            seen.outside += len(outside)
        if measured:
            seen.largest = max(seen.largest, len(update))
            for tile in _tiles_drawn(update, columns, rows):
                seen.pictures.setdefault(tile, []).append(at_s)
        lines = screen.display
        now = {"mic": _mic(lines), "focus": _focus(lines)}
        for name, state in now.items():
            if before.get(name) != state:
                states[name].append((at_s, state))
        before = now
        flash = _brightness(screen, lines)
        if flash is not None and (flash > 150) != bright:
            bright = flash > 150
            if bright and measured:
                seen.flashes.append(at_s)
    for key in pending:
        key.shown_s = next((at for at, _ in states[key.name] if at > key.at_s), 0.0)
    return seen


def _mic(lines: list[str]) -> str:
    status = lines[-2]
    return "off" if "MIC off" in status else "on" if "MIC on" in status else ""


def _focus(lines: list[str]) -> str:
    found = re.search(r"\[(\d)\]", "\n".join(lines))
    return found[1] if found else ""


def _tiles_drawn(update: bytes, columns: int, rows: int) -> set[int]:
    """Quarters of the stage that an update draws picture cells in."""
    tiles: set[int] = set()
    row, column = 0, 0
    for part in re.split(rb"(\x1b\[\d+;\d+H)", update):
        moved = re.fullmatch(rb"\x1b\[(\d+);(\d+)H", part)
        if moved:
            row, column = int(moved[1]), int(moved[2])
        elif _is_picture(part):
            tiles.add((row > rows // 2) * 2 + (column > columns // 2))
    return tiles


def _is_picture(part: bytes) -> bool:
    return bool(_PICTURE.search(part.decode("utf-8", "replace")))


def _brightness(screen: pyte.Screen, lines: list[str]) -> float | None:
    """Mean luma of the flashing participant's tile; None while it is not found."""
    label = next((y for y, line in enumerate(lines) if re.search(r"\d\]? Flash", line)), None)
    if label is None or label < 5:
        return None
    left = lines[label].index("Flash")
    left = 0 if left < screen.columns // 2 else screen.columns // 2
    values = []
    for y in range(label - 6, label - 1):
        for x in range(left + 8, left + 32, 3):
            cell = screen.buffer[y][x]
            colour = cell.bg if cell.data == " " else cell.fg
            luma = _luma(colour)
            if luma is None:
                luma = 250.0 if cell.data in "@%#M$&" else 0.0
            values.append(luma)
    return float(np.mean(values))


def _luma(colour: str) -> float | None:
    names = {"white": 229, "brightwhite": 255, "black": 0, "brightblack": 127}
    if colour in names:
        return float(names[colour])
    if re.fullmatch("[0-9a-f]{6}", colour):
        red, green, blue = (int(colour[i : i + 2], 16) for i in (0, 2, 4))
        return 0.3 * red + 0.59 * green + 0.11 * blue
    return None


def beeps(recording: Recording) -> list[float]:
    """When each beep began at the speaker."""
    samples = np.frombuffer(recording.wav[WAV_HEADER:], "<i2").astype(np.float32)
    if len(samples) < 48_000:
        return []
    blocks = samples[: len(samples) // 240 * 240].reshape(-1, 240)
    loud = np.sqrt((blocks**2).mean(axis=1)) > 800
    begins = [
        i * 240 for i in range(4, len(loud)) if loud[i] and not loud[max(0, i - 40) : i].any()
    ]
    times, sizes = zip(*recording.sound[1:], strict=True)
    written = np.interp(
        [WAV_HEADER + 2 * begin for begin in begins], np.array(sizes), np.array(times)
    )
    return [float(at) for at in written if recording.begin_s <= at <= recording.end_s]


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def figures(recording: Recording, options: argparse.Namespace) -> dict[str, Any]:
    """What is printed."""
    seen = look_at(recording, options.columns, options.rows)
    took = recording.end_s - recording.begin_s
    answered = [(key.shown_s - key.at_s) * 1000 for key in recording.keys if key.shown_s]
    behind = []
    for flash in seen.flashes:
        # The beep of the same second; a flash is on the screen for half of one.
        near = [beep for beep in beeps(recording) if abs(flash - beep) < FLASH_S]
        behind += [(flash - beep) * 1000 for beep in near[:1]]
    received = sum(
        len(data) for at, data in recording.shown if recording.begin_s <= at <= recording.end_s
    )
    rates = [len(times) / took for times in seen.pictures.values()]
    result: dict[str, Any] = {
        "key_to_screen_ms_p95": round(percentile(answered, 0.95), 1),
        "video_fps": round(float(np.mean(rates)) if rates else 0.0, 2),
        "picture_behind_sound_ms_p95": round(percentile(behind, 0.95), 1),
        "bytes_per_s": round(received / took),
    }
    if options.details:
        kinds = {
            name: [
                (key.shown_s - key.at_s) * 1000
                for key in recording.keys
                if key.name == name and key.shown_s
            ]
            for name in ("mic", "focus")
        }
        result |= {
            "keys": len(recording.keys),
            "keys_unanswered": sum(not key.shown_s for key in recording.keys),
            "key_to_screen_ms_p50": round(percentile(answered, 0.5), 1),
            "key_to_screen_ms_max": round(max(answered, default=0.0), 1),
            "p95_by_key": {name: round(percentile(v, 0.95), 1) for name, v in kinds.items()},
            "fps_by_tile": [round(rate, 1) for rate in rates],
            "flashes": len(behind),
            "picture_behind_sound_ms_p50": round(percentile(behind, 0.5), 1),
            "bytes_of_pictures_outside_an_update": seen.outside,
            "largest_update_bytes": seen.largest,
            "most_bytes_waiting": max(
                (size for at, size in recording.waiting if at >= recording.begin_s), default=0
            ),
            "front_end_core_share": round(recording.cpu_share, 2),
        }
    return result


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="A call over a slow link.")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--details", action="store_true", help="more figures")
    parser.add_argument("--seconds", type=float, default=30.0, help="measured time")
    parser.add_argument("--settle", type=float, default=SETTLE_S, help="time before it")
    parser.add_argument("--kbit", type=float, default=1000.0, help="of the link, to the terminal")
    parser.add_argument("--round-trip-ms", type=float, default=50.0)
    parser.add_argument("--jitter-ms", type=float, default=0.0)
    parser.add_argument("--buffer-kb", type=int, default=256, help="what the way holds")
    parser.add_argument("--columns", type=int, default=80)
    parser.add_argument("--rows", type=int, default=24)
    parser.add_argument("--local", action="store_true", help="do not tell the app of an SSH link")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", metavar="FILE", help="save what came to the terminal")
    parser.add_argument("app", nargs="*", help="more options of cellcall join, after --")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = figures(record(options, Path(folder)), options)
    if options.json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name}: {value}")


if __name__ == "__main__":
    main()
