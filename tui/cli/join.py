"""`cellcall` and `cellcall join`: make the plan, pick the front end, run it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui.cli import folders
from tui.cli.announcing import announcer_of
from tui.cli.config import choose_mode, chosen, mode_flag
from tui.cli.entrance import prepared
from tui.cli.front_ends import run_front_end
from tui.cli.given_key import given_key
from tui.cli.given_link import given_link, meet
from tui.cli.guest import join_as_guest
from tui.cli.headless import run_headless
from tui.cli.plan import check_login, make_plan
from tui.cli.saved_login import load_login
from tui.cli.stats_file import check_stats_path
from tui.cli.terminal import taste_of
from tui.front.choices import ChoicesFile, with_devices
from tui.front.whose_sound import over_network
from tui.wire.address import MEDIA, url_scheme

if TYPE_CHECKING:
    from tui.ports.devices import Devices


def open_front_end(target: str | None, flags: Mapping[str, Any]) -> int:
    """`cellcall`: sign in and choose."""
    choices = chosen(flags)
    choices["keep"] = keeps_when_lost(choices)
    mode = choose_mode(mode_flag(flags), choices)
    memory = ChoicesFile(folders.state_folder())
    plan = make_plan(target, choices, load_login(), reason=mode.reason)
    plan = prepared(plan, choices, memory.remembered)
    if target is None and not sys.stdin.isatty():
        check_login(plan, can_ask=False)
    return asyncio.run(
        run_front_end(
            plan,
            plain=mode.plain,
            taste=taste_of(choices),
            memory=memory,
            earcons=bool(choices.get("earcons")),
            announcer=announcer_of(choices),
        )
    )


def join_session(target: str | None, flags: Mapping[str, Any]) -> int:
    """`cellcall join`."""
    if flags.get("guest"):
        return join_as_guest(target, flags)
    choices = chosen(flags)
    choices["keep"] = keeps_when_lost(choices)
    headless = bool(flags.get("headless"))
    if flags.get("with_parent"):
        choices |= _told_by_parent()
    else:
        target = given_link(target, flags.get("link_file"))
        choices["key"] = given_key(flags.get("key_file"))
        meet(target)
    wished = mode_flag(flags)
    mode = None if headless else choose_mode(wished, choices)
    plan = make_plan(
        _target(target, choices), choices, load_login(), reason=mode.reason if mode else ""
    )
    check_login(plan, can_ask=not headless and sys.stdin.isatty())
    stats = flags.get("stats")
    check_stats_path(stats)
    memory = ChoicesFile(folders.state_folder())
    if mode is not None:
        return asyncio.run(
            run_front_end(
                prepared(plan, choices, memory.remembered),
                plain=mode.plain,
                taste=taste_of(choices),
                stats=stats,
                memory=memory,
                earcons=bool(choices.get("earcons")),
                announcer=announcer_of(choices),
            )
        )
    return asyncio.run(
        run_headless(
            replace(plan, media=with_devices(plan.media, choices, memory.remembered)),
            quiet=bool(flags.get("quiet")),
            stats=stats,
            devices=_robot_devices() if flags.get("robot") else None,
            with_parent=bool(flags.get("with_parent")),
        )
    )


def _told_by_parent() -> dict[str, Any]:
    """Server and call token, which a demo's robot reads from its standard input."""
    # Loaded while the server is still starting.
    import tui.devices.local
    import tui.engine.local
    import tui.service.rest
    import tui.session.core
    import tui.transport.livekit.transport  # noqa: F401

    told = json.loads(sys.stdin.readline() or "{}")
    return {"server": str(told.get("url", "")), "token": str(told.get("token", "")), "owners": {}}


def keeps_when_lost(choices: Mapping[str, Any]) -> bool:
    """Whether a lost terminal leaves the call running: as wished, or by itself over SSH alone.

    Not in tmux or screen there: closing a window is no line that broke.
    """
    wished = choices.get("keep")
    inside = any(os.environ.get(name) for name in ("TMUX", "STY"))
    return bool(wished) if wished is not None else over_network(os.environ) and not inside


def _target(target: str | None, choices: Mapping[str, Any]) -> str:
    """`join` names a session, unless the LiveKit token does."""
    server = str(choices.get("server") or "")
    if target is None and url_scheme(server) in MEDIA:
        return server
    return target or ""


def _robot_devices() -> Devices:
    from tui.cli.robot import RobotDevices

    return RobotDevices()
