"""A terminal shared as text: how late others see it, and how much is sent while somebody works.

python -m tests.bench.terminal_share [--json]: {"latency_ms_p50", "latency_ms_p95",
"kB_per_s_working", "kB_flood", "same_after_flood"}. A real tmux pane, `cellcall serve`, and two
sessions in this process. Latency is from the key to the other session's text: tmux, the looks at
its pane, the way over the server and the reading are in it. Work is 30 s: a coloured listing,
typing, a full-screen program that draws all its rows ten times a second for six of them, and
thinking. The flood is 60,000 lines.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from tests.tmux_server import TmuxServer, tmux_server
from tests.whole.program import Server
from tui.bootstrap import open_local_handle
from tui.domain.commands.account import Init, Login
from tui.domain.commands.call import JoinById
from tui.domain.commands.local import ReadTerminal
from tui.domain.commands.own import StartShare
from tui.domain.device_choice import MediaChoice
from tui.domain.settings import AppSettings
from tui.ports.handle import Handle
from tui.session import terminals

KEYS: Final = 100
SILENT: Final = MediaChoice(camera="null", microphone="null", speaker="null")
ANIMATION: Final = (
    r"for i in $(seq 60); do printf '\033[H'; for r in $(seq 23); do printf "
    r"'\033[38;5;%dmrow %d frame %d ........................................\033[0m\033[K\r\n' "
    r"$((r+16)) $r $i; done; sleep 0.1; done; clear"
)


async def joined(server: Server, uid: str) -> Handle:
    """Somebody in the session, who sends nothing."""
    handle = await open_local_handle()
    try:
        await handle.do(Init(AppSettings(server=server.url)))
        await handle.do(Login(uid, server.api_key))
        await handle.do(JoinById(server.session, {}, SILENT))
    except BaseException:
        await handle.close()
        raise
    return handle


class Watcher:
    """Reads the terminal that somebody shares, all the time."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self.rows: list[str] = []
        self._changed = asyncio.Condition()

    async def run(self) -> None:
        """Until cancelled."""
        serial = 0
        while True:
            streams = self._handle.snapshot().terminals
            if not streams:
                await asyncio.sleep(0.02)
                continue
            shown = await self._handle.do(ReadTerminal(streams[0].participant, serial))
            serial = shown.serial
            async with self._changed:
                self.rows = list(shown.screen.plain_rows)
                self._changed.notify_all()

    async def until(self, words: str) -> None:
        """Until a row ends so."""
        async with self._changed, asyncio.timeout(30):
            await self._changed.wait_for(lambda: any(row.endswith(words) for row in self.rows))


async def latencies_ms(tmux: TmuxServer, watcher: Watcher) -> list[float]:
    """Of single keys."""
    found: list[float] = []
    typed = "$ "
    await asyncio.to_thread(tmux.type, "clear")
    await watcher.until("$")
    for number in range(KEYS):
        key = "abcdefghij"[number % 10]
        began_s = time.perf_counter()
        await asyncio.to_thread(tmux.do, "send-keys", "-t", "%0", key)
        typed += key
        await watcher.until(typed[-60:])
        found.append((time.perf_counter() - began_s) * 1000)
        if number % 50 == 49:
            await asyncio.to_thread(tmux.do, "send-keys", "-t", "%0", "C-u")
            await watcher.until("$")
            typed = "$ "
        await asyncio.sleep(0.07 + number % 7 / 100)
    await asyncio.to_thread(tmux.do, "send-keys", "-t", "%0", "C-u")
    return found


async def work(tmux: TmuxServer) -> None:
    """What the docstring says."""
    await asyncio.to_thread(tmux.type, "ls -la --color=always /usr/lib | head -60")
    await asyncio.sleep(4)
    for character in "a command that somebody types at their own pace ":
        await asyncio.to_thread(tmux.do, "send-keys", "-t", "%0", "-l", character)
        await asyncio.sleep(0.12)
    await asyncio.to_thread(tmux.do, "send-keys", "-t", "%0", "C-u")
    await asyncio.to_thread(tmux.type, ANIMATION)
    await asyncio.sleep(10)
    await asyncio.to_thread(tmux.type, "git --version")


async def measured(folder: Path) -> dict[str, Any]:
    """All figures."""
    read = 0
    parse = terminals.parse

    def counted(raw: bytes) -> Any:
        nonlocal read
        read += len(raw)
        return parse(raw)

    terminals.parse = counted
    server = Server(folder)
    handles: list[Handle] = []
    try:
        with tmux_server(folder) as tmux:
            ana, bo = [await joined(server, uid) for uid in ("ana", "bo")]
            handles += [ana, bo]
            watcher = Watcher(bo)
            watching = asyncio.create_task(watcher.run())
            await ana.do(StartShare(tmux.share))
            latency = sorted(await latencies_ms(tmux, watcher))
            began_s, before = time.monotonic(), read
            await work(tmux)
            await asyncio.sleep(max(0.0, began_s + 30 - time.monotonic()))
            working = (read - before) / (time.monotonic() - began_s) / 1000
            before = read
            await asyncio.to_thread(tmux.type, "seq 60000; echo the $((1+1)) ends")
            await watcher.until("the 2 ends")
            await asyncio.sleep(1)
            same = watcher.rows == await asyncio.to_thread(lambda: tmux.rows)
            watching.cancel()
            return {
                "latency_ms_p50": round(statistics.median(latency), 1),
                "latency_ms_p95": round(latency[int(len(latency) * 0.95)], 1),
                "kB_per_s_working": round(working, 1),
                "kB_flood": round((read - before) / 1000, 1),
                "same_after_flood": same,
            }
    finally:
        for handle in handles:
            await handle.close()
        server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    with tempfile.TemporaryDirectory() as folder:
        figures = asyncio.run(measured(Path(folder)))
    if as_json:
        print(json.dumps(figures))
    else:
        print(*(f"{name}: {value}" for name, value in figures.items()), sep="\n")


if __name__ == "__main__":
    main()
