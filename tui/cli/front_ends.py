"""Opens the engine, runs the app or plain mode on it, and keeps the login for the next time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import click

from tui.cli import first_frame, folders
from tui.cli.handle_source import HandleSource
from tui.cli.report import CommandError, tell
from tui.cli.saved_login import SavedLogin, forget_login, save_login
from tui.cli.stats_file import write_stats
from tui.domain.commands.account import GetAuthToken, Init
from tui.domain.commands.call import GetStats, Leave
from tui.domain.endings import leave_within_s
from tui.domain.errors import CallsError, ExitCode
from tui.domain.frozen import dataclass
from tui.domain.loading import uncollected
from tui.domain.text import clean
from tui.front.announcer import Announcer
from tui.front.start import Credentials, StartPlan, sign_in
from tui.front.taste import DEFAULT_TASTE, Taste
from tui.front.whose_sound import over_network, whose_sound
from tui.ports.handle import Handle
from tui.ports.memory import Forgetful, Memory
from tui.terminal.detect import Found, detect
from tui.terminal.tty import key_by_key, terminal_files

_ENDING_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP)
_GOODBYE_S: Final = 0.5
_NEW_ENGINE: Final = HandleSource()


@dataclass(frozen=True, slots=True)
class _Ended:
    """What a front end leaves behind."""

    code: int
    handle: Handle
    """It may be another one than it began with."""
    credentials: Credentials
    """What it signed in with last."""


async def run_front_end(
    plan: StartPlan,
    *,
    plain: bool,
    taste: Taste = DEFAULT_TASTE,
    stats: str | None = None,
    keep_login: bool = True,
    memory: Memory | None = None,
    earcons: bool = False,
    announcer: Announcer | None = None,
    source: HandleSource = _NEW_ENGINE,
) -> int:
    """One run of a front end in its own process. Returns the exit code.

    Args:
        plan: What is known.
        plain: Line by line instead of the app.
        taste: Of the app.
        stats: Where to write figures at the end.
        keep_login: Save the login, and forget it after signing out.
        memory: Keeps devices and volumes for the next run; None: for this one only.
        earcons: Short sounds of our own, whatever was chosen before.
        announcer: Speech, bell and quiet time; None: no speech.
        source: Where its handle comes from.
    """
    memory = memory or Forgetful()
    held = await source.first(plan, memory, earcons=earcons)
    renewed = partial(source.again, plan, memory)
    supplies = _supplies(memory, announcer, source.guest_link, keeps=plan.keeps)
    try:
        ended = await (
            _plain(held, plan, supplies) if plain else _app(held, plan, taste, renewed, supplies)
        )
        held = ended.handle
        await _finish(ended, stats, keep=keep_login and plan.target.needs_login)
        return ended.code
    finally:
        await held.close()


def _import_app() -> None:
    with uncollected():
        import tui.app  # noqa: F401


async def _load_app(*, asking: bool) -> Found:
    """Import the app, and ask the terminal what it is meanwhile."""
    files = terminal_files() if asking else None
    # Held here, not in the thread: only the main thread sees signals.
    with key_by_key(files.read) if files else contextlib.nullcontext():
        found, _ = await asyncio.gather(
            asyncio.to_thread(detect, files=files, asking=files is not None),
            asyncio.to_thread(_import_app),
        )
    return found if asking else replace(found, may_ask=False)


async def _plain(handle: Handle, plan: StartPlan, supplies: dict[str, Any]) -> _Ended:
    from tui.linear import LinearFrontEnd, LinearSupplies, StdinKeyboard

    front_end = LinearFrontEnd(
        handle,
        start=plan,
        # Nothing but JSON may be written there: what is typed is shown by the terminal itself.
        input=StdinKeyboard(cooked=plan.json or os.environ.get("TERM", "dumb") == "dumb"),
        output=sys.stdout,
        supplies=LinearSupplies(
            whose_sound=supplies["whose_sound"],
            memory=supplies["memory"],
            announcer=supplies["announcer"],
            keeps=plan.keeps,
        ),
    )
    return _Ended(await front_end.run(), handle, front_end.credentials)


def _supplies(
    memory: Memory, announcer: Announcer | None, guest_link: str, *, keeps: bool
) -> dict[str, Any]:
    """What both front ends are given: of `Supplies`, what is known before Textual is loaded."""
    sound = "" if guest_link else whose_sound(os.environ, socket.gethostname())
    return {
        "memory": memory,
        "announcer": announcer or Announcer(),
        "keeps": keeps,
        "remote": over_network(os.environ),
        "whose_sound": sound,
        "may_copy": not guest_link,
    }


async def _app(
    handle: Handle,
    plan: StartPlan,
    taste: Taste,
    renewed: Callable[[], Awaitable[Handle]],
    supplies: dict[str, Any],
) -> _Ended:
    found = await _load_app(asking=not taste.accessible)
    from tui.app import CallApp
    from tui.screens.supplies import Supplies

    async def renew() -> Handle:
        nonlocal handle
        old, handle = handle, await renewed()
        await old.close()
        return handle

    app = CallApp(
        handle, start=plan, taste=taste, found=found, supplies=Supplies(renew=renew, **supplies)
    )
    leave = asyncio.Event()
    loop = asyncio.get_running_loop()
    # Without these the terminal would be left as the app had it.
    loop.add_signal_handler(signal.SIGTERM, leave.set)
    loop.add_signal_handler(signal.SIGHUP, app.hang_up if plan.keeps else leave.set)
    if plan.duration_s:
        loop.call_later(plan.duration_s, leave.set)
    side = [asyncio.create_task(_leave_when(leave, lambda: handle, app.exit))]
    try:
        first_frame.take_away()
        code = await app.run_async(mouse=taste.mouse)
    finally:
        for task in side:
            task.cancel()
        await asyncio.gather(*side, return_exceptions=True)
        for number in _ENDING_SIGNALS:
            loop.remove_signal_handler(number)
        # Textual prints a fault of the app, but where? The terminal may be what went away.
        fault = getattr(app, "_exception", None)
        if isinstance(fault, Exception):
            folders.append_to_log("".join(traceback.format_exception(fault)))
    if app.flow.last_line:
        with contextlib.suppress(OSError):  # a terminal that is gone
            click.echo(clean(app.flow.last_line))
    # A fault inside the app ends it with its own code and has printed what it was.
    return _Ended(code if code is not None else app.return_code or 0, handle, app.flow.credentials)


async def _leave_when(
    wanted: asyncio.Event, handle: Callable[[], Handle], leave_app: Callable[[int], None]
) -> None:
    """Leave as the person would, so that the app says how it ended; then end the app anyway."""
    await wanted.wait()
    with contextlib.suppress(CallsError, TimeoutError):
        async with asyncio.timeout(leave_within_s(handle().snapshot())):
            await handle().do(Leave())
    await asyncio.sleep(_GOODBYE_S)
    leave_app(ExitCode.LEFT)


async def _finish(ended: _Ended, stats: str | None, *, keep: bool) -> None:
    """What is left to do with a call that is over; nothing of it changes how it went."""
    try:
        if keep:
            await _keep_login(ended.handle, ended.credentials)
        if stats is not None:
            write_stats(stats, await ended.handle.do(GetStats()))
    except CallsError as error:
        tell(error.description)
    except CommandError as error:
        tell(error.problem, error.remedy)


async def _keep_login(handle: Handle, used: Credentials) -> None:
    user, token = handle.snapshot().user, await handle.do(GetAuthToken())
    if user is not None and token:
        app = used.app
        cloud = {} if app.server else {"app_id": app.app_id, "region": app.region}
        save_login(SavedLogin(server=app.address, uid=user.uid, auth_token=token, **cloud))
    elif used.auth_token and not await _still_good(handle, used):
        forget_login()


async def _still_good(handle: Handle, used: Credentials) -> bool:
    """Whether a token works; signing out makes it worthless, a missing network does not."""
    try:
        await handle.do(Init(used.app))
        await sign_in(handle, used)
    except CallsError as error:
        return error.code != "AUTH_ERR_AUTH_TOKEN_NOT_FOUND"
    return True
