"""Hours of a call of six, shortened. `python -m tests.bench.soak --minutes 60 --json`.

One whole session of ours (sound, pictures, chat; a process of its own) in a call with five others:
every twenty seconds one of them leaves and comes again, all the time somebody writes and somebody
shares, and once a minute our address changes, every third time behind a blackout of five seconds.
Prints, of our process and of the server, medians of the first and the last third of the time:
`rss_mb`, `descriptors`, `tasks` (of asyncio, ours alone), `delay_ms` (of the sound of one who
stays), and what was told on the way: `lost` and `restored` connections, `messages` that came.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.sound_lab.bad_line import BadLine
from tests.transport.media import ColourSource, ToneSource
from tests.whole.program import Server
from tui.bootstrap import open_local_handle
from tui.domain.commands.call import GetStats, JoinRoom, Leave
from tui.domain.device_choice import MediaChoice
from tui.domain.happenings.session import ConnectionLost, ConnectionRestored
from tui.domain.ids import camera_of
from tui.domain.join import LiveKitJoin
from tui.domain.snapshot import ChatMessage
from tui.transport.livekit.transport import LiveKitTransport

OTHERS = ("ben", "chi", "dov", "eli", "fay")
_EVERY_S = 20.0
_SAMPLE_S = 10.0


def of_process(pid: int) -> dict[str, float]:
    """Memory and descriptors of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    rss = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return {"rss_mb": int(rss) / 1024, "descriptors": len(os.listdir(f"/proc/{pid}/fd"))}


async def ours(url: str, token: str) -> None:
    """The session that is measured; says a line for every line it gets."""
    handle = await open_local_handle()
    told = {"lost": 0, "restored": 0, "messages": 0}

    async def follow() -> None:
        async for update in handle.updates():
            told["lost"] += isinstance(update, ConnectionLost)
            told["restored"] += isinstance(update, ConnectionRestored)
            told["messages"] += isinstance(update, ChatMessage) and not update.is_local
            for one in handle.snapshot().participants:
                if not one.is_local:
                    handle.show_picture(camera_of(one.id), 80, 60, 15)

    following = asyncio.create_task(follow())
    await handle.do(JoinRoom(url, token, {}, MediaChoice("test:bars", "test:voice", "null")))
    while await asyncio.to_thread(sys.stdin.readline):
        figures = (await handle.do(GetStats()))["participants"].get(OTHERS[0], {})
        sample = of_process(os.getpid()) | {
            "tasks": len(asyncio.all_tasks()),
            "delay_ms": figures.get("audio_delay_ms"),
        }
        print(json.dumps({"sample": sample, **told}), flush=True)
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await handle.do(Leave())
    await handle.close()


class Other:
    """Somebody else, without a session around the transport."""

    def __init__(self, server: Server, name: str) -> None:
        self._server, self._name = server, name
        self.transport = LiveKitTransport()

    async def come(self) -> None:
        self.transport = LiveKitTransport()
        url = self._server.url.replace("http", "ws", 1)
        token = self._server.access_token(self._name, "soak", name=self._name)
        await self.transport.join(LiveKitJoin(url, token), _Deaf())
        self._reading = asyncio.create_task(self._read(self.transport))
        await self.transport.publish_microphone(ToneSource(), muted=False)
        await self.transport.publish_camera(ColourSource((81, 90, 200), (160, 120)), muted=False)

    async def _read(self, transport: LiveKitTransport) -> None:
        async for _event in transport.events():
            pass

    async def go(self) -> None:
        await self.transport.leave()
        await self._reading  # leaving ends the events


class _Deaf:
    """A `MediaReceiver` that keeps nothing."""

    def __getattr__(self, _name: str) -> Any:
        return lambda *_what: None


async def disturb(line: BadLine, others: list[Other]) -> None:
    """What happens in a long call, for ever."""
    for turn in itertools.count(1):
        await asyncio.sleep(_EVERY_S)
        await others[2].transport.send_chat(f"message {turn}")
        if turn % 2:
            await others[3].transport.publish_share(ColourSource((120, 60, 60), (320, 180)))
        else:
            await others[3].transport.end_share()
        leaving = others[4]
        await leaving.go()
        await leaving.come()
        if turn % 3 == 0:
            line.change_address()
        if turn % 9 == 0:
            line.to_client.black = line.to_server.black = True
            await asyncio.sleep(5.0)
            line.to_client.black = line.to_server.black = False


async def soak(minutes: float, folder: Path) -> dict[str, Any]:
    server = Server(folder)
    samples: dict[str, list[dict[str, Any]]] = {"ours": [], "server": []}
    told: dict[str, Any] = {}
    with BadLine(int(server.url.rsplit(":", 1)[1]), server.udp_port) as line:
        line.to_client.everything = line.to_server.everything = True
        others = [Other(server, name) for name in OTHERS]
        for other in others:
            await other.come()
        command = [sys.executable, "-m", "tests.bench.soak", "--ours"]
        command += [f"ws://127.0.0.1:{line.http_port}", server.access_token("ana", "soak")]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe)
        disturbing = asyncio.create_task(disturb(line, others))
        try:
            assert process.stdin is not None and process.stdout is not None
            until_s = time.monotonic() + 60 * minutes
            await asyncio.sleep(_SAMPLE_S)
            while time.monotonic() < until_s and not disturbing.done():
                await asyncio.sleep(_SAMPLE_S)
                process.stdin.write(b"\n")
                told = json.loads(await process.stdout.readline())
                samples["ours"].append(told.pop("sample"))
                samples["server"].append(of_process(server.process.pid))
            if disturbing.done():
                disturbing.result()
        finally:
            disturbing.cancel()
            await asyncio.gather(disturbing, return_exceptions=True)
            assert process.stdin is not None
            process.stdin.close()
            await process.wait()
            for other in others:
                await other.go()
            server.stop()
    whose = {whom: _thirds(found) for whom, found in samples.items()}
    return {"minutes": minutes, **whose, **told}


def _thirds(found: list[dict[str, Any]]) -> dict[str, list[float | None]]:
    third = max(1, len(found) // 3)

    def median(part: list[dict[str, Any]], name: str) -> float | None:
        known = [one[name] for one in part if one[name] is not None]
        return round(statistics.median(known), 1) if known else None

    return {
        name: [median(part, name) for part in (found[:third], found[-third:])]
        for name in (found[0] if found else {})
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--ours", nargs=2, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.ours:
        asyncio.run(ours(*told.ours))
        return
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(soak(told.minutes, Path(folder)))
    print(json.dumps(figures) if told.json else json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
