"""Fifty people in one session, beside livekit-server in the same run. `python -m tests.bench.many`.

LiveKit's Go SDK is everybody, in one process (`tests/interop/go/crowd.go`), alternately on both
servers: all have a microphone, three talk at a time, in turns of three seconds, and the others
pause; eight have a camera, which eight watch. Prints of each server, of some seconds after all are
in: `joined`, `join_ms` (median and worst), `errors`, `gone`, `reconnects`, `sound_percent` (packets
that came, of those due; of all and of the worst off), `sound_lost` (gaps in the numbers),
`pictures_per_s` (median of who watches, of 15 a camera), `cpu_percent` (of one core) and `rss_mb`
of the server. Needs root, as a network namespace does, and both programs (see tests/conftest.py).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any, Final

from tests.interop.child import Child
from tests.interop.namespace import NetworkNamespace
from tests.interop.peers import Signature
from tests.interop.sdk_peers import GoPeer, write_sample
from tests.interop.servers import EmbeddedServer, LivekitServer, access_token
from tests.sound_lab.conversation import cpu_percent

TALKING, CAMERAS, WATCHING = 3, 8, 8
_PACKETS_PER_S: Final = 50
_JOIN_S: Final = 120.0
SERVERS: Final = {"embedded": EmbeddedServer, "livekit": LivekitServer}


def _rss_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return round(int(line.split()[1]) / 1024, 1)


def measure(name: str, people: int, seconds: float) -> dict[str, Any]:
    """One server, by its name in `SERVERS`."""
    with NetworkNamespace() as namespace, tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        server = SERVERS[name](namespace, folder)
        try:
            server.start()
            child = server._child
            assert child is not None
            return _counted(server, namespace, folder, child.process.pid, people, seconds)
        finally:
            server.stop()


def _counted(
    server: EmbeddedServer | LivekitServer,
    namespace: NetworkNamespace,
    folder: Path,
    pid: int,
    people: int,
    seconds: float,
) -> dict[str, Any]:
    tokens = [access_token(server, "many", f"p{number}") for number in range(people)]
    wanted = {"tokens": tokens, "talking": TALKING, "cameras": CAMERAS, "watching": WATCHING}
    (folder / "crowd.json").write_text(json.dumps(wanted | {"seconds": seconds}))
    sample = write_sample(folder / "media.json", Signature("p", (200, 40, 40), 440))
    program = (os.environ["CELLCALL_GO_PEER"], "-url", server.url, "-media", str(sample))
    command = namespace.command(*program, "-crowd", str(folder / "crowd.json"))
    crowd = Child(command, log=folder / "crowd.log")
    try:
        crowd.wait_for(lambda line: _is(line, "counting"), "counting", _JOIN_S)
        cpu = cpu_percent(pid, max(1.0, seconds - 1))
        counted = crowd.wait_for(lambda line: _is(line, "counted"), "counts", seconds + 30)
        return _figures(counted, people) | {"cpu_percent": cpu, "rss_mb": _rss_mb(pid)}
    finally:
        crowd.stop()


def _is(line: Any, event: str) -> bool:
    return isinstance(line, dict) and line.get("event") == event


def _figures(counted: dict[str, Any], people: int) -> dict[str, Any]:
    # Who talks does not hear themselves: of all turns, that is their share of the talking.
    due = TALKING * _PACKETS_PER_S * (people - 1) / people
    sound = [100 * one["sound_per_s"] / due for one in counted["each"]]
    watched = [one["pictures_per_s"] for one in counted["each"][:WATCHING]]
    joins = counted["join_ms"] or [0]
    return {
        "joined": len(counted["join_ms"]),
        "join_ms": [statistics.median(joins), max(joins)],
        "errors": counted["errors"] or [],
        "gone": counted["gone"],
        "reconnects": counted["reconnects"],
        "sound_percent": [round(statistics.mean(sound), 1), round(min(sound), 1)],
        "sound_lost": sum(one["sound_lost"] for one in counted["each"]),
        "pictures_per_s": round(statistics.median(watched), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON object and nothing else")
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--only", choices=SERVERS, help="one server")
    options = parser.parse_args()
    if lacks := GoPeer.lacks():
        parser.error(f"this machine lacks {lacks}")
    names = [options.only] if options.only else list(SERVERS)
    if "livekit" in names and LivekitServer.program() is None:
        parser.error("this machine lacks livekit-server (CELLCALL_LIVEKIT_SERVER)")
    figures = {name: measure(name, options.people, options.seconds) for name in names}
    print(json.dumps(figures, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
