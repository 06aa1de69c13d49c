"""A call without a screen: bots, load, tests, the demo's robot."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from tui.cli import folders
from tui.cli.stats_file import write_stats
from tui.domain.commands.account import Init
from tui.domain.commands.call import GetStats, Leave
from tui.domain.endings import EXIT_OF_END, leave_within_s
from tui.domain.errors import CallsError, ErrorCode, ExitCode
from tui.domain.happenings.table import announcement
from tui.domain.loading import keep_loaded
from tui.domain.log_limit import LogLimit
from tui.domain.snapshot import ChatMessage, EndReason, Levels, Phase, Snapshot
from tui.front.start import StartPlan, join, sign_in
from tui.linear.printer import Printer
from tui.ports.handle import EngineGone, Handle

if TYPE_CHECKING:
    from tui.ports.devices import Devices


_LEAVE_S: Final = 5.0


class _Stopped(Exception):
    """A signal came, or the parent is gone."""

    def __init__(self, exit_code: int):
        super().__init__()
        self.exit_code = exit_code


async def run_headless(
    plan: StartPlan,
    *,
    quiet: bool = False,
    stats: str | None = None,
    devices: Devices | None = None,
    with_parent: bool = False,
) -> int:
    """Join, stay, leave. Returns the exit code.

    Args:
        plan: Which session, as whom.
        quiet: Print no announcements.
        stats: Where to write figures at the end; None: nowhere.
        devices: Instead of this machine's.
        with_parent: Leave when standard input ends: whoever started this is gone.

    Raises:
        CallsError: The login or the join was refused.
    """
    from tui.bootstrap import open_local_handle

    _log_to_file()
    stop = asyncio.get_running_loop().create_future()
    codes = {
        signal.SIGINT: ExitCode.INTERRUPTED,
        signal.SIGTERM: ExitCode.LEFT,
        signal.SIGHUP: ExitCode.LEFT,
    }
    loop = asyncio.get_running_loop()

    def end(code: int) -> None:
        if not stop.done():
            stop.set_result(code)

    for number, code in codes.items():
        loop.add_signal_handler(number, end, code)
    if with_parent:
        loop.add_reader(sys.stdin.fileno(), _read_parent, end)
    handle = await (open_local_handle(devices=devices) if devices else open_local_handle())
    try:
        return await _call(handle, plan, stop, quiet=quiet)
    except _Stopped as stopped:
        return stopped.exit_code
    finally:
        try:
            # Leaving first, so that the figures say how it ended.
            await _leave(handle)
            if stats is not None:
                write_stats(stats, await handle.do(GetStats()))
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_LEAVE_S):
                    await handle.close()
            for number in codes:
                loop.remove_signal_handler(number)
            if with_parent:
                loop.remove_reader(sys.stdin.fileno())


def _log_to_file() -> None:
    """Keep what libraries and tasks log beside the engines' words: standard error is for people."""
    path = folders.log_file()
    handler = logging.NullHandler() if path is None else logging.FileHandler(path, delay=True)
    handler.addFilter(LogLimit())
    logging.basicConfig(
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=[handler],
    )


def _read_parent(end: Callable[[int], None]) -> None:
    # Nothing is said on this pipe any more; only its end means something.
    if not os.read(sys.stdin.fileno(), 4096):
        end(ExitCode.LEFT)


async def _call(handle: Handle, plan: StartPlan, stop: asyncio.Future[int], *, quiet: bool) -> int:
    over = asyncio.Event()
    gone: list[str] = []
    following = asyncio.create_task(_follow(handle, over, gone, quiet=quiet))
    try:
        joining = asyncio.create_task(_join(handle, plan))
        await _or_stop(joining, stop)
        keep_loaded()
        if handle.snapshot().phase is Phase.ENDED:
            over.set()
        waiting = asyncio.create_task(over.wait())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(plan.duration_s or None):
                await _or_stop(waiting, stop)
        await _leave(handle)
        # What the end has to say is still on its way.
        await asyncio.sleep(0.05)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
    if gone:
        raise CallsError(ErrorCode.CONNECTION_FAILED, gone[0])
    ended = handle.snapshot().ended
    return EXIT_OF_END[ended if ended is not None else EndReason.LEFT]


async def _leave(handle: Handle) -> None:
    """Leave; what refuses or does not answer does not keep us."""
    with contextlib.suppress(CallsError, TimeoutError):
        async with asyncio.timeout(leave_within_s(handle.snapshot())):
            await handle.do(Leave())


async def _or_stop(work: asyncio.Task[object], stop: asyncio.Future[int]) -> None:
    try:
        await asyncio.wait((work, stop), return_when=asyncio.FIRST_COMPLETED)
        if stop.done() and not work.done():
            raise _Stopped(stop.result())
        await work
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


async def _join(handle: Handle, plan: StartPlan) -> None:
    if plan.target.needs_login:
        await handle.do(Init(plan.credentials.app))
        await sign_in(handle, plan.credentials)
    await join(handle, plan.target, plan.settings, plan.media)


async def _follow(handle: Handle, over: asyncio.Event, gone: list[str], *, quiet: bool) -> None:
    printer = Printer(sys.stderr)
    async for update in handle.updates():
        match update:
            case EngineGone(text=text):
                gone.append(text)
                over.set()
            case Snapshot() | Levels():
                if handle.snapshot().phase is Phase.ENDED:
                    over.set()
            case ChatMessage(is_local=True):
                pass
            case _:
                told = announcement(update, at_ms=0)
                if told is not None and not quiet:
                    printer.line(told.category, told.text)
