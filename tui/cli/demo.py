"""`cellcall demo`: a server, robots and you, in a call on this machine.

All of it starts at once: the screen is there first, robots and engine load while the server does,
and are told its address when it has one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tui.cli import folders
from tui.cli.announcing import announcer_of
from tui.cli.children import Child, stop_all
from tui.cli.config import Mode, choose_mode, merged, mode_flag
from tui.cli.front_ends import run_front_end
from tui.cli.handle_source import HandleSource
from tui.cli.headless import run_headless
from tui.cli.nursery import Nursery
from tui.cli.plan import make_plan
from tui.cli.stats_file import check_stats_path
from tui.cli.terminal import taste_of
from tui.front.choices import ChoicesFile, with_devices
from tui.front.start import StartPlan

SESSION: Final = "demo"
_YOU: Final = "You"
_NOWHERE: Final = "http://127.0.0.1:1"
_SERVER: Final = ("serve", "--port", "0", "--open-users", "--machine", "--with-parent")
_NAMES: Final = ("Robot", "Ada", "Blaise", "Charles", "Dorothy", "Edsger", "Frances", "Grace")
_PICTURES: Final = ("robot", "robot=C0632B", "robot=5B7F3A", "robot=8A4FBE", "bars")


def run_demo(flags: Mapping[str, Any], *, people: int) -> int:
    """Run it. Returns the exit code of the front end."""
    choices = {
        key: value
        for key, value in merged(flags).items()
        # The demo has its own server; whoever is signed in elsewhere has nothing to do with it.
        if key not in ("server", "user", "name", "api_key", "auth_token")
    } | {"explicit": frozenset(flags)}
    wished = mode_flag(flags)
    mode = None if flags.get("headless") else choose_mode(wished, choices)
    check_stats_path(flags.get("stats"))
    # Finds mistakes in the options before anything starts.
    _plan(_NOWHERE, "not yet known", choices, mode)
    nursery = Nursery.start()
    return asyncio.run(_demo(flags, choices, mode, people, nursery))


async def _demo(
    flags: Mapping[str, Any],
    choices: Mapping[str, Any],
    mode: Mode | None,
    people: int,
    nursery: Nursery | None,
) -> int:
    log = folders.log_file()
    children: list[Child] = []
    starting = asyncio.create_task(_start(children, people, log, nursery))

    async def plan() -> StartPlan:
        ready = await asyncio.shield(starting)
        return _plan(ready["url"], ready["tokens"][_YOU], choices, mode)

    stats = flags.get("stats")
    try:
        if mode is None:
            return await run_headless(await plan(), quiet=bool(flags.get("quiet")), stats=stats)
        return await run_front_end(
            _plan(_NOWHERE, "not yet known", choices, mode),
            plain=mode.plain,
            taste=taste_of(choices),
            announcer=announcer_of(choices),
            stats=stats,
            keep_login=False,
            source=HandleSource(late_plan=plan, nursery=nursery),
        )
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await stop_all(children)
        if nursery is not None:
            nursery.close()


async def _start(
    children: list[Child], people: int, log: Path | None, nursery: Nursery | None
) -> Mapping[str, Any]:
    """Start the server and the robots. Returns what the server says when it is ready."""
    names = _NAMES[:people]
    invites = [word for name in (_YOU, *names) for word in ("--invite", name)]
    server = await Child.start(
        [*_SERVER, "--session", SESSION, *invites], "The demo's server", log=log, nursery=nursery
    )
    children.append(server)
    for number in range(people):
        robot = await Child.start(_robot(number), "A robot", log=log, nursery=nursery)
        children.append(robot)
    ready: dict[str, Any] = json.loads(await server.hear())
    for name, robot in zip(names, children[1:], strict=True):
        # Through the pipe: a command line can be read by others.
        robot.say(json.dumps({"url": ready["url"], "token": ready["tokens"][name]}))
    return ready


def _robot(number: int) -> list[str]:
    # Only one answers: echoes of echoes would go round.
    sound = ["--robot", "--microphone", "test:voice"]
    silence = ["--speaker", "null", "--microphone", "test:silence"]
    return [
        *("join", SESSION, "--headless", "--quiet", "--with-parent"),
        *("--camera", f"test:{_PICTURES[number % len(_PICTURES)]}"),
        *(sound if number == 0 else silence),
    ]


def _plan(server: str, token: str, choices: Mapping[str, Any], mode: Mode | None) -> StartPlan:
    mine = {"title": "Demo", **choices, "server": server, "token": token, "owners": {}}
    plan = make_plan(SESSION, mine, None, reason=mode.reason if mode else "")
    remembered = ChoicesFile(folders.state_folder()).remembered
    return replace(plan, media=with_devices(plan.media, choices, remembered))
