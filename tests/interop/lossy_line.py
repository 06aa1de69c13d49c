"""A line that loses packets of media, inside a namespace: between one client and its server."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.sound_lab.bad_line import BadLine

from .child import Child
from .namespace import ADDRESS, NetworkNamespace
from .servers import PORT, UDP_PORT, Server

_ROOT: Final = Path(__file__).parents[2]


@dataclass(slots=True)
class _ThroughLine:
    """The server as the client at the end of the line knows it."""

    url: str
    key: str
    secret: str

    def start(self) -> None:
        raise NotImplementedError("the server itself is started")

    stop = start


class LossyLine:
    """Loses `loss` (0 to 1) of the packets of sound and pictures, both ways.

    With a real livekit-server only when that is `ice_lite`: else it finds a way around.
    """

    def __init__(self, namespace: NetworkNamespace, *, loss: float, log: Path):
        self._child = Child(
            namespace.command(sys.executable, "-m", __name__, "--loss", str(loss)),
            log=log,
            environment={"PYTHONPATH": os.pathsep.join((str(_ROOT), *sys.path))},
        )
        self._port: int = self._event("listens")["port"]

    def towards(self, server: Server) -> Server:
        """`server`, through this line."""
        return _ThroughLine(f"ws://{ADDRESS}:{self._port}", server.key, server.secret)

    def set(self, **harm: float | bool) -> None:
        """What happens to packets both ways from now on: fields of `Direction`."""
        since = len(self._child.lines)
        self._child.send(json.dumps(harm))
        self._event("set", since=since)

    def change_address(self) -> None:
        """See `BadLine.change_address`."""
        self.set(change_address=True)

    def came(self) -> dict[str, list[tuple[float, int]]]:
        """When packets came to the line lately [monotonic s], and their bytes; both ways."""
        since = len(self._child.lines)
        self._child.send(json.dumps("came"))
        return self._event("came", since=since)

    def lost(self) -> dict[str, float]:
        """Which share of the packets was lost so far, `to_client` and `from_client`."""
        since = len(self._child.lines)
        self._child.send("")
        return self._event("lost", since=since)

    def end(self) -> None:
        """Idempotent."""
        self._child.stop()

    def _event(self, event: str, *, since: int = 0) -> dict[str, Any]:
        line: dict[str, Any] = self._child.wait_for(
            lambda line: isinstance(line, dict) and line["event"] == event, event, since=since
        )
        return line


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--loss", type=float, required=True)
    loss: float = parser.parse_args().loss
    with BadLine(PORT, UDP_PORT, host=ADDRESS) as line:
        ways = {"to_client": line.to_client, "from_client": line.to_server}
        for way in ways.values():
            way.loss = loss
        print(json.dumps({"event": "listens", "port": line.http_port}), flush=True)
        for question in sys.stdin:
            if question.strip():
                harm: Any = json.loads(question)
                if harm == "came":
                    packets = {name: list(way.came) for name, way in ways.items()}
                    print(json.dumps({"event": "came", **packets}), flush=True)
                    continue
                if harm.pop("change_address", False):
                    line.change_address()
                for way in ways.values():
                    for name, value in harm.items():
                        setattr(way, name, value)
                print(json.dumps({"event": "set"}), flush=True)
                continue
            lost = {
                name: way.dropped / max(way.dropped + way.passed, 1) for name, way in ways.items()
            }
            print(json.dumps({"event": "lost", **lost}), flush=True)


if __name__ == "__main__":
    main()
