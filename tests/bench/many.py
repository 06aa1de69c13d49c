"""Fifty people in one session of the embedded server. `python -m tests.bench.many --json`.

Clients as ours are below their screens (`LiveKitTransport`), some to a process: three talk all the
time, the others are silent, eight have cameras, whose pictures four want. Prints, of some seconds
after all are in: `joined`, `sound_percent` (packets that came, of those due), `pictures_per_s` (of
one who wants them, all cameras together), `server_cpu_percent` of one core, `server_rss_mb`, and
`refused`, what one more than fit is told.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.sound_lab.conversation import cpu_percent
from tests.transport.client import Client
from tests.transport.media import ColourSource, ToneSource
from tests.transport.serving import EmbeddedRig
from tui.domain.errors import CallsError
from tui.domain.ids import ParticipantId, camera_of

TALKING, CAMERAS, WATCHING = 3, 8, 4
_FITS = 64


def _rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) / 1024, 1)
    return 0.0


async def some(told: str, first: int, count: int, seconds: float) -> None:
    """Clients `first` and so on in this process; says `in`, and then what came."""
    rig = object.__new__(EmbeddedRig)
    rig.__dict__.update(json.loads(told))
    clients = []
    for number in range(first, first + count):
        client = await Client.join(rig, "many", ParticipantId(f"p{number}"))
        await client.ready()
        if number < TALKING:
            await client.transport.publish_microphone(ToneSource(), muted=False)
        if TALKING <= number < TALKING + CAMERAS:
            await client.transport.publish_camera(ColourSource((81, 90, 200)), muted=False)
        clients.append(client)
    print("in", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for number, client in enumerate(clients, first):
        # Nobody sees everybody: who has no tile for a camera wants nothing of it.
        side = (320, 240) if number >= _people() - WATCHING else (0, 0)
        for camera in range(TALKING, TALKING + CAMERAS):
            stream = camera_of(ParticipantId(f"p{camera}"))
            client.transport.want_video(stream, width=side[0], height=side[1])
    await asyncio.sleep(3.0)
    before = [_counts(client) for client in clients]
    began_s = time.monotonic()
    await asyncio.sleep(seconds)
    took_s = time.monotonic() - began_s
    found = []
    for number, (client, counts) in enumerate(zip(clients, before, strict=True), first):
        sound, pictures = (now - then for now, then in zip(_counts(client), counts, strict=True))
        talking = TALKING - (number < TALKING)
        found.append([sound / (talking * 50 * took_s), pictures / took_s])
    print(json.dumps(found), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await asyncio.gather(*(client.close() for client in clients))


def _people() -> int:
    return int(sys.argv[sys.argv.index("--people") + 1]) if "--people" in sys.argv else 50


def _counts(client: Client) -> tuple[int, int]:
    sounds = sum(len(packets) for packets in client.media.packets.values())
    return sounds, sum(client.media.frames.values())


async def _line(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    if not line:
        raise RuntimeError("a process of clients has ended")
    return line


async def measure(people: int, processes: int, seconds: float, folder: Path) -> dict[str, Any]:
    rig = EmbeddedRig(folder)
    told = json.dumps({k: v for k, v in rig.__dict__.items() if isinstance(v, int)})
    running = []
    try:
        each = -(-people // processes)
        for first in range(0, people, each):
            command = [sys.executable, "-m", "tests.bench.many", "--people", str(people)]
            command += ["--seconds", str(seconds), "--some", told, str(first)]
            command += [str(min(each, people - first))]
            pipe = asyncio.subprocess.PIPE
            running.append(await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe))
        for process in running:
            await _line(process)
        for process in running:
            assert process.stdin is not None
            process.stdin.write(b"\n")
        server = rig._process.pid
        await asyncio.sleep(3.0)
        cpu = await asyncio.to_thread(cpu_percent, server, seconds)
        found = [one for process in running for one in json.loads(await _line(process))]
        watched = [pictures for _, pictures in found[-WATCHING:]]
        return {
            "joined": len(found),
            "sound_percent": round(100 * statistics.mean(sound for sound, _ in found), 1),
            "sound_percent_worst": round(100 * min(sound for sound, _ in found), 1),
            "pictures_per_s": round(statistics.mean(watched), 1),
            "server_cpu_percent": cpu,
            "server_rss_mb": _rss_mb(server),
            "refused": await _one_too_many(rig),
        }
    finally:
        for process in running:
            process.terminate()
        await asyncio.gather(*(process.wait() for process in running))
        rig.close()


async def _one_too_many(rig: EmbeddedRig) -> str:
    """What who comes into a full session is told; websockets alone fill it."""
    filling: list[Client] = []
    try:
        for number in range(_FITS):
            one = await Client.join(rig, "full", ParticipantId(f"f{number}"))
            filling.append(one)
        await Client.join(rig, "full", ParticipantId("late"))
    except CallsError as error:
        return error.description
    finally:
        await asyncio.gather(*(client.close() for client in filling))
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--processes", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--some", nargs=3, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.some:
        asyncio.run(some(told.some[0], int(told.some[1]), int(told.some[2]), told.seconds))
        return
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measure(told.people, told.processes, told.seconds, Path(folder)))
    print(json.dumps(figures) if told.json else json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
