"""`cellcall demo`: a server, robots and you, in a call on this machine.

All of it starts at once: the robots and the engine load while the server does, and are told its
address when it has one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tui.cli import folders
from tui.cli.children import Child
from tui.cli.config import Mode, choose_mode, merged
from tui.cli.front_ends import run_front_end
from tui.cli.headless import run_headless
from tui.cli.plan import make_plan
from tui.cli.stats_file import check_stats_path
from tui.linear.plan import StartPlan

SESSION: Final = "demo"
_SERVER: Final = ("serve", "--port", "0", "--open-users", "--machine", "--with-parent")
_NAMES: Final = ("Robot", "Ada", "Blaise", "Charles", "Dorothy", "Edsger", "Frances", "Grace")
_COLOURS: Final = ("bars", "colour=2d6cdf", "colour=2f9e44", "colour=e8590c")


def run_demo(flags: Mapping[str, Any], *, people: int) -> int:
    """Run it. Returns the exit code of the front end."""
    choices = {
        key: value
        for key, value in merged(flags).items()
        # The demo has its own server; whoever is signed in elsewhere has nothing to do with it.
        if key not in ("server", "user", "name", "api_key", "auth_token")
    }
    mode = None if flags.get("headless") else choose_mode(flags.get("plain"), choices)
    check_stats_path(flags.get("stats"))
    # Finds mistakes in the options before anything starts.
    _plan("http://127.0.0.1:1", "x", choices, mode)
    return asyncio.run(_demo(flags, choices, mode, people))


async def _demo(
    flags: Mapping[str, Any], choices: Mapping[str, Any], mode: Mode | None, people: int
) -> int:
    log = folders.log_file()
    children: list[Child] = []
    starting = asyncio.create_task(_start(children, people, log))

    async def plan() -> StartPlan:
        ready = await starting
        return _plan(ready["url"], ready["api_key"], choices, mode)

    try:
        if mode is None:
            return await run_headless(
                await plan(), quiet=bool(flags.get("quiet")), stats=flags.get("stats")
            )
        return await run_front_end(
            plan(), plain=mode.plain, stats=flags.get("stats"), keep_login=False
        )
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        # The server last: robots that leave an open call leave faster.
        for child in reversed(children):
            await child.stop()


async def _start(children: list[Child], people: int, log: Path | None) -> Mapping[str, str]:
    """Start the server and the robots. Returns what the server says when it is ready."""
    server = await Child.start([*_SERVER], "The demo's server", log=log)
    children.append(server)
    for number in range(people):
        robot = await Child.start(_robot(number), "A robot", log=log)
        children.append(robot)
    ready: dict[str, str] = json.loads(await server.hear())
    for robot in children[1:]:
        robot.say(json.dumps(ready))
    return ready


def _robot(number: int) -> list[str]:
    uid = "robot" if number == 0 else f"robot-{number + 1}"
    microphone = "test:voice" if number == 0 else "test:silence"
    return [
        "join", SESSION, "--headless", "--quiet", "--with-parent",
        # Only one answers: echoes of echoes would go round.
        *(["--robot"] if number == 0 else ["--speaker", "null"]),
        "--user", uid, "--name", _NAMES[number],
        "--camera", f"test:{_COLOURS[number % len(_COLOURS)]}", "--microphone", microphone,
    ]  # fmt: skip


def _plan(server: str, api_key: str, choices: Mapping[str, Any], mode: Mode | None) -> StartPlan:
    mine = {**choices, "server": server, "user": "you", "name": "You", "api_key": api_key}
    mine.setdefault("title", "Demo")
    return make_plan(SESSION, mine, None, reason=mode.reason if mode else "")
