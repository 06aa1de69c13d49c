"""What each media protocol costs one client in a call of four, and how soon its media come.

`python -m tests.bench.transports --json` prints `{"livekit": {...}, "jitsi": {...}}`, measured in
one run: `cpu_percent` of one core that one client of four uses (each of them in a process of its
own, sending 320x240 at 15 pictures a second and a tone, receiving the other three), and seconds
from joining to the first sound and the first picture of a guest who comes to one that is there
already (medians). LiveKit's server is the embedded one, Jitsi's is the tests' own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.transport.client import Client
from tests.transport.media import ColourSource, ToneSource
from tests.transport.serving import EmbeddedRig, JitsiRig, Rig

RIGS = {"livekit": EmbeddedRig, "jitsi": JitsiRig}
RED = (81, 90, 200)


async def publish(client: Client) -> None:
    await client.transport.publish_microphone(ToneSource(), muted=False)
    await client.transport.publish_camera(ColourSource(RED), muted=False)


async def soon(rig: Rig, room: str) -> tuple[float, float]:
    """Seconds from joining to the first sound and the first picture of who is there already."""
    host = await Client.join(rig, room, "host")
    await publish(host)
    began_s = time.monotonic()
    guest = await Client.join(rig, room, "guest")
    try:
        sound, picture = await asyncio.gather(
            _until(began_s, lambda: bool(guest.media.packets[host.id])),
            _until(began_s, lambda: bool(guest.media.video_count(host.id))),
        )
    finally:
        await guest.close()
        await host.close()
    return sound, picture


async def _until(began_s: float, true: Callable[[], bool]) -> float:
    while not true():
        await asyncio.sleep(0.005)  # two wait for one event otherwise, and one clears it
    return time.monotonic() - began_s


async def one_of_four(kind: str, told: str, seconds: float) -> None:
    """A client in this process; prints the CPU it used [percent of a core]."""
    rig = _of_running(kind, json.loads(told))
    me = await Client.join(rig, "four", str(time.monotonic_ns()))
    await publish(me)
    await me.media.until(lambda: sum(n > 5 for n in me.media.frames.values()) >= 3, 60)
    began_s, before_s = time.monotonic(), _cpu_s()
    await asyncio.sleep(seconds)
    used = 100 * (_cpu_s() - before_s) / (time.monotonic() - began_s)
    print(json.dumps(round(used, 2)), flush=True)
    await asyncio.sleep(2.0)  # the others measure on
    await me.close()


def _cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _of_running(kind: str, told: dict[str, int]) -> Rig:
    """The rig of a server that another process runs."""
    rig = object.__new__(RIGS[kind])
    rig.__dict__.update(told)
    return rig


async def measure(kind: str, folder: Path, *, runs: int, seconds: float) -> dict[str, float]:
    rig = RIGS[kind](folder)
    try:
        joins = [await soon(rig, f"soon-{number}") for number in range(runs)]
        told = json.dumps({k: v for k, v in rig.__dict__.items() if isinstance(v, int)})
        command = [sys.executable, "-m", "tests.bench.transports", "--one", kind, told]
        command += ["--seconds", str(seconds)]
        clients = [
            await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
            for _ in range(4)
        ]
        used = [float((await client.communicate())[0]) for client in clients]
    finally:
        rig.close()
    return {
        "cpu_percent": round(statistics.mean(used), 1),
        "first_sound_s": round(statistics.median(sound for sound, _ in joins), 3),
        "first_picture_s": round(statistics.median(picture for _, picture in joins), 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.one:
        asyncio.run(one_of_four(*told.one, told.seconds))
        return
    with tempfile.TemporaryDirectory() as folder:
        figures = {}
        for kind in RIGS:
            (Path(folder) / kind).mkdir()
            figures[kind] = asyncio.run(
                measure(kind, Path(folder) / kind, runs=told.runs, seconds=told.seconds)
            )
    if told.json:
        print(json.dumps(figures))
        return
    for kind, one in figures.items():
        print(kind, *(f"{name} {value}" for name, value in one.items()), sep="  ")


if __name__ == "__main__":
    main()
